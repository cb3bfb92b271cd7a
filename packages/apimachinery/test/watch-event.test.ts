import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeList, decodeWatchEvent } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const metadata = { name: "a", namespace: "default", uid: "u1", resourceVersion: "7" };
const object = { apiVersion: "demo.example.com/v1", kind: "Session", metadata };
const isBreach = (error: unknown): boolean => isPolykindError(error, "API_PROTOCOL");

describe("decodeWatchEvent", () => {
  test("tells an object's change", () =>
    assert.deepEqual(decodeWatchEvent(bytes({ type: "MODIFIED", object })), { type: "MODIFIED", object }));

  test("tells a bookmark by its version", () => {
    const bookmark = {
      type: "BOOKMARK",
      object: { kind: "Session", apiVersion: "demo.example.com/v1", metadata: { resourceVersion: "9" } },
    };
    assert.deepEqual(decodeWatchEvent(bytes(bookmark)), { type: "BOOKMARK", resourceVersion: "9", isInitialEventsEnd: false });
  });

  test("tells the bookmark that ends the first state", () => {
    const bookmark = {
      type: "BOOKMARK",
      object: { metadata: { resourceVersion: "9", annotations: { "k8s.io/initial-events-end": "true" } } },
    };
    assert.deepEqual(decodeWatchEvent(bytes(bookmark)), { type: "BOOKMARK", resourceVersion: "9", isInitialEventsEnd: true });
  });

  test("tells an error with its Status", () => {
    const status = { kind: "Status", apiVersion: "v1", status: "Failure", code: 410, reason: "Expired" };
    assert.deepEqual(decodeWatchEvent(bytes({ type: "ERROR", object: status })), { type: "ERROR", status });
  });

  test("keeps keys named like what objects inherit as data", () => {
    const line = bytes(
      `{"type":"ADDED","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":${JSON.stringify(metadata)},"data":{"__proto__":"x"}}}`,
    );
    const event = decodeWatchEvent(line);
    assert.ok(event.type === "ADDED" && "data" in event.object);
    assert.deepEqual(Object.keys(event.object.data ?? {}), ["__proto__"]);
    assert.equal(({} as Record<string, unknown>)["x"], undefined);
  });

  for (const { why, line } of [
    { why: "a line that is no JSON", line: '{"type":"ADDED","obj' },
    { why: "a type that no server sends", line: JSON.stringify({ type: "CHANGED", object }) },
    {
      why: "an object without a uid",
      line: JSON.stringify({ type: "ADDED", object: { ...object, metadata: { name: "a", resourceVersion: "7" } } }),
    },
    {
      why: "a table, which has no metadata of an object",
      line: JSON.stringify({ type: "ADDED", object: { kind: "Table", apiVersion: "meta.k8s.io/v1", rows: [] } }),
    },
    { why: "an error that carries no Status", line: JSON.stringify({ type: "ERROR", object }) },
    { why: "a bookmark without a version", line: JSON.stringify({ type: "BOOKMARK", object: { metadata: {} } }) },
    { why: "a bookmark of an empty version", line: JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "" } } }) },
    {
      why: "an object of an empty version",
      line: JSON.stringify({ type: "ADDED", object: { ...object, metadata: { name: "a", uid: "u", resourceVersion: "" } } }),
    },
    { why: "nothing", line: "" },
    { why: "null", line: "null" },
  ]) {
    test(`refuses ${why}`, () => assert.throws(() => decodeWatchEvent(bytes(line)), isBreach));
  }

  test("refuses bytes that are no UTF-8 instead of replacing them", () => {
    const line = bytes({ type: "ADDED", object });
    line[line.indexOf(0x61 /* a */)] = 0xff;
    assert.throws(() => decodeWatchEvent(line), isBreach);
  });
});

describe("decodeList", () => {
  const as = { apiVersion: "v1", kind: "ConfigMap" };

  test("gives items of built-in kinds the type that lists leave out", () => {
    const { items } = decodeList(bytes({ kind: "ConfigMapList", metadata: { resourceVersion: "9" }, items: [{ metadata }] }), as);
    assert.deepEqual(items, [{ ...as, metadata }]);
  });

  test("leaves the type of an item that has one", () => {
    assert.deepEqual(decodeList(bytes({ metadata: { resourceVersion: "9" }, items: [object] }), as).items, [object]);
  });

  test("takes no items for none, and an empty token for the end", () => {
    assert.deepEqual(decodeList(bytes({ metadata: { resourceVersion: "9", continue: "" }, items: null }), as), {
      items: [],
      resourceVersion: "9",
      continue: undefined,
    });
  });

  test("passes the token of the next page on", () => {
    assert.equal(decodeList(bytes({ metadata: { resourceVersion: "9", continue: "abc" }, items: [] }), as).continue, "abc");
  });

  for (const { why, body } of [
    { why: "a list without a version", body: { metadata: {}, items: [] } },
    { why: "items that are no array", body: { metadata: { resourceVersion: "9" }, items: {} } },
    { why: "an item that is no object", body: { metadata: { resourceVersion: "9" }, items: ["a"] } },
    { why: "a page of HTML", body: "<html>" },
  ]) {
    test(`refuses ${why}`, () => assert.throws(() => decodeList(bytes(body), as), isBreach));
  }
});
