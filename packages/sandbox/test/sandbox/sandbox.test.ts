import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:https";
import { connect as connectTcp } from "node:net";
import { describe, test } from "node:test";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { collectionOf, Connection, crdOf, objectOf } from "./connection.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS = collectionOf("things");
const IN_DEFAULT = "/apis/sandbox.example.com/v1/namespaces/default/things";

async function openWithThings(): Promise<{ readonly sandbox: Sandbox; readonly connection: Connection } & AsyncDisposable> {
  const sandbox = await openSandbox();
  const connection = new Connection(sandbox);
  assert.equal((await sandbox.load(crdOf("things", "Thing"))).isAccepted, true);
  return {
    sandbox,
    connection,
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

describe("a sandbox", () => {
  test("serves by HTTP/2 and by HTTP/1.1, as the client speaks", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    assert.equal((await connection.send("GET", THINGS)).status, 200);
    const [ca, token] = ["certificate-authority-data", "token"].map(
      (name) => new RegExp(`${name}: (.*)`).exec(sandbox.kubeconfig)?.[1] ?? "",
    );
    const agent = new Agent({ ca: Buffer.from(ca ?? "", "base64") });
    const [response] = (await once(
      request(`${sandbox.url}${THINGS}`, { agent, headers: { authorization: `Bearer ${token}` } }).end(),
      "response",
    )) as [{ readonly statusCode: number; readonly httpVersion: string; resume(): void }];
    response.resume();
    assert.deepEqual([response.statusCode, response.httpVersion], [200, "1.1"]);
    agent.destroy();
  });

  test("lets nobody in without its token, not even to know what is served", async () => {
    await using open = await openWithThings();
    for (const authorization of ["", "Bearer wrong", "Basic YWRtaW46YWRtaW4="]) {
      const { status, json } = await open.connection.send("GET", "/api", undefined, { authorization });
      assert.deepEqual([status, json.reason], [401, "Unauthorized"]);
    }
  });

  test("refuses a body that is too large, and goes on", async () => {
    await using open = await openWithThings();
    const { status } = await open.connection.send("POST", IN_DEFAULT, Buffer.alloc(4 * 1024 * 1024, 0x20));
    assert.equal(status, 413);
    assert.equal((await open.connection.send("GET", THINGS)).status, 200);
  });

  test("counts requests by verb and path, and open watches by path", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    await connection.send("GET", THINGS);
    await connection.send("GET", `${THINGS}?limit=1`);
    await using watched = { connection: await connection.watch(`${THINGS}?watch=1`), [Symbol.asyncDispose]: async () => {} };
    assert.equal(sandbox.requests().get(`list ${THINGS}`), 2);
    assert.deepEqual([...sandbox.openWatches()], [[THINGS, 1]]);
    watched.connection.stream.close();
    await once(watched.connection.stream, "close");
    // The server hears of it by the same connection, before it answers the next request.
    await connection.send("GET", "/version");
    assert.equal(sandbox.openWatches().size, 0);
  });

  test("leaves nothing behind when it closes: watches end, and nobody answers at its port", async () => {
    const sandbox = await openSandbox();
    const connection = new Connection(sandbox);
    connection.session.on("error", () => {});
    const watched = await connection.watch("/api/v1/namespaces?watch=1&resourceVersion=99999");
    watched.stream.on("error", () => {});
    const ended = once(watched.stream, "close");
    await sandbox.close();
    await sandbox.close();
    await ended;
    assert.equal(sandbox.openWatches().size, 0);
    const port = Number(new URL(sandbox.url).port);
    await assert.rejects(once(connectTcp(port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
  });
});

describe("load", () => {
  test("creates, and applies what is there", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    assert.equal((await sandbox.load(objectOf("Thing", "a", { spec: { x: 1 } }))).isAccepted, true);
    assert.equal((await sandbox.load(objectOf("Thing", "a", { spec: { x: 2 } }))).isAccepted, true);
    const { json } = await connection.send("GET", `${IN_DEFAULT}/a`);
    assert.deepEqual((json as unknown as { readonly spec: unknown }).spec, { x: 2 });
  });

  test("makes the namespaces that are missing", async () => {
    await using open = await openWithThings();
    const outcome = await open.sandbox.load({ ...objectOf("Thing", "a"), metadata: { name: "a", namespace: "fresh" } });
    assert.deepEqual(outcome, { isAccepted: true, kind: "Thing", namespace: "fresh", name: "a" });
  });

  test("takes an object that was exported from a server, and gives it a life of its own", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    const filled = {
      uid: "u",
      resourceVersion: "7",
      generation: 3,
      creationTimestamp: "2020-01-01T00:00:00Z",
      managedFields: [],
      selfLink: "/x",
    };
    const outcome = await sandbox.load({ ...objectOf("Thing", "a"), metadata: { name: "a", labels: { kept: "yes" }, ...filled } });
    assert.equal(outcome.isAccepted, true);
    const { metadata } = (await connection.send("GET", `${IN_DEFAULT}/a`)).json as unknown as {
      readonly metadata: Readonly<Record<string, unknown>>;
    };
    assert.deepEqual([metadata["labels"], metadata["generation"]], [{ kept: "yes" }, 1]);
    assert.notEqual(metadata["uid"], "u");
  });

  for (const { why, document, reason } of [
    { why: "a kind that is not served", document: { apiVersion: "x.com/v1", kind: "X", metadata: { name: "x" } }, reason: /no kind "X"/ },
    {
      why: "a version that is not served",
      document: { apiVersion: "sandbox.example.com/v2", kind: "Thing", metadata: { name: "x" } },
      reason: /no kind "Thing"/,
    },
    { why: "a bad name", document: objectOf("Thing", "No_Name"), reason: /metadata\.name/ },
    {
      why: "a CRD that is none",
      document: { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "a.b" } },
      reason: /spec/,
    },
    { why: "what is no object", document: "text", reason: /no kind/ },
    { why: "nothing", document: undefined, reason: /no kind/ },
  ]) {
    test(`says why it refuses ${why}`, async () => {
      await using open = await openWithThings();
      const outcome = await open.sandbox.load(document);
      assert.ok(!outcome.isAccepted);
      assert.match(outcome.reason, reason);
    });
  }
});

