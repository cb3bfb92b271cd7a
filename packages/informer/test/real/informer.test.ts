import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ListWatch, type Manifest, pathOf, type Resource, type WatchCall } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type Informer, type InformerKey, type InformerPool, openInformerPool } from "@polykind/informer";
import { type RealApi, skipWithoutRealApi, startRealApi } from "../../../../test/support/real-api.ts";
import { linesOf } from "../support/model-server.ts";
import { Recorder } from "../support/recorder.ts";
import { until } from "./support.ts";

const WIDGETS: Resource = { group: "informer.example.com", version: "v1", plural: "widgets", kind: "Widget", resourceScope: "Namespaced" };
const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  resourceScope: "Cluster",
};
const CONFIG_MAPS: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", resourceScope: "Namespaced" };

const crdOf = ({ group, version, plural, kind, resourceScope }: Resource, description: string): Manifest => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: resourceScope,
    names: { plural, singular: kind.toLowerCase(), kind },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            description,
            properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        },
      },
    ],
  },
});

const widget = (
  name: string,
  { labels = {}, resource = WIDGETS }: { labels?: Record<string, string>; resource?: Resource } = {},
): Manifest => ({
  apiVersion: `${resource.group}/${resource.version}`,
  kind: resource.kind,
  metadata: { name, namespace: "default", labels },
  spec: { n: 0 },
});

/** The server's answers to what an informer asks, with what it asked. */
interface Asked {
  lists: number;
  /** Who asked for the server's version: of one whose cache is not filled it may take some tries. */
  readonly probedBy: Set<ListWatch>;
  readonly watches: WatchCall[];
  /** Asks for the next watch from this version instead. */
  nextFrom: string | undefined;
}

function listening(source: ListWatch, asked: Asked): ListWatch {
  return {
    list(call) {
      asked.lists += 1;
      return source.list(call);
    },
    watch(call) {
      if (call.objects === "none") asked.probedBy.add(source);
      else asked.watches.push(call);
      const from = asked.nextFrom;
      asked.nextFrom = undefined;
      return source.watch(from === undefined ? call : { ...call, resourceVersion: from });
    },
  };
}

