import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { isPolykindError } from "@polykind/core";
import { json, ScriptedServer } from "./support/scripted-server.ts";

const APPS = { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", resourceScope: "Namespaced" } as const;
const NODES = { group: "", version: "v1", kind: "Node", plural: "nodes", resourceScope: "Cluster" } as const;
const NAME = { namespace: "b c", name: "a" };
const OBJECT = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", namespace: "b c", uid: "u", resourceVersion: "1" } };
const BASE = "/apis/apps/v1/namespaces/b%20c/deployments";
const WRITE = "fieldManager=polykind&fieldValidation=Strict";

interface Sent {
  readonly line: string;
  readonly type: unknown;
  readonly accept: unknown;
  readonly body: unknown;
}

describe("a verb on the wire", () => {
  let server: ScriptedServer;
  let client: Client;
  let sent: Sent | undefined;
  let answer: unknown;

  before(async () => {
    server = await ScriptedServer.start();
    client = server.client({ userAgent: "test/1" });
    server.script = async (request, response) => {
      const body = (await Array.fromAsync(request)).map(String).join("");
      const { "content-type": type, accept } = request.headers;
      sent = { line: `${request.method} ${request.url}`, type, accept, body: body === "" ? undefined : JSON.parse(body) };
      json(response, 200, answer);
    };
  });
  after(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  const patched = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } };
  const rows: readonly {
    why: string;
    call: () => Promise<unknown>;
    line: string;
    type?: string;
    accept?: string;
    body?: unknown;
    answers?: unknown;
  }[] = [
    { why: "get", call: () => client.get(APPS, NAME), line: `GET ${BASE}/a` },
    { why: "get of a subresource", call: () => client.get(APPS, NAME, { subresource: "scale" }), line: `GET ${BASE}/a/scale` },
    {
      why: "list with selectors, a page at a time",
      call: () => client.list(APPS, { namespace: "b c", labelSelector: "a in (b,c)", fieldSelector: "x=y", limit: 5, continue: "t&t" }),
      line: `GET ${BASE}?labelSelector=a%20in%20(b%2Cc)&fieldSelector=x%3Dy&limit=5&continue=t%26t`,
      answers: { metadata: { resourceVersion: "1" }, items: [] },
    },
    {
      why: "list of metadata, in the cluster",
      call: () => client.list(NODES, { shape: "metadata" }),
      line: "GET /api/v1/nodes",
      accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
      answers: { metadata: { resourceVersion: "1" }, items: [] },
    },
    { why: "create", call: () => client.create(APPS, OBJECT), line: `POST ${BASE}?${WRITE}`, type: "application/json", body: OBJECT },
    {
      why: "create in a dry run, by another manager, laxly",
      call: () => client.create(APPS, OBJECT, { dryRun: true, fieldManager: "m", fieldValidation: "Warn" }),
      line: `POST ${BASE}?fieldManager=m&fieldValidation=Warn&dryRun=All`,
      type: "application/json",
      body: OBJECT,
    },
    {
      why: "JSON patch",
      call: () => client.patch(APPS, NAME, { type: "json", operations: [{ op: "remove", path: "/x" }] }),
      line: `PATCH ${BASE}/a?${WRITE}`,
      type: "application/json-patch+json",
      body: [{ op: "remove", path: "/x" }],
    },
    {
      why: "merge patch of the status",
      call: () => client.patch(APPS, NAME, { type: "merge", body: { status: {} } }, { subresource: "status" }),
      line: `PATCH ${BASE}/a/status?${WRITE}`,
      type: "application/merge-patch+json",
      body: { status: {} },
    },
    {
      why: "strategic merge patch",
      call: () => client.patch(APPS, NAME, { type: "strategic", body: {} }),
      line: `PATCH ${BASE}/a?${WRITE}`,
      type: "application/strategic-merge-patch+json",
      body: {},
    },
    {
      why: "apply",
      call: () => client.patch(APPS, NAME, { type: "apply", body: patched }),
      line: `PATCH ${BASE}/a?${WRITE}`,
      type: "application/apply-patch+yaml",
      body: patched,
    },
    {
      why: "apply by force",
      call: () => client.patch(APPS, NAME, { type: "apply", body: patched, force: true }),
      line: `PATCH ${BASE}/a?${WRITE}&force=true`,
      type: "application/apply-patch+yaml",
      body: patched,
    },
    {
      why: "delete of this very object",
      call: () => client.delete(APPS, NAME, { uid: "u", resourceVersion: "7", propagationPolicy: "Foreground", dryRun: true }),
      line: `DELETE ${BASE}/a`,
      type: "application/json",
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Foreground",
        preconditions: { uid: "u", resourceVersion: "7" },
        dryRun: ["All"],
      },
    },
    {
      why: "delete of a collection",
      call: () => client.deleteCollection(APPS, { namespace: "b c", labelSelector: "x" }),
      line: `DELETE ${BASE}?labelSelector=x`,
      type: "application/json",
      body: { apiVersion: "v1", kind: "DeleteOptions" },
    },
    {
      why: "the question whether we may",
      call: async () => assert.equal(await client.canI({ verb: "list", group: "apps", plural: "deployments", namespace: "n" }), true),
      line: "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      type: "application/json",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb: "list", group: "apps", resource: "deployments", namespace: "n" } },
      },
      answers: { status: { allowed: true } },
    },
  ];
  for (const { why, call, line, type, accept = "application/json", body, answers = OBJECT } of rows) {
    test(why, async () => {
      answer = answers;
      await call();
      assert.deepEqual(sent, { line, type, accept, body });
      assert.equal(server.headers.at(-1)?.["user-agent"], "test/1");
    });
  }

  const { signal } = new AbortController();
  for (const { why, watch, query } of [
    { why: "from a version", watch: { resourceVersion: "7", timeoutSeconds: 300 }, query: "resourceVersion=7&timeoutSeconds=300" },
    { why: "with initial events", watch: { sendInitialEvents: true }, query: "sendInitialEvents=true&resourceVersionMatch=NotOlderThan" },
  ]) {
    test(`watch ${why}`, async () => {
      await Array.fromAsync(client.listWatch(APPS, { namespace: "b c", labelSelector: "x" }).watch({ ...watch, signal }));
      assert.equal(sent?.line, `GET ${BASE}?watch=1&allowWatchBookmarks=true&labelSelector=x&${query}`);
    });
  }

  for (const { why, resource, selection, line } of [
    {
      why: "in any one namespace, where the server looks up one object instead of all",
      resource: APPS,
      selection: {},
      line: "GET /apis/apps/v1/namespaces/default/deployments?watch=1&allowWatchBookmarks=true&fieldSelector=metadata.name%3D~",
    },
    {
      why: "in the namespace of the informer, and among the selected ones",
      resource: APPS,
      selection: { namespace: "b c", labelSelector: "x", fieldSelector: "metadata.name=a" },
      line: `GET ${BASE}?watch=1&allowWatchBookmarks=true&labelSelector=x&fieldSelector=metadata.name%3Da%2Cmetadata.name%3D~`,
    },
    {
      why: "of a kind without namespaces",
      resource: { ...APPS, resourceScope: "Cluster" },
      selection: {},
      line: "GET /apis/apps/v1/deployments?watch=1&allowWatchBookmarks=true&fieldSelector=metadata.name%3D~",
    },
  ] as const)
    test(`watch of no object ${why}`, async () => {
      const call = { sendInitialEvents: true, objects: "none", timeoutSeconds: 5, signal } as const;
      await Array.fromAsync(client.listWatch(resource, selection).watch(call));
      assert.equal(sent?.line, `${line}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=5`);
    });

  test("list of an informer at a version", async () => {
    answer = { metadata: {}, items: [] };
    const bytes = await client
      .listWatch(APPS, { shape: "metadata" })
      .list({ resourceVersion: "7", resourceVersionMatch: "NotOlderThan", limit: 1, signal });
    assert.equal(sent?.line, "GET /apis/apps/v1/deployments?limit=1&resourceVersion=7&resourceVersionMatch=NotOlderThan");
    assert.equal(String(bytes), JSON.stringify(answer));
  });

  for (const { why, selection, call, path, accept = "application/json" } of [
    {
      why: "of one object, by its name in its namespace and among the selected ones",
      selection: { labelSelector: "x", fieldSelector: "spec.a=b" },
      call: { only: { namespace: "b c", name: "a" }, resourceVersion: "7", resourceVersionMatch: "Exact" },
      path: `${BASE}?labelSelector=x&fieldSelector=spec.a%3Db%2Cmetadata.name%3Da&resourceVersion=7&resourceVersionMatch=Exact`,
    },
    {
      why: "of one object without a namespace",
      selection: {},
      call: { only: { name: "a" } },
      path: "/apis/apps/v1/deployments?fieldSelector=metadata.name%3Da",
    },
    {
      why: "of metadata, though the informer holds whole objects",
      selection: { namespace: "b c" },
      call: { shape: "metadata", limit: 9 },
      path: `${BASE}?limit=9`,
      accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    },
    {
      why: "of a shard",
      selection: { shard: { index: 0, count: 2 } },
      call: {},
      path: "/apis/apps/v1/deployments?shardSelector=shardRange(object.metadata.uid%2C%20'0x0000000000000000'%2C%20'0x8000000000000000')",
    },
  ] as const)
    test(`list of an informer ${why}`, async () => {
      answer = { metadata: {}, items: [] };
      await client.listWatch(APPS, selection).list({ ...call, signal });
      assert.deepEqual([sent?.line, sent?.accept], [`GET ${path}`, accept]);
    });

  test("watch of a shard", async () => {
    await Array.fromAsync(client.listWatch(APPS, { shard: { index: 1, count: 2 } }).watch({ resourceVersion: "7", signal }));
    assert.match(
      sent?.line ?? "",
      /&shardSelector=shardRange\(object\.metadata\.uid%2C%20'0x8000000000000000'%2C%20'0x10000000000000000'\)&/,
    );
  });

  for (const { verb, call } of [
    { verb: "get", call: (name: string) => client.get(APPS, { namespace: "web", name }) },
    { verb: "patch", call: (name: string) => client.patch(APPS, { namespace: "web", name }, { type: "merge", body: {} }) },
    { verb: "delete", call: (name: string) => client.delete(APPS, { namespace: "web", name }) },
  ])
    test(`a ${verb} without a name is refused, and never sent to all there are`, async () => {
      sent = undefined;
      for (const name of ["", undefined as unknown as string, ".."]) await assert.rejects(call(name), { code: "API_INVALID" });
      assert.equal(sent, undefined);
    });

  test("a resource that is not served is looked for anew", async () => {
    await using other = await ScriptedServer.start();
    await using own = other.client();
    let plural = "gizmos";
    other.script = (request, response) => {
      if (request.url === "/apis/g/v1") return json(response, 200, { resources: [{ name: plural, kind: "Gizmo", namespaced: false }] });
      if (request.url === `/apis/g/v1/${plural}/a`) return json(response, 200, OBJECT);
      json(response, 404, { kind: "Status", apiVersion: "v1", status: "Failure", code: 404, details: {} });
    };
    const query = { group: "g", version: "v1", kind: "Gizmo" };
    const first = await own.resourceFor(query);
    plural = "gizmoes";
    await assert.rejects(own.get(first, { name: "a" }), { code: "KIND_NOT_SERVED" });
    await own.get(await own.resourceFor(query), { name: "a" });
  });

  test("a delete resolves with the object that waits, and with nothing when it is gone", async () => {
    answer = OBJECT;
    assert.equal((await client.delete(APPS, NAME))?.metadata.uid, "u");
    answer = { kind: "Status", apiVersion: "v1", status: "Success" };
    assert.equal(await client.delete(APPS, NAME), undefined);
  });

  test("keys of an object that mean something to JavaScript are data", async () => {
    answer = JSON.parse('{"kind":"ConfigMap","apiVersion":"v1","metadata":{},"data":{"__proto__":"x","constructor":"y"}}');
    const { data } = await client.get<KubeObject & { data: object }>(NODES, { name: "a" });
    assert.deepEqual(Object.entries(data), Object.entries((answer as { data: object }).data));
    assert.equal(Object.hasOwn(data, "__proto__"), true);
    assert.equal("polluted" in {}, false);
  });

  for (const { why, answers } of [
    { why: "a text", answers: "hello" },
    { why: "null", answers: null },
    { why: "no object of Kubernetes", answers: { a: 1 } },
  ]) {
    test(`an answer that is ${why} is a breach of the protocol`, async () => {
      answer = answers;
      await assert.rejects(client.get(APPS, NAME), (error) => isPolykindError(error, "API_PROTOCOL"));
    });
  }
});

describe("a line of a watch that is too long", () => {
  test("ends it with API_PROTOCOL, after the lines before it, and leaves nothing open", async () => {
    await using server = await ScriptedServer.start();
    server.script = (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"a":1}\n');
      response.write("x".repeat(300_000));
    };
    await using client = server.client({ maxLineBytes: 200_000 });
    const lines: string[] = [];
    const watching = (async () => {
      for await (const batch of client.listWatch(NODES).watch({ signal: new AbortController().signal })) lines.push(...batch.map(String));
    })();
    await assert.rejects(watching, (error: Error) => isPolykindError(error, "API_PROTOCOL") && error.message.includes(client.host));
    assert.deepEqual(lines, ['{"a":1}']);
    assert.deepEqual(client.openStreams().streams, 0);
  });
});