describe("a watch", () => {
  test("tells changes as they happen, to all who watch", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    const watches = await Promise.all([1, 2, 3].map(() => connection.watch(`${THINGS}?watch=1&resourceVersion=0`)));
    await sandbox.load(objectOf("Thing", "a"));
    for (const watched of watches) assert.deepEqual([(await watched.next())?.object.metadata.name], ["a"]);
  });

  test("gets 410 as an event when it resumes before a compaction, and a list that goes on gets it as a status", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    for (const name of ["a", "b", "c"]) await sandbox.load(objectOf("Thing", name));
    const { json } = await connection.send("GET", `${THINGS}?limit=1`);
    await sandbox.load(objectOf("Thing", "d"));
    sandbox.compact();
    const watched = await connection.watch(`${THINGS}?watch=1&resourceVersion=${json.metadata.resourceVersion}`);
    assert.deepEqual([(await watched.next())?.object.code, await watched.next()], [410, undefined]);
    const page = await connection.send("GET", `${THINGS}?limit=1&continue=${json.metadata.continue ?? ""}`);
    assert.deepEqual([page.status, page.json.reason], [410, "Expired"]);
    const next = await connection.send("GET", `${THINGS}?continue=${page.json.metadata.continue ?? ""}`);
    assert.deepEqual(
      next.json.items?.map(({ metadata }) => metadata.name),
      ["b", "c", "d"],
      "the token of the refusal goes on, inconsistently",
    );
  });

  test("is cut off when the client does not read: memory is bounded", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    const stream = connection.open("GET", `${THINGS}?watch=1`);
    stream.on("error", () => {});
    await once(stream, "response");
    stream.pause();
    const text = "x".repeat(1024 * 1024);
    for (let count = 0; count < 40 && sandbox.openWatches().size > 0; count += 1) {
      await sandbox.load(objectOf("Thing", `big-${count}`, { text }));
      await connection.send("GET", "/version");
    }
    assert.equal(sandbox.openWatches().size, 0);
  });
});