describe("an informer of a real API server", { skip: skipWithoutRealApi(), timeout: 180_000 }, () => {
  let api: RealApi;
  let client: Client;
  let pool: InformerPool;
  let asked: Asked;

  const openAll = async (): Promise<void> => {
    client = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
    asked = { lists: 0, probedBy: new Set(), watches: [], nextFrom: undefined };
    pool = openInformerPool({ open: (key) => listening(client.listWatch(key.resource, key), asked) });
  };

  before(async () => {
    api = await startRealApi();
    await openAll();
    await client.create(CRDS, crdOf(WIDGETS, "first"));
  });
  after(async () => {
    await pool[Symbol.asyncDispose]();
    assert.equal(client.openStreams().streams, 0, "no stream is left");
    await client.close();
    await api.stop();
  });

  async function acquire(key: Partial<InformerKey> = {}): Promise<{ informer: Informer } & AsyncDisposable> {
    asked.lists = 0;
    asked.watches.length = 0;
    const lease = await pool.acquire({ resource: WIDGETS, ...key });
    return { informer: lease.informer, [Symbol.asyncDispose]: () => lease.release() };
  }

  const stored = async ({ store }: Informer): Promise<void> => {
    const { items } = await client.list(WIDGETS);
    assert.deepEqual(linesOf(store.list()), linesOf(items));
  };

  test("begins while the kind is still being established, and misses nothing from then on", async () => {
    await using lease = await acquire();
    const recorder = new Recorder();
    lease.informer.addHandler(recorder);
    await lease.informer.synced();
    const { resourceVersion } = (await client.create(WIDGETS, widget("first"))).metadata;
    await until(() => lease.informer.store.size === 1, "the object is there");
    await lease.informer.reached(resourceVersion);
    assert.deepEqual(recorder.take(), [`+first@${resourceVersion}`]);
    assert.ok(lease.informer.store.byKey("default/first"));
    await client.delete(WIDGETS, { namespace: "default", name: "first" });
    await until(() => lease.informer.store.size === 0, "the object is gone");
    assert.match(recorder.take().join(), /^-first@\d+$/);
  });

  test("takes a large kind as WatchList, whole, and follows it in the same stream", async () => {
    const names = Array.from({ length: 600 }, (_, n) => `w${n}`);
    for (let at = 0; at < names.length; at += 50)
      await Promise.all(names.slice(at, at + 50).map((name) => client.create(WIDGETS, widget(name))));
    await using lease = await acquire();
    await lease.informer.synced();
    assert.equal(lease.informer.store.size, 600);
    await stored(lease.informer);
    assert.deepEqual(
      { lists: asked.lists, watches: asked.watches.map(({ sendInitialEvents }) => sendInitialEvents) },
      { lists: 0, watches: [true] },
    );
    const patch = { type: "merge", body: { spec: { n: 1 } } } as const;
    const { metadata } = await client.patch(WIDGETS, { namespace: "default", name: "w7" }, patch);
    await lease.informer.reached(metadata.resourceVersion);
    await stored(lease.informer);
    assert.equal(asked.watches.length, 1);
  });

  test("takes only metadata where that is enough", async () => {
    await using lease = await acquire({ shape: "metadata" });
    await lease.informer.synced();
    assert.equal(lease.informer.store.size, 600);
    const object = lease.informer.store.byKey("default/w7");
    assert.deepEqual(Object.keys(object ?? {}).sort(), ["apiVersion", "kind", "metadata"]);
  });

  test("sees an object come into and go out of a label selector", async () => {
    await using lease = await acquire({ labelSelector: "chosen=yes" });
    const recorder = new Recorder();
    lease.informer.addHandler(recorder);
    await lease.informer.synced();
    const label = (chosen: string | null) =>
      client.patch(WIDGETS, { namespace: "default", name: "w1" }, { type: "merge", body: { metadata: { labels: { chosen } } } });
    const chosen = await label("yes");
    await label(null);
    await until(() => recorder.lines.length === 2, "it came and went");
    assert.match(recorder.take().join(), new RegExp(`^\\+w1@${chosen.metadata.resourceVersion},-w1@\\d+$`));
  });

  test("recovers from a version that the server has compacted away, with one list and no spurious change", async () => {
    await using lease = await acquire();
    const recorder = new Recorder();
    await lease.informer.synced();
    await lease.informer.addHandler(recorder).synced();
    recorder.take();
    asked.nextFrom = "1";
    const watch = asked.watches.at(-1);
    await client.patch(
      CRDS,
      { name: `${WIDGETS.plural}.${WIDGETS.group}` },
      { type: "json", operations: [{ op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema/description", value: "other" }] },
    );
    await until(
      () => asked.watches.at(-1) !== watch && lease.informer.state.phase === "watching" && asked.nextFrom === undefined,
      "it watches again",
    );
    const { metadata } = await client.patch(WIDGETS, { namespace: "default", name: "w9" }, { type: "merge", body: { spec: { n: 2 } } });
    await lease.informer.reached(metadata.resourceVersion);
    await until(() => recorder.lines.length > 0, "the change is told");
    assert.equal(recorder.take().length, 1);
    await stored(lease.informer);
  });

  test("resumes after an edit of its CRD that was announced, without a failure, a spurious change or a missed one", async () => {
    await using lease = await acquire();
    const recorder = new Recorder();
    await lease.informer.synced();
    await lease.informer.addHandler(recorder).synced();
    recorder.take();
    const failures: string[] = [];
    lease.informer.notices.on("failed", ({ message }) => failures.push(message));
    lease.informer.expectDisconnect();
    const watch = asked.watches.at(-1);
    await client.patch(
      CRDS,
      { name: `${WIDGETS.plural}.${WIDGETS.group}` },
      { type: "json", operations: [{ op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema/description", value: "third" }] },
    );
    const { metadata } = await client.patch(WIDGETS, { namespace: "default", name: "w10" }, { type: "merge", body: { spec: { n: 3 } } });
    await until(() => asked.watches.at(-1) !== watch, "the server has closed the watch");
    await lease.informer.reached(metadata.resourceVersion);
    await until(() => recorder.lines.length > 0, "the change is told");
    assert.equal(recorder.take().length, 1);
    assert.deepEqual(
      failures.filter((message) => !message.includes("initializing")),
      [],
    );
    await stored(lease.informer);
  });

  test("takes any key of an object for data", async () => {
    const body = JSON.parse(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"odd","namespace":"default"},"data":{"__proto__":"x","constructor":"y"}}',
    ) as Manifest;
    await client.create(CONFIG_MAPS, body);
    await using lease = await acquire({ resource: CONFIG_MAPS, namespace: "default" });
    await lease.informer.synced();
    const object = lease.informer.store.byKey("default/odd") as unknown as { data: Record<string, string>; metadata: object };
    assert.deepEqual(Object.entries(object.data), [
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
    assert.equal("managedFields" in object.metadata, false);
  });

  test("tells of a kind that is gone, keeps what it has, and goes on when it is back", async () => {
    const gone: Resource = { ...WIDGETS, plural: "gadgets", kind: "Gadget" };
    const name = { name: `${gone.plural}.${gone.group}` };
    await client.create(CRDS, crdOf(gone, "first"));
    await using lease = await acquire({ resource: gone });
    await lease.informer.synced();
    const codes: string[] = [];
    lease.informer.notices.on("failed", ({ code }) => codes.push(code));
    await client.delete(CRDS, name);
    await until(() => codes.includes("KIND_NOT_SERVED"), "it is told");
    assert.equal(lease.informer.hasSynced, true);
    await client.create(CRDS, crdOf(gone, "second"));
    await until(() => lease.informer.state.phase === "watching", "it watches again");
    assert.equal(pathOf(gone), "/apis/informer.example.com/v1/gadgets");
  });

  test("hears of changes soon after the server was stopped and started again, without a list", async (t) => {
    const resources = Array.from({ length: 30 }, (_, n): Resource => ({ ...WIDGETS, plural: `kinds${n}`, kind: `Kind${n}` }));
    await Promise.all(resources.map((resource) => client.create(CRDS, crdOf(resource, "first"))));
    const leases = await Promise.all(resources.map((resource) => pool.acquire({ resource })));
    await Promise.all(leases.map(({ informer }) => informer.synced()));
    await Promise.all(resources.map((resource) => client.create(resource, widget("one", { resource }))));
    await until(() => leases.every(({ informer }) => informer.store.size === 1), "all have their object");
    asked.lists = 0;
    asked.probedBy.clear();
    const { dir } = api;
    const port = Number(new URL(api.server).port);
    await api.stop({ keep: true });
    await until(() => leases.every(({ informer }) => informer.state.phase === "waiting"), "all have noticed");
    api = await startRealApi({ dir, port });
    const readyAt = performance.now();
    await Promise.all(
      resources.map((resource) =>
        client.patch(resource, { namespace: "default", name: "one" }, { type: "merge", body: { spec: { n: 1 } } }),
      ),
    );
    const isThere = ({ informer }: (typeof leases)[number]): boolean =>
      (informer.store.byKey("default/one") as { spec?: { n?: number } } | undefined)?.spec?.n === 1;
    await until(() => leases.every(isThere), "all have heard of the change");
    t.diagnostic(
      `${resources.length} kinds heard again ${Math.round(performance.now() - readyAt)} ms after the server was ready, with ${asked.lists} lists`,
    );
    assert.deepEqual([asked.lists, asked.probedBy.size], [0, 1], "one of all asks whether history was kept");
    await Promise.all(leases.map((lease) => lease.release()));
  });
});
