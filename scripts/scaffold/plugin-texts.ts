/** What the texts of a new plugin are made from. */
export interface PluginWords {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly plural: string;
  readonly version: string;
}

/** `src/index.ts`: the plugin, which remarks on what it sees. */
export function pluginText({ name, kind, group, version }: PluginWords): string {
  const [major, minor] = version.split(".");
  return `import { definePlugin, type KubeObject, type Plugin } from "@polykind/plugin";

interface ${kind} extends KubeObject {
  readonly spec?: { readonly message?: string };
}

/** Writes the message of every ${kind} to the log, once for each change. */
const plugin: Plugin<${kind}> = definePlugin<${kind}>({
  name: "${name}",
  engines: { polykind: "^${major}.${minor}" },
  manages: { group: "${group}", kind: "${kind}" },

  setup: () => ({
    async reconcile(object, { log }) {
      log.info(object.spec?.message ?? "no message", { name: object.metadata.name });
      return undefined;
    },
  }),
});
export default plugin;
`;
}

/** A test that runs the plugin on one object. */
export function testText({ name, kind, group }: PluginWords): string {
  return `import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PluginLog, ReconcileContext, SetupContext } from "@polykind/plugin";
import plugin from "../src/index.ts";

type Managed = Parameters<Awaited<ReturnType<typeof plugin.setup>>["reconcile"]>[0];

describe("${name}", () => {
  test("writes the message of an object to the log", async () => {
    const lines: string[] = [];
    const log: Pick<PluginLog, "info"> = { info: (message) => lines.push(message) };
    const metadata = { name: "one", uid: "u-1", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
    const object: Managed = { apiVersion: "${group}/v1", kind: "${kind}", metadata, spec: { message: "hello" } };

    const reconciler = await plugin.setup({ log } as unknown as SetupContext<Managed>);
    assert.equal(await reconciler.reconcile(object, { log } as unknown as ReconcileContext<Managed>), undefined);
    assert.deepEqual(lines, ["hello"]);
  });
});
`;
}

/** The CRD of the managed kind. */
export function crdText({ kind, group, plural }: PluginWords): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${plural}.${group}
spec:
  group: ${group}
  scope: Namespaced
  names:
    kind: ${kind}
    listKind: ${kind}List
    plural: ${plural}
    singular: ${kind.toLowerCase()}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                message:
                  type: string
`;
}

/** One object to try it on. */
export function exampleText({ kind, group }: PluginWords): string {
  return `apiVersion: ${group}/v1
kind: ${kind}
metadata:
  name: example
  namespace: default
spec:
  message: hello
`;
}

/** What it is, and how to run it. */
export function readmeText({ name, kind, group }: PluginWords): string {
  return `# polykind-plugin-${name}

Reconciles \`${kind}\` objects (\`${group}/v1\`): see [src/index.ts](src/index.ts).

Try it on the embedded API server, from the root of the repository:

\`\`\`sh
npx polykind run --sandbox --plugins plugins/${name} --crds plugins/${name}/crd.yaml --objects plugins/${name}/example.yaml
\`\`\`
`;
}
