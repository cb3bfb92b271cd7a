// `npm run new:plugin -- NAME [--group GROUP] [--kind KIND]`: a plugin with its CRD, an example and a test, that runs from its first minute.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { FILES } from "../test/architecture/house.ts";
import { readArguments, stepLines } from "./scaffold/arguments.ts";
import { currentVersion, manifestText, type NewFiles, pascalOf, tsconfigs, whyNotNamed, writeWorkspace } from "./scaffold/files.ts";
import { crdText, exampleText, pluginText, type PluginWords, readmeText, testText } from "./scaffold/plugin-texts.ts";

interface NewPluginCall {
  readonly group: string;
  readonly kind?: string | undefined;
  readonly root: string;
}

const USAGE = "npm run new:plugin -- NAME [--group GROUP] [--kind KIND]";

const call = readArguments(() =>
  parseArgs({
    allowPositionals: true,
    options: {
      group: { type: "string", default: "demo.example.com" },
      kind: { type: "string" },
      root: { type: "string", default: resolve(import.meta.dirname, "..") },
      help: { type: "boolean", short: "h", default: false },
    },
  }),
);
if (call.reason !== undefined) refuse(call.reason);
else if (call.read.values.help) console.log(USAGE);
else make(call.read.positionals[0], call.read.values);

function make(name: string | undefined, { group, kind = pascalOf(name ?? ""), root }: NewPluginCall): void {
  const reason = whyNotNamed(name, root, "plugins") ?? whyNotKind(kind) ?? whyNotGroup(group);
  if (name === undefined || reason !== undefined) return refuse(reason);
  const words = { name, kind, group, plural: `${kind.toLowerCase()}s`, version: currentVersion(root) };
  writeWorkspace(root, `plugins/${name}`, pluginFiles(words));
  console.log(nextSteps(name));
}

function refuse(reason: string | undefined): void {
  console.error(`cannot make a plugin: ${reason}\n${USAGE}`);
  process.exitCode = 1;
}

function whyNotKind(given: string): string | undefined {
  return /^[A-Z][A-Za-z0-9]*$/.test(given) ? undefined : `«${given}» is no kind: one word in CamelCase, such as «ShardMap»`;
}

/** As Kubernetes has it: labels of at most 63 letters, digits and dashes, with no dash at their ends. */
function whyNotGroup(given: string): string | undefined {
  return given.length <= 253 && /^(?!.*\.$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.|$)){2,}$/.test(given)
    ? undefined
    : `«${given}» is no API group: a domain of yours, such as «apps.example.com»`;
}

function pluginFiles(words: PluginWords): NewFiles {
  const dir = `plugins/${words.name}`;
  const manifest = {
    name: `polykind-plugin-${words.name}`,
    version: words.version,
    description: `Reconciles ${words.kind} objects`,
    keywords: ["polykind-plugin"],
    peerDependencies: { "@polykind/plugin": `^${words.version}` },
    polykind: { manages: [{ group: words.group, kind: words.kind }] },
  };
  return {
    ...tsconfigs(dir, ["../../packages/plugin"]),
    [`${dir}/package.json`]: manifestText(manifest, [...FILES, "crd.yaml", "example.yaml"]),
    [`${dir}/README.md`]: readmeText(words),
    [`${dir}/crd.yaml`]: crdText(words),
    [`${dir}/example.yaml`]: exampleText(words),
    [`${dir}/src/index.ts`]: pluginText(words),
    [`${dir}/test/${words.name}.test.ts`]: testText(words),
  };
}

function nextSteps(folder: string): string {
  const dir = `plugins/${folder}`;
  const steps = stepLines([
    ["npm install", "links it, and puts it into package-lock.json"],
    [`npm test -- ${dir}`, "its first test"],
    [`npx polykind run --sandbox --plugins ${dir} --crds ${dir}/crd.yaml --objects ${dir}/example.yaml`],
    [`${dir}/src/index.ts`, "say what it does with an object"],
  ]);
  return `made ${dir}\n\nnext:\n${steps}`;
}
