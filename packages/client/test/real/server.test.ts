import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { decodeList, decodeWatchEvent, type KubeObject, type Resource, statusOf, type WatchEvent } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { isPolykindError, type PolykindErrorCode } from "@polykind/core";
import { listWatchContract } from "@polykind/testing";
import { type RealApi, skipWithoutRealApi, startRealApi, useRealApi } from "../../../../test/support/real-api.ts";
import { openSubject } from "../support/contract-subject.ts";

const skip = skipWithoutRealApi();
const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  resourceScope: "Cluster",
};

/** A CRD of a group of its own, so that suites on a shared server do not meet. */
function crdOf(group: string) {
  const schema = {
    type: "object",
    properties: {
      spec: { type: "object", properties: { size: { type: "integer" } } },
      status: { type: "object", properties: { seen: { type: "integer" } } },
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", singular: "widget", listKind: "WidgetList" },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } }],
    },
  } as const;
}

/** The resource of a kind once it is served and listable; discovery and handlers follow the CRD by a moment. */
async function whenServed(client: Client, kind: { readonly group: string; readonly kind: string }): Promise<Resource> {
  for (;;) {
    try {
      const resource = await client.resourceFor(kind);
      await client.list(resource);
      return resource;
    } catch (error) {
      if (!is("KIND_NOT_SERVED")(error)) throw error;
      client.forgetDiscovery(kind.group);
    }
  }
}

function is(code: PolykindErrorCode) {
  return (error: unknown): boolean => isPolykindError(error, code);
}

