// `npm run new:package -- NAME --floor N [--description TEXT]`: a package like all others, that builds and passes from its first minute.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readArguments, stepLines } from "./scaffold/arguments.ts";
import { currentVersion, manifestText, type NewFiles, tsconfigs, whyNotNamed, writeWorkspace } from "./scaffold/files.ts";

interface NewPackageCall {
  readonly floor?: string | undefined;
  readonly description?: string | undefined;
  readonly root: string;
}

const USAGE = "npm run new:package -- NAME --floor N [--description TEXT]";
const TOP_FLOOR = 5;

const call = readArguments(() =>
  parseArgs({
    allowPositionals: true,
    options: {
      floor: { type: "string" },
      description: { type: "string" },
      root: { type: "string", default: resolve(import.meta.dirname, "..") },
      help: { type: "boolean", short: "h", default: false },
    },
  }),
);
if (call.reason !== undefined) refuse(call.reason);
else if (call.read.values.help) console.log(USAGE);
else make(call.read.positionals[0], call.read.values);

function make(name: string | undefined, { floor, description, root }: NewPackageCall): void {
  const reason = whyNotNamed(name, root, "packages") ?? whyNotFloor(floor);
  if (name === undefined || reason !== undefined) return refuse(reason);
  const what = description ?? `What ${name} is for, in one line`;
  writeWorkspace(root, `packages/${name}`, packageFiles(name, { version: currentVersion(root), description: what }));
  takeSeat(root, { folder: name, floor: Number(floor) });
  console.log(nextSteps(name));
}

function refuse(reason: string | undefined): void {
  console.error(`cannot make a package: ${reason}\n${USAGE}`);
  process.exitCode = 1;
}

function whyNotFloor(floor: string | undefined): string | undefined {
  if (floor === undefined) return "no floor is given: ARCHITECTURE.md tells what each is";
  return /^\d+$/.test(floor) && Number(floor) <= TOP_FLOOR ? undefined : `«${floor}» is no floor: they go from 0 to ${TOP_FLOOR}`;
}

function packageFiles(folder: string, { version, description }: { readonly version: string; readonly description: string }): NewFiles {
  const dir = `packages/${folder}`;
  return {
    ...tsconfigs(dir, []),
    [`${dir}/package.json`]: manifestText({ name: `@polykind/${folder}`, version, description }),
    [`${dir}/README.md`]: `# @polykind/${folder}\n\n${description}.\n`,
    [`${dir}/src/index.ts`]: `export { isEmpty } from "./${folder}.ts";\n`,
    [`${dir}/src/${folder}.ts`]: `/** Holds the place of the package's first noun. */\nexport const isEmpty: boolean = true;\n`,
    [`${dir}/test/${folder}.test.ts`]: testText(folder),
  };
}

function testText(folder: string): string {
  return `import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isEmpty } from "@polykind/${folder}";

describe("@polykind/${folder}", () => {
  test("is empty, until this test fails", () => assert.equal(isEmpty, true));
});
`;
}

/** Puts the package into the table of floors and hosts. */
function takeSeat(root: string, { folder, floor }: { readonly folder: string; readonly floor: number }): void {
  const path = join(root, "test/architecture/house.ts");
  const text = readFileSync(path, "utf8");
  const end = text.indexOf("\n};", text.indexOf("PACKAGES"));
  writeFileSync(path, `${text.slice(0, end)}\n  "@polykind/${folder}": { floor: ${floor}, hosts: [] },${text.slice(end)}`);
}

function nextSteps(folder: string): string {
  const dir = `packages/${folder}`;
  const steps = stepLines([
    ["npm install", "links it, and puts it into package-lock.json"],
    [`npm test -- ${dir}`, "its first test"],
    [`${dir}/package.json`, 'add what it imports, of ours and of others, to "dependencies"'],
    [`${dir}/tsconfig.json`, 'and those of ours to "references"'],
    ["test/architecture/house.ts", "name the libraries that it hosts"],
    ["ARCHITECTURE.md", "say in one line what it is"],
    ["npm run api && npm run check"],
  ]);
  return `made ${dir}\n\nnext:\n${steps}`;
}
