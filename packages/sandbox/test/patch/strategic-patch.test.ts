import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyStrategicPatch } from "../../src/patch/index.ts";

const merged = (mergeKey?: string): object => ({
  "x-kubernetes-patch-strategy": "merge",
  ...(mergeKey !== undefined && { "x-kubernetes-patch-merge-key": mergeKey }),
});
const schema = {
  properties: {
    tags: merged(),
    plain: {},
    whole: { "x-kubernetes-patch-strategy": "replace" },
    volumes: { "x-kubernetes-patch-strategy": "merge,retainKeys", "x-kubernetes-patch-merge-key": "name" },
    keyless: merged(),
    items: { ...merged("name"), items: { properties: { ports: merged("port") } } },
    byName: { additionalProperties: { properties: { tags: merged() } } },
  },
};
const items = (...names: readonly string[]): readonly object[] => names.map((name) => ({ name }));

describe("applyStrategicPatch", () => {
  for (const { why, from, patch, to } of [
    { why: "objects are merged and null removes", from: { a: { b: 1, c: 2 } }, patch: { a: { b: null, d: 3 } }, to: { a: { c: 2, d: 3 } } },
    {
      why: "nulls of what is new go, in lists too",
      from: {},
      patch: { a: { b: null, c: [{ d: null, e: 1 }] } },
      to: { a: { c: [{ e: 1 }] } },
    },
    { why: "a list without a strategy is replaced", from: { plain: [1, 2] }, patch: { plain: [3] }, to: { plain: [3] } },
    {
      why: "an object with the strategy replace is replaced",
      from: { whole: { a: 1 } },
      patch: { whole: { b: 2 } },
      to: { whole: { b: 2 } },
    },
    {
      why: "a list of scalars is united, the patch's first where nothing tells",
      from: { tags: ["a", "b"] },
      patch: { tags: ["c", "b"] },
      to: { tags: ["c", "a", "b"] },
    },
    {
      why: "scalars are deleted by a list of their own",
      from: { tags: ["a", "b", "c"] },
      patch: { "$deleteFromPrimitiveList/tags": ["b", "x"] },
      to: { tags: ["a", "c"] },
    },
    { why: "deleting from a list that is not there makes none", from: {}, patch: { "$deleteFromPrimitiveList/tags": ["b"] }, to: {} },
    {
      why: "items are merged by their key",
      from: { items: [{ name: "a", v: 1, w: 1 }] },
      patch: { items: [{ name: "a", v: 2 }] },
      to: { items: [{ name: "a", v: 2, w: 1 }] },
    },
    {
      why: "new items come before those the patch does not name",
      from: { items: items("a") },
      patch: { items: items("b") },
      to: { items: items("b", "a") },
    },
    {
      why: "lists within items are merged",
      from: { items: [{ name: "a", ports: [{ port: 1, x: 1 }] }] },
      patch: { items: [{ name: "a", ports: [{ port: 1, y: 2 }, { port: 2 }] }] },
      to: { items: [{ name: "a", ports: [{ port: 1, x: 1, y: 2 }, { port: 2 }] }] },
    },
    {
      why: "an item is deleted by its key",
      from: { items: items("a", "b") },
      patch: { items: [{ name: "a", $patch: "delete" }] },
      to: { items: items("b") },
    },
    {
      why: "an item that is deleted and brought again is new",
      from: { items: [{ name: "a", v: 1 }] },
      patch: {
        items: [
          { name: "a", $patch: "delete" },
          { name: "a", w: 2 },
        ],
      },
      to: { items: [{ name: "a", w: 2 }] },
    },
    {
      why: "a deletion is not stored where there was no list",
      from: {},
      patch: { items: [{ name: "a", $patch: "delete" }, { name: "b" }] },
      to: { items: items("b") },
    },
    {
      why: "a list is replaced by direction",
      from: { items: items("a", "b") },
      patch: { items: [{ $patch: "replace" }, { name: "c" }] },
      to: { items: items("c") },
    },
    { why: "an object is replaced by direction", from: { a: { b: 1 } }, patch: { a: { $patch: "replace", c: 2 } }, to: { a: { c: 2 } } },
    { why: "an object is emptied by direction", from: { a: { b: 1 } }, patch: { a: { $patch: "delete" } }, to: { a: {} } },
    { why: "an object that directs only is not stored where there was none", from: {}, patch: { a: { $patch: "delete" } }, to: {} },
    {
      why: "only the keys to retain are kept",
      from: { volumes: [{ name: "v", emptyDir: {} }] },
      patch: { volumes: [{ name: "v", hostPath: { path: "/" }, $retainKeys: ["name", "hostPath"] }] },
      to: { volumes: [{ name: "v", hostPath: { path: "/" } }] },
    },
    {
      why: "an order alone moves items",
      from: { items: items("a", "b", "c") },
      patch: { "$setElementOrder/items": items("c", "a") },
      to: { items: items("b", "c", "a") },
    },
    {
      why: "an order places what the patch brings",
      from: { items: items("a", "b") },
      patch: { "$setElementOrder/items": items("b", "n", "a"), items: items("n") },
      to: { items: items("b", "n", "a") },
    },
    {
      why: "an order of scalars moves them",
      from: { tags: ["a", "b"] },
      patch: { "$setElementOrder/tags": ["b", "a"] },
      to: { tags: ["b", "a"] },
    },
    {
      why: "members of any name have the schema of all",
      from: { byName: { x: { tags: ["a"] } } },
      patch: { byName: { x: { tags: ["b"] } } },
      to: { byName: { x: { tags: ["b", "a"] } } },
    },
    { why: "another type replaces", from: { items: { a: 1 } }, patch: { items: items("a") }, to: { items: items("a") } },
    { why: "null is no change", from: { a: 1 }, patch: null, to: { a: 1 } },
  ]) {
    test(why, () => {
      const given = JSON.stringify([from, patch]);
      assert.deepEqual(applyStrategicPatch(from, patch, schema), to);
      assert.equal(JSON.stringify([from, patch]), given, "neither the object nor the patch is changed");
    });
  }

  test("__proto__ is a key like any other", () => {
    const patch: unknown = JSON.parse('{"a":{"__proto__":{"polluted":1}}}');
    assert.equal(JSON.stringify(applyStrategicPatch({ a: { b: 1 } }, patch, schema)), '{"a":{"b":1,"__proto__":{"polluted":1}}}');
    assert.equal("polluted" in {}, false);
  });

  const from = { a: {}, tags: ["a"], items: items("a"), keyless: items("a") };
  for (const { patch, httpStatus, message } of [
    { patch: [], httpStatus: 400, message: "json: cannot unmarshal array into Go value of type map[string]interface {}" },
    { patch: { a: { $retainKeys: 3 } }, httpStatus: 400, message: "invalid patch format of retainKeys" },
    { patch: { a: { $retainKeys: ["b"], c: 1 } }, httpStatus: 400, message: "invalid patch format of retainKeys" },
    { patch: { $deleteFromPrimitiveList: ["b"] }, httpStatus: 400, message: "invalid patch format of primitive list" },
    { patch: { a: { $patch: "foo" } }, httpStatus: 500, message: "unknown patch type: foo in map: map[$patch:foo]" },
    { patch: { "$setElementOrder/tags": 3 }, httpStatus: 500, message: "expected a []interface {}, but received a int64" },
    {
      patch: { "$setElementOrder/tags": ["x"], tags: ["y"] },
      httpStatus: 500,
      message: "The order in patch list:\n[y]\n doesn't match $setElementOrder list:\n[x]\n",
    },
    { patch: { items: [{ nome: "a" }] }, httpStatus: 500, message: "map: map[nome:a] does not contain declared merge key: name" },
    { patch: { items: [{ name: "a", $patch: "merge" }] }, httpStatus: 500, message: "merging lists cannot yet be specified in the patch" },
    { patch: { keyless: items("b") }, httpStatus: 500, message: "cannot merge lists without merge key" },
    { patch: { tags: [1] }, httpStatus: 500, message: "list element types are not identical" },
    { patch: { tags: [["a"]] }, httpStatus: 422, message: "the server rejected our request due to an error in our request" },
  ]) {
    test(`${JSON.stringify(patch)} is refused`, () =>
      assert.throws(() => applyStrategicPatch(from, patch, schema), { name: "PatchError", httpStatus, message }));
  }
});
