import assert from "node:assert/strict";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ListWatch, Resource } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type InformerPool, openInformerPool } from "@polykind/informer";
import { type RealApi, skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { linesOf } from "../support/model-server.ts";
import { until } from "./support.ts";

const resource = (plural: string, kind: string): Resource => ({ group: "", version: "v1", plural, kind, resourceScope: "Namespaced" });
const CONFIG_MAPS = resource("configmaps", "ConfigMap");
const SECRETS = resource("secrets", "Secret");
const SERVICES = resource("services", "Service");
const KINDS = [CONFIG_MAPS, SECRETS, SERVICES];

/** What was asked of the server since the last look. */
interface Asked {
  /** By whom its version was asked for. */
  readonly probedBy: Set<ListWatch>;
  lists: number;
}

function counting(source: ListWatch, asked: Asked): ListWatch {
  return {
    list(call) {
      asked.lists += 1;
      return source.list(call);
    },
    watch(call) {
      if (call.objects === "none") asked.probedBy.add(source);
      else if (call.sendInitialEvents === true) asked.lists += 1;
      return source.watch(call);
    },
  };
}

const put = (api: RealApi, name: string, value: string): Promise<string> =>
  api.kubectl(
    ["apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { value } }),
  );

describe("informers of a real API server that stops and starts again", { skip: skipWithoutRealApi(), timeout: 180_000 }, () => {
  interface World extends AsyncDisposable {
    api: RealApi;
    readonly client: Client;
    readonly pool: InformerPool;
    readonly asked: Asked;
    /** Stops the server, and starts it again, with the storage as it was left or with a copy from before. */
    restart(storage?: "restored"): Promise<void>;
  }

  /** A server with one object, `kept`, in a backup of its storage, and informers that watch. */
  async function open(): Promise<World> {
    const first = await startRealApi();
    const port = Number(new URL(first.server).port);
    const [storage, backup] = [join(first.dir, "etcd"), join(first.dir, "etcd.backup")];
    const again = (): Promise<RealApi> => startRealApi({ dir: first.dir, port });
    await put(first, "kept", "before");
    await first.stop({ keep: true });
    await cp(storage, backup, { recursive: true });
    let api = await again();
    const asked: Asked = { probedBy: new Set(), lists: 0 };
    const client = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
    const pool = openInformerPool({ open: (key) => counting(client.listWatch(key.resource, key), asked) });
    const restart = async (from?: "restored"): Promise<void> => {
      await api.stop({ keep: true });
      if (from === "restored") {
        await rm(storage, { recursive: true });
        await cp(backup, storage, { recursive: true });
      }
      asked.lists = 0;
      asked.probedBy.clear();
      api = await again();
    };
    const end = async (): Promise<void> => {
      await pool[Symbol.asyncDispose]();
      await client.close();
      await api.stop();
    };
    return { get api() { return api; }, client, pool, asked, restart, [Symbol.asyncDispose]: end }; // biome-ignore format: a record
  }

  test("ask once whether history was kept, however many they are, and list nothing", async () => {
    await using world = await open();
    const leases = await Promise.all(KINDS.map((kind) => world.pool.acquire({ resource: kind })));
    await Promise.all(leases.map(({ informer }) => informer.synced()));
    await world.restart();
    await until(
      () => leases.every(({ informer }) => informer.state.phase === "watching") && world.asked.probedBy.size > 0,
      "all watch again",
    );
    await put(world.api, "later", "x");
    await until(() => leases[0]?.informer.store.byKey("default/later") !== undefined, "a change arrives");
    assert.deepEqual([world.asked.probedBy.size, world.asked.lists], [1, 0]);
  });

  test("come to the state of an older storage, though the server accepts their watches of versions that it does not have", async (context) => {
    await using world = await open();
    const leases = await Promise.all(KINDS.map((kind) => world.pool.acquire({ resource: kind })));
    await Promise.all(leases.map(({ informer }) => informer.synced()));
    const informer = leases[0]?.informer;
    assert.ok(informer);
    for (let n = 0; n < 30; n += 1) await put(world.api, "kept", `after ${n}`);
    await put(world.api, "ghost", "was never there");
    await until(() => informer.store.byKey("default/ghost") !== undefined, "the last change arrives");
    const seen = BigInt(informer.store.resourceVersion);

    await world.restart("restored");
    const restartedAt = Date.now();
    await until(() => informer.store.byKey("default/ghost") === undefined, "what was never there is gone");
    const tookMs = Date.now() - restartedAt;
    const { items, resourceVersion } = await world.client.list(CONFIG_MAPS);
    assert.ok(BigInt(resourceVersion) < seen, "the versions have fallen");
    assert.deepEqual(linesOf(informer.store.list()), linesOf(items));
    assert.deepEqual((informer.store.byKey("default/kept") as { readonly data?: object } | undefined)?.data, { value: "before" });
    await put(world.api, "new", "x");
    await until(() => informer.store.byKey("default/new") !== undefined, "a change of the new history arrives");
    // Every kind asks for itself. Those go on that had seen nothing of what was lost; of the others one list is denied, and one tells the state.
    await until(() => world.asked.probedBy.size >= KINDS.length, "every kind asks for itself");
    const { lists } = world.asked;
    assert.ok(lists >= 2 && lists <= 2 * KINDS.length, `${lists} lists`);
    assert.ok(tookMs < 15_000, `it took ${tookMs} ms`);
    context.diagnostic(`an older storage was noticed and taken ${tookMs} ms after the server was back`);
  });

  test("come to the state of an older storage whose versions have grown past theirs before anybody asked", async () => {
    await using world = await open();
    const { informer } = await world.pool.acquire({ resource: CONFIG_MAPS });
    await informer.synced();
    await put(world.api, "kept", "after");
    await put(world.api, "ghost", "was never there");
    await until(() => informer.store.byKey("default/ghost") !== undefined, "the last change arrives");
    await world.restart("restored");
    // The list that is to be no older waits for three seconds, in which the server grows past it.
    for (let n = 0; n < 40; n += 1) await put(world.api, "new", String(n));
    await until(() => informer.store.byKey("default/ghost") === undefined, "what was never there is gone");
    await until(() => informer.store.byKey("default/new") !== undefined, "the new history arrives");
    const { items } = await world.client.list(CONFIG_MAPS);
    await until(() => linesOf(informer.store.list()).join() === linesOf(items).join(), "the cache is the server's state");
  });
});