describe("the life of a CRD, over the wire", () => {
  test("closes the watches of all versions at any change of the spec, even of a description, and none of them can resume", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    await sandbox.load(objectOf("Thing", "a"));
    const before = (await connection.send("GET", THINGS)).json.metadata.resourceVersion;
    const watched = await connection.watch(`${THINGS}?watch=1&resourceVersion=${before}`);
    await sandbox.load(crdOf("things", "Thing", { description: "new" }));
    assert.equal(await watched.next(), undefined, "the stream ends in order");
    const resumed = await connection.watch(`${THINGS}?watch=1&resourceVersion=${before}`);
    assert.equal((await resumed.next())?.object.code, 410);
    assert.equal((await connection.send("GET", THINGS)).json.items?.length, 1, "the objects are untouched");
  });

  test("leaves watches alone when only labels and status change", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    const watched = await connection.watch(`${THINGS}?watch=1`);
    await connection.send(
      "PATCH",
      `${CRDS}/things.sandbox.example.com`,
      { metadata: { labels: { a: "b" } } },
      { "content-type": "application/merge-patch+json" },
    );
    await sandbox.load(objectOf("Thing", "a"));
    assert.equal((await watched.next())?.type, "ADDED");
  });

  test("tells watches of the deletes of its objects, then ends them", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    await sandbox.load(objectOf("Thing", "a"));
    const watched = await connection.watch(`${THINGS}?watch=1`);
    await connection.send("DELETE", `${CRDS}/things.sandbox.example.com`);
    const told = await Array.fromAsync(watched);
    assert.deepEqual(
      told.map(({ type, object }) => `${type} ${object.metadata.name}`),
      ["ADDED a", "DELETED a"],
    );
    assert.equal((await connection.send("GET", THINGS)).text, "404 page not found\n");
  });

  test("begins anew under another uid: the objects of before are gone, in another scope too", async () => {
    await using open = await openWithThings();
    const { sandbox, connection } = open;
    await sandbox.load(objectOf("Thing", "a"));
    const uidOf = async (): Promise<string> => (await connection.send("GET", `${CRDS}/things.sandbox.example.com`)).json.metadata.uid;
    const before = await uidOf();
    await connection.send("DELETE", `${CRDS}/things.sandbox.example.com`);
    await sandbox.load(crdOf("things", "Thing", { scope: "Cluster" }));
    assert.notEqual(await uidOf(), before);
    assert.deepEqual((await connection.send("GET", THINGS)).json.items, []);
    assert.equal((await connection.send("POST", THINGS, { ...objectOf("Thing", "a"), metadata: { name: "a" } })).status, 201);
    assert.equal((await connection.send("GET", IN_DEFAULT)).status, 404);
  });
});

describe("a request that nobody expects", () => {
  for (const { why, method, path, status } of [
    { why: "a path that looks like a host", method: "GET", path: "//evil/api", status: 404 },
    { why: "a path that cannot be decoded", method: "GET", path: "/apis/%zz/v1/things", status: 404 },
    { why: "a method that there is not", method: "BREW", path: THINGS, status: 405 },
    { why: "a question mark and nothing more", method: "GET", path: `${THINGS}?`, status: 200 },
    { why: "a limit that is no number", method: "GET", path: `${THINGS}?limit=many`, status: 400 },
    { why: "a name that tries to leave its place", method: "GET", path: `${IN_DEFAULT}/..%2f..%2fx`, status: 404 },
  ]) {
    test(`is answered: ${why}`, async () => {
      await using open = await openWithThings();
      assert.equal((await open.connection.send(method, path)).status, status);
      assert.equal((await open.connection.send("GET", THINGS)).status, 200, "and the next one, too");
    });
  }

  for (const { why, body, status } of [
    { why: "is no JSON", body: "{", status: 400 },
    { why: "is nested without end", body: `${"[".repeat(50_000)}${"]".repeat(50_000)}`, status: 400 },
    { why: "is a list", body: "[]", status: 400 },
    { why: "is nothing", body: "null", status: 400 },
    {
      why: "has metadata that is none",
      body: JSON.stringify({ apiVersion: "sandbox.example.com/v1", kind: "Thing", metadata: 5 }),
      status: 400,
    },
  ]) {
    test(`is refused when its body ${why}`, async () => {
      await using open = await openWithThings();
      assert.equal((await open.connection.send("POST", IN_DEFAULT, body)).status, status);
    });
  }

  test("keeps fields named __proto__ as data", async () => {
    await using open = await openWithThings();
    const text =
      '{"apiVersion":"sandbox.example.com/v1","kind":"Thing","metadata":{"name":"p"},"spec":{"__proto__":{"polluted":true},"constructor":1}}';
    assert.equal((await open.connection.send("POST", IN_DEFAULT, text)).status, 201);
    assert.match((await open.connection.send("GET", `${IN_DEFAULT}/p`)).text, /"__proto__":\{"polluted":true\}/);
    assert.equal(({} as { readonly polluted?: unknown }).polluted, undefined);
  });
});

test("a sandbox cannot listen where somebody else does, and says so", async () => {
  await using first = await openSandbox();
  await assert.rejects(openSandbox({ port: Number(new URL(first.url).port) }), { code: "CONFIG_INVALID" });
});
