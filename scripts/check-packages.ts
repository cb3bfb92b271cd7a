import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, styleText } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { type Manifest, readWorkspaces, ROOT, type Workspace } from "../test/architecture/tree.ts";
import { readSurfaces } from "./api/main.ts";

const run = promisify(execFile);

/** What is wrong, a line each; none when all is well. */
type Check = () => Promise<readonly string[]>;

const scratch = await mkdtemp(join(tmpdir(), "polykind-pack-"));
try {
  process.exitCode = await runChecks(await listChecks());
} finally {
  await rm(scratch, { recursive: true });
}

async function listChecks(): Promise<readonly (readonly [string, Check])[]> {
  const published = readWorkspaces().filter(({ manifest }) => manifest.private !== true);
  return [
    ...published.map((workspace): readonly [string, Check] => [
      `${workspace.manifest.name} as it would be published`,
      () => checkTarball(workspace),
    ]),
    ["every package can be imported", () => checkImports(published)],
    ["every api.md is as the code says", checkSurfaces],
    ["no file, export or dependency is unused (knip)", checkUnused],
  ];
}

async function runChecks(checks: readonly (readonly [string, Check])[]): Promise<number> {
  let failed = 0;
  for (const [name, check] of checks) {
    const faults = await check();
    if (faults.length > 0) failed += 1;
    console.log(
      faults.length > 0
        ? `${styleText("red", "✗")} ${name}\n${faults.join("\n").replaceAll(/^/gm, "  ")}`
        : `${styleText("green", "✓")} ${name}`,
    );
  }
  console.log(`\n${checks.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** Packs a package as npm would publish it, and looks at what a user would get. */
async function checkTarball({ dir, manifest }: Workspace): Promise<readonly string[]> {
  const into = join(scratch, dir.replace("/", "-"));
  await mkdir(into);
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", into], { cwd: join(ROOT, dir), encoding: "utf8" });
  const [packed] = JSON.parse(stdout) as readonly [{ readonly filename: string; readonly files: readonly { readonly path: string }[] }]; // npm's format.
  const tarball = join(into, packed.filename);
  const files = packed.files.map(({ path }) => path);
  return [...badFiles(files, manifest), ...(await lint(tarball)), ...(await checkTypes(tarball))];
}

function badFiles(files: readonly string[], manifest: Manifest): readonly string[] {
  const programs = Object.values((manifest["bin"] ?? {}) as Readonly<Record<string, string>>).map((path) => path.replace("./", "")); // npm's format.
  const wanted = ["dist/index.js", "dist/index.d.ts", "src/index.ts", "package.json", "README.md", ...programs];
  return [
    ...wanted.filter((path) => !files.includes(path)).map((path) => `${path} is not in the tarball`),
    ...files.filter((path) => /(^|\/)(test|node_modules)\/|\.tsbuildinfo$|\.env$/.test(path)).map((path) => `${path} is in the tarball`),
  ];
}

async function lint(tarball: string): Promise<readonly string[]> {
  const { buffer, byteOffset, byteLength } = await readFile(tarball);
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
  });
  return messages.filter(({ type }) => type !== "suggestion").map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

async function checkTypes(tarball: string): Promise<readonly string[]> {
  const args = [
    join(ROOT, "node_modules/.bin/attw"),
    tarball,
    "--profile",
    "esm-only",
    "--no-definitely-typed",
    "--no-color",
    "--no-emoji",
    "--format",
    "ascii",
  ];
  return run(process.execPath, args, { encoding: "utf8" }).then(
    () => [],
    (failure: { readonly stdout?: string; readonly message: string }) => [`attw: ${failure.stdout ?? failure.message}`],
  );
}

/** Imports what was built, in a process that knows nothing of sources. */
async function checkImports(published: readonly Workspace[]): Promise<readonly string[]> {
  const failures = published.map(async ({ manifest }) => {
    const code = `await import(${JSON.stringify(manifest.name)})`;
    return run(process.execPath, ["--input-type=module", "--eval", code], { cwd: ROOT, encoding: "utf8" }).then(
      () => [],
      (failure: { readonly stderr?: string }) => [
        `${manifest.name}: ${failure.stderr?.split("\n").find((line) => /Error/.test(line)) ?? "it ends with an error"}`,
      ],
    );
  });
  return (await Promise.all(failures)).flat();
}

async function checkSurfaces(): Promise<readonly string[]> {
  const changed = readSurfaces().filter(({ wanted, found }) => wanted !== found);
  return changed.map(({ path }) => `${path} differs: run npm run api, and look at what changed for users`);
}

async function checkUnused(): Promise<readonly string[]> {
  return run(process.execPath, [join(ROOT, "node_modules/.bin/knip"), "--no-progress", "--no-config-hints"], {
    cwd: ROOT,
    encoding: "utf8",
  }).then(
    () => [],
    (failure: { readonly stdout?: string; readonly stderr?: string }) => [`${failure.stdout ?? ""}${failure.stderr ?? ""}`.trim()],
  );
}