describe("a real API server", { skip }, () => {
  const group = `c${randomUUID().slice(0, 8)}.example.com`;
  const crdName = { name: `widgets.${group}` };
  let api: RealApi;
  let client: Client;
  let widgets: Resource;

  before(async () => {
    api = await useRealApi();
    client = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
    await client.create(CRDS, crdOf(group));
    widgets = await whenServed(client, { group, kind: "Widget" });
  });

  after(async () => {
    await client?.delete(CRDS, crdName);
    await client?.close();
    await api?.[Symbol.asyncDispose]();
  });

  const widget = (name: string, spec: object = {}) => ({
    apiVersion: `${group}/v1`,
    kind: "Widget",
    metadata: { name, namespace: "default" },
    spec,
  });
  const named = (name: string) => ({ namespace: "default", name });

  test("is told by its version", async () => assert.match(await client.serverVersion(), /^v1\.\d+\.\d+/));

  test("finds kinds by discovery, built-in ones and those of CRDs", async () => {
    assert.deepEqual(widgets, { group, version: "v1", kind: "Widget", plural: "widgets", resourceScope: "Namespaced" });
    const namespaces = await client.resourceFor({ group: "", kind: "Namespace" });
    assert.deepEqual([namespaces.plural, namespaces.resourceScope], ["namespaces", "Cluster"]);
    const deployments = await client.resourceFor({ group: "apps", kind: "Deployment", version: "v1" });
    assert.equal(deployments.plural, "deployments");
    for (const kind of [
      { group, kind: "Gadget" },
      { group: "nobody.example.com", kind: "Nobody" },
      { group, kind: "Widget", version: "v9" },
      { group: "", kind: "Nobody" },
    ]) {
      await assert.rejects(client.resourceFor(kind), is("KIND_NOT_SERVED"));
    }
  });

  test("says what we may do", async () => {
    assert.equal(await client.canI({ verb: "delete", group, plural: "widgets", namespace: "default" }), true);
    const alice = api.users["alice"];
    assert.ok(alice !== undefined);
    await using hers = openClient({ credentials: await loadCredentials({ kubeconfig: alice }) });
    assert.equal(await hers.canI({ verb: "delete", group, plural: "widgets" }), false);
    await assert.rejects(hers.list(widgets), is("API_FORBIDDEN"));
    await assert.rejects(Array.fromAsync(hers.listWatch(widgets).watch({ signal: new AbortController().signal })), is("API_FORBIDDEN"));
  });

  test("takes every form of a write, and owns to the manager that wrote", async () => {
    const made = await client.create<KubeObject & { spec: object }>(widgets, widget("a", { size: 1 }));
    const merged = await client.patch<typeof made>(widgets, named("a"), { type: "merge", body: { spec: { size: 2 } } });
    assert.deepEqual(merged.spec, { size: 2 });
    const patched = await client.patch<typeof made>(widgets, named("a"), {
      type: "json",
      operations: [
        { op: "test", path: "/metadata/uid", value: made.metadata.uid },
        { op: "replace", path: "/spec/size", value: 3 },
      ],
    });
    assert.deepEqual(patched.spec, { size: 3 });
    const failedTest = client.patch(widgets, named("a"), {
      type: "json",
      operations: [{ op: "test", path: "/metadata/uid", value: "other" }],
    });
    await assert.rejects(failedTest, is("API_INVALID"));
    const applied = await client.patch<typeof made>(
      widgets,
      named("b"),
      { type: "apply", body: widget("b", { size: 4 }) },
      { fieldManager: "me" },
    );
    assert.deepEqual(applied.spec, { size: 4 });
    assert.match(JSON.stringify(applied), /"manager":"me"/);
    const conflicting = client.patch(widgets, named("b"), { type: "apply", body: widget("b", { size: 5 }) }, { fieldManager: "other" });
    await assert.rejects(conflicting, is("API_CONFLICT"));
    const forced = await client.patch<typeof made>(
      widgets,
      named("b"),
      { type: "apply", body: widget("b", { size: 5 }), force: true },
      { fieldManager: "other" },
    );
    assert.deepEqual(forced.spec, { size: 5 });
    await client.deleteCollection(widgets, { namespace: "default" });
    assert.deepEqual((await client.list(widgets, { namespace: "default" })).items, []);
  });

  test("stores status apart, and nothing in a dry run", async () => {
    await client.create(widgets, widget("s", { size: 1 }));
    const body = { status: { seen: 1 }, spec: { size: 9 } };
    const after = await client.patch<KubeObject & typeof body>(widgets, named("s"), { type: "merge", body }, { subresource: "status" });
    assert.deepEqual([after.status, after.spec], [{ seen: 1 }, { size: 1 }]);
    await client.patch(widgets, named("s"), { type: "merge", body: { spec: { size: 7 } } }, { dryRun: true });
    assert.deepEqual((await client.get<typeof after>(widgets, named("s"))).spec, { size: 1 });
    assert.equal((await client.create(widgets, widget("dry"), { dryRun: true })).metadata.name, "dry");
    await assert.rejects(client.get(widgets, named("dry")), is("API_NOT_FOUND"));
    await client.delete(widgets, named("s"));
  });

  test("refuses unknown fields, names that are taken, and values that break the schema", async () => {
    await assert.rejects(client.create(widgets, widget("x", { colour: "red" })), is("API_INVALID"));
    await assert.rejects(client.create(widgets, widget("x", { size: "big" })), is("API_INVALID"));
    await client.create(widgets, widget("x", { colour: "red" }), { fieldValidation: "Ignore" });
    await assert.rejects(client.create(widgets, widget("x")), is("API_ALREADY_EXISTS"));
    await client.delete(widgets, named("x"));
  });

  test("deletes this very object only, and hands it back while it waits for finalizers", async () => {
    const { metadata } = await client.create(widgets, widget("d"));
    await assert.rejects(client.delete(widgets, named("d"), { uid: "00000000-0000-0000-0000-000000000000" }), is("API_CONFLICT"));
    await client.patch(widgets, named("d"), { type: "merge", body: { metadata: { finalizers: ["example.com/wait"] } } });
    const waiting = await client.delete(widgets, named("d"), { uid: metadata.uid });
    assert.ok(waiting?.metadata.deletionTimestamp !== undefined);
    await client.patch(widgets, named("d"), { type: "merge", body: { metadata: { finalizers: null } } });
    await assert.rejects(client.get(widgets, named("d")), is("API_NOT_FOUND"));
    await assert.rejects(client.delete(widgets, named("d")), is("API_NOT_FOUND"));
    await client.create(widgets, widget("d"));
    assert.equal(await client.delete(widgets, named("d")), undefined);
  });

  test("tells an object that is not there from a kind that is not served", async () => {
    const error = await client.get(widgets, named("nobody")).catch((error: unknown) => error);
    assert.ok(isPolykindError(error, "API_NOT_FOUND"));
    assert.equal(statusOf(error)?.details?.name, "nobody");
    await assert.rejects(client.get({ ...widgets, plural: "gadgets" }, named("nobody")), is("KIND_NOT_SERVED"));
    await assert.rejects(client.get({ ...widgets, version: "v9" }, named("nobody")), is("KIND_NOT_SERVED"));
    await assert.rejects(client.list({ ...widgets, group: "nobody.example.com" }), is("KIND_NOT_SERVED"));
  });

  test("lists pages and selections, and metadata alone", async () => {
    for (const [name, tier] of [
      ["l1", "x"],
      ["l2", "y"],
      ["l3", "x"],
    ] as const) {
      await client.create(widgets, { ...widget(name, { size: 1 }), metadata: { ...named(name), labels: { tier } } });
    }
    const page = await client.list(widgets, { namespace: "default", limit: 2 });
    assert.equal(page.items.length, 2);
    const rest = await client.list(widgets, {
      namespace: "default",
      limit: 2,
      ...(page.continue !== undefined && { continue: page.continue }),
    });
    assert.deepEqual(
      rest.items.map(({ metadata }) => metadata.name),
      ["l3"],
    );
    const chosen = await client.list(widgets, { labelSelector: "tier in (x)", fieldSelector: "metadata.name!=l1" });
    assert.deepEqual(
      chosen.items.map(({ metadata }) => metadata.name),
      ["l3"],
    );
    const bare = await client.list<KubeObject & { spec?: unknown }>(widgets, { shape: "metadata" });
    assert.deepEqual(
      bare.items.map(({ kind, spec }) => [kind, spec]),
      Array.from({ length: 3 }, () => ["PartialObjectMetadata", undefined]),
    );
    const source = client.listWatch(widgets, { shape: "metadata", labelSelector: "tier=x" });
    const { signal } = new AbortController();
    const list = decodeList(await source.list({ signal }), { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata" });
    assert.equal(list.items.length, 2);
    const seen: WatchEvent[] = [];
    for await (const lines of source.watch({ sendInitialEvents: true, signal })) {
      seen.push(...lines.map((line) => decodeWatchEvent(line)));
      if (seen.some((event) => event.type === "BOOKMARK")) break;
    }
    assert.deepEqual(
      seen.map((event) => ("object" in event ? event.object.kind : event.type)),
      ["PartialObjectMetadata", "PartialObjectMetadata", "BOOKMARK"],
    );
    await client.deleteCollection(widgets, { namespace: "default", labelSelector: "tier" });
  });

  test("carries 250 watches on three connections, with one apart for calls", async () => {
    await using many = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
    const { resourceVersion } = await many.list(widgets);
    const abort = new AbortController();
    const told = new Set<number>();
    const watches = Array.from({ length: 250 }, async (_, i) => {
      for await (const lines of many.listWatch(widgets).watch({ resourceVersion, signal: abort.signal })) if (lines.length > 0) told.add(i);
    });
    await many.create(widgets, widget("w"));
    while (told.size < 250) await new Promise(setImmediate);
    assert.deepEqual(many.openStreams(), { sessions: 4, streams: 250 });
    abort.abort();
    await Promise.all(watches);
    assert.equal(many.openStreams().streams, 0);
    await many.delete(widgets, named("w"));
  });
});

describe("a real API server that was started again", { skip }, () => {
  test("says 410 of a version from before, as an event of the watch or as the answer", async () => {
    const first = await startRealApi();
    await first.stop({ keep: true });
    await using api = await startRealApi({ dir: first.dir });
    await using client = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
    const namespaces = await client.resourceFor({ group: "", kind: "Namespace" });
    const watching = client.listWatch(namespaces).watch({ resourceVersion: "1", timeoutSeconds: 1, signal: new AbortController().signal });
    const told = await Array.fromAsync(watching).catch((error: unknown) => error);
    if (!Array.isArray(told)) return void assert.ok(is("API_GONE")(told));
    const [event] = told.flat().map((line: Uint8Array) => decodeWatchEvent(line));
    assert.ok(event?.type === "ERROR");
    assert.deepEqual([event.status.code, event.status.reason], [410, "Expired"]);
  });
});

if (skip === false) {
  const shared = { api: undefined as Promise<RealApi> | undefined };
  describe("the contract on a real API server", () => {
    after(async () => (await shared.api)?.[Symbol.asyncDispose]());
    listWatchContract("our client on a real API server", async () => {
      const { kubeconfig } = await (shared.api ??= useRealApi());
      return openSubject(kubeconfig, `contract-${randomUUID().slice(0, 8)}`);
    });
  });
}
