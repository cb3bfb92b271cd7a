import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { type RealApi, skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { Recorder } from "../support/recorder.ts";
import { clientOf, CONFIG_MAPS, CRDS, crdOf, kindOf, objectOf, poolOf, until } from "./support.ts";

const WIDGETS = kindOf("shards", "widgets");
const FLAGS = ["--feature-gates=ShardedListAndWatch=true", "--authorization-mode=AlwaysAllow"];
const SHARDS = 4;

describe("informers of the shards of a kind", { skip: skipWithoutRealApi() }, () => {
  let api: RealApi;
  let client: Client;

  before(async () => {
    api = await startRealApi({ flags: FLAGS });
    client = await clientOf(api.kubeconfig);
    await client.create(CRDS, crdOf(WIDGETS, "first"));
    await until(() => client.list(WIDGETS).then(Boolean, () => false), "the kind is served");
  });
  after(async () => {
    await client?.close();
    await api?.stop();
  });

  for (const [what, resource] of [
    ["a custom resource", WIDGETS],
    ["a built-in kind", CONFIG_MAPS],
  ] as const satisfies readonly (readonly [string, Resource])[]) {
    test(`hold every object of ${what} once, from the first list and from the watch, and tell of each once`, async () => {
      const names = Array.from({ length: 40 }, (_, n) => `o${n}`);
      for (const name of names.slice(0, 20)) await client.create(resource, objectOf(resource, name));
      const { pool } = poolOf(client);
      await using _ = pool;
      const leases = await Promise.all(
        Array.from({ length: SHARDS }, (_, index) => pool.acquire({ resource, namespace: "default", shard: { index, count: SHARDS } })),
      );
      const informers = leases.map(({ informer }) => informer);
      const recorders = informers.map(() => new Recorder());
      await Promise.all(informers.map((informer, shard) => informer.addHandler(recorders[shard] ?? {}).synced()));
      const held = (): readonly string[] => informers.flatMap(({ store }) => store.list().map(({ metadata }) => metadata.name)).toSorted();
      const there = async (): Promise<readonly string[]> =>
        (await client.list(resource, { namespace: "default" })).items.map(({ metadata }) => metadata.name).toSorted();
      assert.deepEqual(held(), await there());
      assert.ok(
        informers.every(({ store }) => store.size < 20),
        "no shard holds all",
      );

      for (const recorder of recorders) recorder.take();
      for (const name of names.slice(20)) await client.create(resource, objectOf(resource, name));
      for (const name of names.slice(0, 5)) await client.delete(resource, { namespace: "default", name });
      await until(() => recorders.reduce((sum, { lines }) => sum + lines.length, 0) >= 25, "all changes are told");
      assert.deepEqual(held(), await there());
      const told = recorders.flatMap((recorder) => recorder.take().map((line) => line.replace(/@.*/, ""))).toSorted();
      assert.deepEqual(told, [...names.slice(20).map((name) => `+${name}`), ...names.slice(0, 5).map((name) => `-${name}`)].toSorted());
      await client.deleteCollection(resource, { namespace: "default" });
    });
  }
});
