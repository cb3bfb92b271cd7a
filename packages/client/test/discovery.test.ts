import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPolykindError, PolykindError } from "@polykind/core";
import { ManualClock } from "@polykind/testing";
import { Discovery } from "../src/discovery.ts";

const { signal } = new AbortController();
const GROUP = {
  versions: [{ version: "v1alpha1" }, { version: "v1" }, { version: "v2" }],
  preferredVersion: { version: "v1" },
};

function resources(...entries: readonly (readonly [name: string, kind: string, namespaced?: boolean])[]): object {
  return { resources: entries.map(([name, kind, namespaced = true]) => ({ name, kind, namespaced })) };
}

/** A server that has these documents; other paths are not served. */
function serverOf(documents: Record<string, unknown>) {
  const asked: string[] = [];
  const clock = new ManualClock();
  const ask = async (path: string): Promise<unknown> => {
    asked.push(path);
    const document = documents[path];
    if (document instanceof Error) throw document;
    if (document === undefined) throw new PolykindError("KIND_NOT_SERVED", "no such path");
    return document;
  };
  return { discovery: new Discovery(ask, clock), asked, clock, documents };
}

const isNotServed = (error: unknown): boolean => isPolykindError(error, "KIND_NOT_SERVED");

describe("Discovery", () => {
  test("looks in the preferred version first, then in Kubernetes' order, and passes over subresources", async () => {
    const { discovery, asked } = serverOf({
      "/apis/g": GROUP,
      "/apis/g/v1": resources(["as/status", "A"]),
      "/apis/g/v2": resources(["bs", "B", false]),
      "/apis/g/v1alpha1": resources(["as", "A"]),
    });
    assert.deepEqual(await discovery.resourceFor({ group: "g", kind: "A" }, signal), {
      group: "g",
      version: "v1alpha1",
      kind: "A",
      plural: "as",
      resourceScope: "Namespaced",
    });
    assert.deepEqual(asked, ["/apis/g", "/apis/g/v1", "/apis/g/v2", "/apis/g/v1alpha1"]);
    assert.equal((await discovery.resourceFor({ group: "g", kind: "B" }, signal)).resourceScope, "Cluster");
    assert.equal(asked.length, 4);
  });

  test("looks in the core group below /api", async () => {
    const { discovery } = serverOf({ "/api": { versions: ["v1"] }, "/api/v1": resources(["pods", "Pod"]) });
    assert.equal((await discovery.resourceFor({ group: "", kind: "Pod" }, signal)).plural, "pods");
  });

  test("asks for one document only where the version is known", async () => {
    const { discovery, asked } = serverOf({ "/apis/g/v2": resources(["as", "A"]) });
    await discovery.resourceFor({ group: "g", kind: "A", version: "v2" }, signal);
    assert.deepEqual(asked, ["/apis/g/v2"]);
  });

  test("asks once for all who wait, and lets one leave", async () => {
    const { discovery, asked } = serverOf({ "/apis/g/v1": resources(["as", "A"]) });
    const leaves = new AbortController();
    const left = discovery.resourceFor({ group: "g", kind: "A", version: "v1" }, leaves.signal);
    const stay = Array.from({ length: 5 }, () => discovery.resourceFor({ group: "g", kind: "A", version: "v1" }, signal));
    leaves.abort("enough");
    await assert.rejects(left, (reason) => reason === "enough");
    await Promise.all(stay);
    assert.deepEqual(asked, ["/apis/g/v1"]);
  });

  test("asks anew for what was not found, at most once a second", async () => {
    const { discovery, asked, clock, documents } = serverOf({});
    const find = (): Promise<unknown> => discovery.resourceFor({ group: "g", kind: "A" }, signal);
    for (let i = 0; i < 3; i += 1) await assert.rejects(find(), isNotServed);
    assert.equal(asked.length, 1);
    documents["/apis/g"] = GROUP;
    documents["/apis/g/v1"] = resources(["as", "A"]);
    await clock.advance(999);
    await assert.rejects(find(), isNotServed);
    await clock.advance(1);
    await find();
  });

  test("finds a kind that a known version has got since", async () => {
    const { discovery, clock, documents } = serverOf({ "/apis/g": GROUP, "/apis/g/v1": resources(["as", "A"]) });
    await discovery.resourceFor({ group: "g", kind: "A" }, signal);
    documents["/apis/g/v1"] = resources(["as", "A"], ["bs", "B"]);
    await clock.advance(1_000);
    assert.equal((await discovery.resourceFor({ group: "g", kind: "B" }, signal)).plural, "bs");
  });

  test("asks again after ten minutes: a kind may be served otherwise by then", async () => {
    const { discovery, asked, clock, documents } = serverOf({ "/apis/g/v1": resources(["as", "A"]) });
    const query = { group: "g", kind: "A", version: "v1" };
    await discovery.resourceFor(query, signal);
    documents["/apis/g/v1"] = resources(["as", "A", false]);
    await clock.advance(599_000);
    assert.equal((await discovery.resourceFor(query, signal)).resourceScope, "Namespaced");
    await clock.advance(2_000);
    assert.equal((await discovery.resourceFor(query, signal)).resourceScope, "Cluster");
    assert.equal(asked.length, 2);
  });

  test("does not keep what was on its way when it was told to forget", async () => {
    const answers = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
    let asked = 0;
    const discovery = new Discovery(() => answers[asked++]?.promise ?? Promise.resolve({}), new ManualClock());
    const query = { group: "g", kind: "A", version: "v1" };
    const before = discovery.resourceFor(query, signal);
    discovery.forget("g");
    const after = discovery.resourceFor(query, signal);
    answers[1]?.resolve(resources(["as", "A", false]));
    assert.equal((await after).resourceScope, "Cluster");
    answers[0]?.resolve(resources(["as", "A"]));
    await before;
    assert.equal((await discovery.resourceFor(query, signal)).resourceScope, "Cluster");
  });

  test("forgets a group when it is told to, and no other of a similar name", async () => {
    const { discovery, asked } = serverOf({ "/apis/g/v1": resources(["as", "A"]), "/apis/gg/v1": resources(["as", "A"]) });
    const find = (group: string) => discovery.resourceFor({ group, kind: "A", version: "v1" }, signal);
    await find("g");
    await find("gg");
    discovery.forget("g");
    await find("g");
    await find("gg");
    assert.deepEqual(asked, ["/apis/g/v1", "/apis/gg/v1", "/apis/g/v1"]);
  });

  test("tells why the server could not be asked, and does not take that for an answer", async () => {
    const { discovery, documents } = serverOf({ "/apis/g/v1": new PolykindError("API_UNAVAILABLE", "the aggregated server is down") });
    const find = () => discovery.resourceFor({ group: "g", kind: "A", version: "v1" }, signal);
    await assert.rejects(find(), (error) => isPolykindError(error, "API_UNAVAILABLE"));
    documents["/apis/g/v1"] = resources(["as", "A"]);
    await find();
  });

  for (const { why, document } of [
    { why: "null", document: null },
    { why: "a text", document: "hello" },
    { why: "without resources", document: {} },
    { why: "with rubbish among the resources", document: { resources: [null, 3, { name: 4, kind: "A" }] } },
  ]) {
    test(`takes a document that is ${why} for one without the kind`, async () => {
      const { discovery } = serverOf({ "/apis/g": document, "/apis/g/v1": document });
      await assert.rejects(discovery.resourceFor({ group: "g", kind: "A" }, signal), isNotServed);
      await assert.rejects(discovery.resourceFor({ group: "g", kind: "A", version: "v1" }, signal), isNotServed);
    });
  }
});
