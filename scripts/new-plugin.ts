// `npm run new:plugin -- NAME [--group GROUP] [--kind KIND]`: a plugin with its CRD, an example and a test, that runs from its first minute.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { FILES } from "../test/architecture/house.ts";
import { currentVersion, manifestText, type NewFiles, pascalOf, tsconfigs, whyNotNamed, writeWorkspace } from "./scaffold/files.ts";
import { crdText, exampleText, pluginText, type PluginWords, readmeText, testText } from "./scaffold/plugin-texts.ts";

const USAGE = "npm run new:plugin -- NAME [--group GROUP] [--kind KIND]";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    group: { type: "string", default: "demo.example.com" },
    kind: { type: "string" },
    root: { type: "string", default: resolve(import.meta.dirname, "..") },
  },
});
const [name] = positionals;
const kind = values.kind ?? pascalOf(name ?? "");
const reason = whyNotNamed(name, values.root, "plugins") ?? whyNotKind(kind) ?? whyNotGroup(values.group);
if (name === undefined || reason !== undefined) {
  console.error(`cannot make a plugin: ${reason}\n${USAGE}`);
  process.exitCode = 1;
} else {
  const version = currentVersion(values.root);
  writeWorkspace(
    values.root,
    `plugins/${name}`,
    pluginFiles({ name, kind, group: values.group, plural: `${kind.toLowerCase()}s`, version }),
  );
  console.log(nextSteps(name));
}

function whyNotKind(given: string): string | undefined {
  return /^[A-Z][A-Za-z0-9]*$/.test(given) ? undefined : `«${given}» is no kind: one word in CamelCase, such as «ShardMap»`;
}

function whyNotGroup(given: string): string | undefined {
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(given)
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
  return `made plugins/${folder}

next:
  npm install                               links it, and puts it into package-lock.json
  npm test -- plugins/${folder}             its first test
  npx polykind run --sandbox --plugins plugins/${folder} --crds plugins/${folder}/crd.yaml --objects plugins/${folder}/example.yaml
  plugins/${folder}/src/index.ts            say what it does with an object`;
}
