import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CRD_RESOURCE, type ListCall, type ListWatch, type Manifest, type Resource, type WatchCall } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { Scope } from "@polykind/core";
import { openManager } from "@polykind/manager";
import { definePlugin } from "@polykind/plugin";
import { openPluginHost } from "@polykind/plugin-host";
import { openSandbox } from "@polykind/sandbox";
import { silentLog } from "@polykind/telemetry";
import { kubeconfigFile } from "./support/kubeconfig-file.ts";

const BALLS: Resource = { group: "x.example.com", version: "v1", kind: "Ball", plural: "balls", resourceScope: "Namespaced" };
const PATIENCE_MS = 15_000;

interface Edit {
  readonly description: string;
  readonly colour?: string;
}

function crd({ description, colour }: Edit): Manifest {
  const properties = { colour: { type: "string", ...(colour !== undefined && { default: colour }) } };
  const openAPIV3Schema = { type: "object", properties: { spec: { type: "object", description, properties } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "balls.x.example.com" },
    spec: {
      group: BALLS.group,
      scope: "Namespaced",
      names: { plural: "balls", kind: "Ball" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

/** `client`, which notes what informers of balls ask for: `list`, `metadata`, `object`, `stream` or `watch`. */
function noting(client: Client, asked: string[]): Client {
  const noted = (source: ListWatch): ListWatch => ({
    list(call: ListCall) {
      asked.push(call.only !== undefined ? "object" : (call.shape ?? "list"));
      return source.list(call);
    },
    watch(call: WatchCall) {
      asked.push(call.sendInitialEvents === true ? "stream" : "watch");
      return source.watch(call);
    },
  });
  return new Proxy(client, {
    get(target, name) {
      if (name === "listWatch")
        return (resource: Resource, ...selection: [object?]) => {
          const source = target.listWatch(resource, ...selection);
          return resource.plural === "balls" ? noted(source) : source;
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describe("an edit of a CRD", () => {
  for (const { why, edit, expected } of [
    { why: "that changes no body costs metadata, and no reconcile", edit: { description: "second" }, expected: "metadata" },
    { why: "that fills in a default costs a list, and no reconcile", edit: { description: "first", colour: "red" }, expected: "stream" },
  ])
    test(why, { timeout: 60_000 }, async () => {
      await using scope = new Scope();
      const sandbox = scope.own(await openSandbox());
      const file = await kubeconfigFile(sandbox.kubeconfig);
      scope.defer(() => file.remove());
      const client = scope.own(openClient({ credentials: await loadCredentials({ kubeconfig: file.path }) }));
      const plugins = openPluginHost({ hostVersion: "1.0.0", log: silentLog });
      scope.defer(() => plugins.close());
      const asked: string[] = [];
      const reconciled: string[] = [];
      const { manager } = openManager({ client: noting(client, asked), plugins });
      scope.defer(async () => void (await manager.stop())); // Leaks are looked for elsewhere.
      await manager.start(scope.signal);
      plugins.addPlugin(
        definePlugin({
          name: "noting",
          engines: { polykind: "^1.0" },
          manages: { group: BALLS.group, kind: "Ball" },
          setup: () => ({
            reconcile({ metadata }) {
              reconciled.push(metadata.name);
              return Promise.resolve(undefined);
            },
          }),
        }),
      );
      const until = async (isSo: () => boolean, what: string): Promise<void> => {
        for (const end = performance.now() + PATIENCE_MS; !isSo(); await new Promise(setImmediate))
          if (performance.now() > end) throw new Error(`not within ${PATIENCE_MS} ms: ${what}; asked: ${asked.join(", ")}`);
      };
      await client.create(CRD_RESOURCE, crd({ description: "first" }));
      await until(() => asked.includes("stream") || asked.includes("list"), "the kind is listed");
      const ball = { apiVersion: "x.example.com/v1", kind: "Ball", metadata: { name: "a", namespace: "default" }, spec: {} };
      await client.create(BALLS, ball);
      await until(() => reconciled.length === 1, "the ball is reconciled");
      asked.length = 0;
      await client.patch(CRD_RESOURCE, { name: "balls.x.example.com" }, { type: "merge", body: { spec: crd(edit)["spec"] } });
      await until(() => asked.includes(expected), "what changed is asked for");
      await client.create(BALLS, { ...ball, metadata: { name: "b", namespace: "default" } });
      await until(() => reconciled.length === 2, "the watch goes on");
      assert.deepEqual(reconciled, ["a", "b"]);
      assert.equal(asked.includes("metadata") && asked.includes("stream"), false, asked.join(", "));
    });
});
