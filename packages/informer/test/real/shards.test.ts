import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Manifest, Resource, Shard } from "@polykind/apimachinery";
import { loadCredentials, openClient } from "@polykind/client";
import { openInformerPool } from "@polykind/informer";
import { skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";

const CONFIG_MAPS: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", resourceScope: "Namespaced" };
const PARTS: readonly Shard[] = [0, 1, 2].map((index) => ({ index, count: 3 }));
const OBJECTS = 60;
const configMap = (name: string): Manifest => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } });

describe("informers of shards on a real API server", { skip: skipWithoutRealApi(), timeout: 120_000 }, () => {
  for (const { why, flags, sentTimes } of [
    {
      why: "are disjoint and complete, and each object is sent once, where the server offers shards",
      flags: ["--feature-gates=ShardedListAndWatch=true"],
      sentTimes: 1,
    },
    {
      why: "are disjoint and complete where the server ignores shards, and sends every object to each",
      flags: [],
      sentTimes: PARTS.length,
    },
  ])
    test(why, async () => {
      await using api = await startRealApi({ flags });
      const client = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
      try {
        for (let n = 0; n < OBJECTS; n += 1) await client.create(CONFIG_MAPS, configMap(`c${n}`));
        let sent = 0;
        await using pool = openInformerPool({
          open: (key) => {
            const source = client.listWatch(key.resource, key);
            return {
              async list(call) {
                const body = await source.list(call);
                sent += (JSON.parse(Buffer.from(body).toString()) as { readonly items: readonly object[] }).items.length; // a list
                return body;
              },
              async *watch(call) {
                for await (const lines of source.watch(call)) {
                  for (const line of lines) if (Buffer.from(line).includes('"ADDED"')) sent += 1;
                  yield lines;
                }
              },
            };
          },
        });
        const leases = await Promise.all(PARTS.map((shard) => pool.acquire({ resource: CONFIG_MAPS, namespace: "default", shard })));
        await Promise.all(leases.map(({ informer }) => informer.synced()));
        const keys = (): readonly string[] => leases.flatMap(({ informer }) => [...informer.store.keys()]);
        const { items } = await client.list(CONFIG_MAPS, { namespace: "default" });
        const names = items.map(({ metadata }) => `default/${metadata.name}`);
        assert.deepEqual(keys().toSorted(), names.toSorted());
        assert.ok(
          leases.every(({ informer }) => informer.store.size > 0),
          "no shard is empty",
        );
        assert.equal(sent, names.length * sentTimes);

        const made = await client.create(CONFIG_MAPS, configMap("later"));
        await Promise.all(
          leases.map(async ({ informer }) => {
            // Only the shard of the object is sure to hear of its version.
            await Promise.race([informer.reached(made.metadata.resourceVersion), new Promise((resolve) => setTimeout(resolve, 2_000))]);
          }),
        );
        assert.equal(keys().filter((key) => key === "default/later").length, 1);
      } finally {
        await client.close();
      }
    });
});
