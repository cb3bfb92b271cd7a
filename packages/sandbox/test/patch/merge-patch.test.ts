import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyMergePatch } from "../../src/patch/index.ts";

describe("applyMergePatch", () => {
  for (const { why, from, patch, to } of [
    { why: "a member replaces", from: { a: "b" }, patch: { a: "c" }, to: { a: "c" } },
    { why: "a member is added", from: { a: "b" }, patch: { b: "c" }, to: { a: "b", b: "c" } },
    { why: "null removes", from: { a: "b", b: "c" }, patch: { a: null }, to: { b: "c" } },
    { why: "null where nothing is changes nothing", from: { b: "c" }, patch: { a: null }, to: { b: "c" } },
    { why: "lists are replaced", from: { a: [1, 2] }, patch: { a: [3] }, to: { a: [3] } },
    { why: "an object replaces a list", from: { a: [1] }, patch: { a: { b: 1 } }, to: { a: { b: 1 } } },
    { why: "a list replaces an object", from: { a: { b: 1 } }, patch: { a: [1] }, to: { a: [1] } },
    { why: "objects are merged", from: { a: { b: 1, c: 2 } }, patch: { a: { b: null, d: 3 } }, to: { a: { c: 2, d: 3 } } },
    { why: "what is null stays null where the patch is silent", from: { a: null }, patch: { b: 1 }, to: { a: null, b: 1 } },
    { why: "nulls of an object that is new go", from: {}, patch: { a: { b: { c: null, d: 1 } } }, to: { a: { b: { d: 1 } } } },
    {
      why: "nulls within a list stay, those of objects in it go",
      from: { a: [1] },
      patch: { a: [null, { b: null, c: 1 }] },
      to: { a: [null, { c: 1 }] },
    },
    { why: "an object that was null is new", from: { a: null }, patch: { a: { b: null, c: 1 } }, to: { a: { c: 1 } } },
  ]) {
    test(why, () => {
      const given = JSON.stringify([from, patch]);
      assert.deepEqual(applyMergePatch(from, patch), to);
      assert.equal(JSON.stringify([from, patch]), given, "neither the object nor the patch is changed");
    });
  }

  test("__proto__ is a key like any other", () => {
    const patch: unknown = JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":{"b":null,"c":2}}}');
    assert.equal(JSON.stringify(applyMergePatch({ a: {} }, patch)), '{"a":{"__proto__":{"c":2}},"__proto__":{"polluted":1}}');
    assert.equal("polluted" in {}, false);
  });

  for (const { patch, message } of [
    { patch: null, message: "Invalid JSON Patch" },
    { patch: [], message: "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}" },
    { patch: true, message: "error decoding patch: json: cannot unmarshal bool into Go value of type map[string]interface {}" },
  ]) {
    test(`${JSON.stringify(patch)} is no patch`, () =>
      assert.throws(() => applyMergePatch({}, patch), { httpStatus: 400, reason: "BadRequest", message }));
  }
});
