import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyPatch } from "rfc6902";
import { applyJsonPatch } from "../../src/patch/index.ts";

const REJECTED = "the server rejected our request due to an error in our request";

describe("applyJsonPatch", () => {
  for (const { why, from, patch, to } of [
    { why: "adds a member", from: { a: 1 }, patch: [{ op: "add", path: "/b", value: { c: 2 } }], to: { a: 1, b: { c: 2 } } },
    { why: "replaces a member by adding it", from: { a: 1 }, patch: [{ op: "add", path: "/a", value: 2 }], to: { a: 2 } },
    { why: "inserts before an item", from: { a: [1, 3] }, patch: [{ op: "add", path: "/a/1", value: 2 }], to: { a: [1, 2, 3] } },
    { why: "appends by the number of items", from: { a: [1] }, patch: [{ op: "add", path: "/a/1", value: 2 }], to: { a: [1, 2] } },
    { why: "appends by a dash", from: { a: [1] }, patch: [{ op: "add", path: "/a/-", value: 2 }], to: { a: [1, 2] } },
    { why: "removes an item", from: { a: [1, 2, 3] }, patch: [{ op: "remove", path: "/a/1" }], to: { a: [1, 3] } },
    { why: "removes a member that is null", from: { a: null }, patch: [{ op: "remove", path: "/a" }], to: {} },
    { why: "replaces an item", from: { a: [{ b: 1 }] }, patch: [{ op: "replace", path: "/a/0/b", value: 2 }], to: { a: [{ b: 2 }] } },
    { why: "replaces everything", from: { a: 1 }, patch: [{ op: "replace", path: "", value: { b: 2 } }], to: { b: 2 } },
    { why: "moves", from: { a: { b: 1 } }, patch: [{ op: "move", from: "/a/b", path: "/c" }], to: { a: {}, c: 1 } },
    { why: "copies", from: { a: { b: [1] } }, patch: [{ op: "copy", from: "/a", path: "/c" }], to: { a: { b: [1] }, c: { b: [1] } } },
    {
      why: "tests whatever the order of members",
      from: { a: { b: 1, c: [2] } },
      patch: [{ op: "test", path: "/a", value: { c: [2], b: 1 } }],
      to: { a: { b: 1, c: [2] } },
    },
    {
      why: "unescapes keys",
      from: { "a/b": 1, "c~d": 2, "~1": 3 },
      patch: ["/a~1b", "/c~0d", "/~01"].map((path) => ({ op: "remove", path })),
      to: {},
    },
    { why: "an empty key is a key", from: { a: { "": 1 } }, patch: [{ op: "replace", path: "/a/", value: 2 }], to: { a: { "": 2 } } },
    { why: "no operation changes nothing", from: { a: 1 }, patch: [], to: { a: 1 } },
  ]) {
    test(`${why}, and RFC 6902 says so`, () => {
      assert.deepEqual(applyJsonPatch(from, patch), to);
      const reference = { root: structuredClone(from) };
      const asChild = patch.map((each) => ({ ...each, path: `/root${each.path}`, ...("from" in each && { from: `/root${each.from}` }) }));
      applyPatch(reference, asChild as Parameters<typeof applyPatch>[1]); // The table holds well-formed operations.
      assert.deepEqual(reference.root, to);
    });
  }

  for (const { why, from, patch, to } of [
    {
      why: "an index may count from the end",
      from: { a: [1, 2] },
      patch: [
        { op: "remove", path: "/a/-1" },
        { op: "add", path: "/a/-1", value: 9 },
      ],
      to: { a: [1, 9] },
    },
    {
      why: "a test against null holds where there is nothing",
      from: { a: {} },
      patch: [
        { op: "test", path: "/a/b", value: null },
        { op: "test", path: "/a/b" },
      ],
      to: { a: {} },
    },
    { why: "what stands before the first slash is ignored", from: { a: 1 }, patch: [{ op: "remove", path: "x/a" }], to: {} },
    { why: "a root that is no container is not replaced", from: { a: 1 }, patch: [{ op: "replace", path: "", value: 7 }], to: { a: 1 } },
    { why: "null instead of a list is no operation", from: { a: 1 }, patch: null, to: { a: 1 } },
    {
      why: "a copy is another object",
      from: { a: { b: 1 } },
      patch: [
        { op: "copy", from: "/a", path: "/c" },
        { op: "add", path: "/c/b", value: 2 },
      ],
      to: { a: { b: 1 }, c: { b: 2 } },
    },
    {
      why: "a value of the patch that is changed later stays as it is in the patch",
      from: {},
      patch: [
        { op: "add", path: "/a", value: { b: 1 } },
        { op: "add", path: "/c", value: 1 },
        { op: "replace", path: "/a/b", value: 2 },
      ],
      to: { a: { b: 2 }, c: 1 },
    },
  ]) {
    test(`${why}, as on the API server`, () => {
      const given = JSON.stringify([from, patch]);
      assert.deepEqual(applyJsonPatch(from, patch), to);
      assert.equal(JSON.stringify([from, patch]), given, "neither the object nor the patch is changed");
    });
  }

  test("__proto__, constructor and prototype are keys like any other", () => {
    for (const key of ["__proto__", "constructor", "prototype"]) {
      const added = applyJsonPatch({ a: {} }, [
        { op: "add", path: `/a/${key}`, value: { x: 1 } },
        { op: "add", path: `/a/${key}/y`, value: 2 },
      ]);
      assert.equal(JSON.stringify(added), `{"a":{"${key}":{"x":1,"y":2}}}`);
      assert.equal(JSON.stringify(applyJsonPatch(added, [{ op: "move", from: `/a/${key}`, path: "/b" }])), '{"a":{},"b":{"x":1,"y":2}}');
      assert.throws(() => applyJsonPatch({ a: {} }, [{ op: "remove", path: `/a/${key}` }]), { httpStatus: 422 });
      assert.throws(() => applyJsonPatch({ a: {} }, [{ op: "add", path: `/a/${key}/polluted`, value: 1 }]), { httpStatus: 422 });
    }
    assert.equal("polluted" in {}, false);
  });

  test("frozen objects are patched", () => {
    const frozen = Object.freeze({ a: Object.freeze({ b: Object.freeze([1]) }) });
    assert.deepEqual(applyJsonPatch(frozen, [{ op: "add", path: "/a/b/-", value: 2 }]), { a: { b: [1, 2] } });
  });

  for (const { patch, detail } of [
    { patch: [{ op: "test", path: "/a", value: 2 }], detail: "testing value /a failed: test failed" },
    { patch: [{ op: "test", path: "/list/9", value: 2 }], detail: "error in test for path: '/list/9': invalid index referenced" },
    { patch: [{ op: "remove", path: "/b" }], detail: "unable to remove nonexistent key: b: missing value" },
    { patch: [{ op: "remove", path: "/list/1" }], detail: "unable to remove nonexistent key: 1: missing value" },
    { patch: [{ op: "replace", path: "/b", value: 1 }], detail: "replace operation does not apply: doc is missing key: /b: missing value" },
    { patch: [{ op: "add", path: "/b/c", value: 1 }], detail: 'add operation does not apply: doc is missing path: "/b/c": missing value' },
    { patch: [{ op: "add", path: "/a/c", value: 1 }], detail: 'add operation does not apply: doc is missing path: "/a/c": missing value' },
    { patch: [{ op: "add", path: "", value: {} }], detail: 'add operation does not apply: doc is missing path: "": missing value' },
    { patch: [{ op: "add", path: "/list/2", value: 1 }], detail: "Unable to access invalid index: 2" },
    { patch: [{ op: "add", path: "/list/x", value: 1 }], detail: "Unable to access invalid index: x" },
    {
      patch: [{ op: "move", from: "/b", path: "/c" }],
      detail: "error in move for path: '/b': unable to get nonexistent key: b: missing value",
    },
    {
      patch: [{ op: "move", from: "/list", path: "/list/0" }],
      detail: "move operation does not apply: doc is missing destination path: /list/0: missing value",
    },
    {
      patch: [{ op: "copy", from: "/b", path: "/c" }],
      detail: "error in copy for from: '/b': unable to get nonexistent key: b: missing value",
    },
  ]) {
    test(`${JSON.stringify(patch)} does not fit`, () => {
      assert.throws(() => applyJsonPatch({ a: 1, list: [0] }, patch), {
        name: "PatchError",
        httpStatus: 422,
        reason: "Invalid",
        message: REJECTED,
        detail,
      });
    });
  }

  for (const { patch, message } of [
    { patch: { op: "add" }, message: "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp" },
    { patch: [3], message: "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp" },
    {
      patch: [{ op: "add", path: 3 }],
      message: "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string",
    },
    { patch: [{ path: "/x", op: "foo" }], message: 'invalid operation {"op":"foo","path":"/x"}: unsupported operation' },
    { patch: [{ op: "toString", path: "/x" }], message: 'invalid operation {"op":"toString","path":"/x"}: unsupported operation' },
    { patch: [null], message: "invalid operation null: unsupported operation" },
    {
      patch: [{ op: "remove" }],
      message: `invalid operation {"op":"remove"}: failed to decode 'path': operation missing path field: missing value`,
    },
    {
      patch: [{ op: "add", path: "/x" }],
      message: `invalid operation {"op":"add","path":"/x"}: failed to decode 'value': operation, missing value field: missing value`,
    },
    {
      patch: [{ op: "move", path: "/x" }],
      message: `invalid operation {"op":"move","path":"/x"}: failed to decode 'from': operation, missing from field: missing value`,
    },
  ]) {
    test(`${JSON.stringify(patch)} is no patch`, () =>
      assert.throws(() => applyJsonPatch({}, patch), { httpStatus: 400, reason: "BadRequest", message }));
  }

  test("10,000 operations are applied, one more is too many", () => {
    const operations = Array.from({ length: 10_000 }, (_, index) => ({ op: "add", path: `/a/${index}`, value: index }));
    assert.equal(Object.keys((applyJsonPatch({ a: {} }, operations) as { readonly a: object }).a).length, 10_000);
    assert.throws(() => applyJsonPatch({ a: {} }, [...operations, { op: "remove", path: "/a" }]), {
      httpStatus: 413,
      reason: "RequestEntityTooLarge",
      message: "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    });
  });

  test("copies of copies end before they fill the memory", () => {
    const doubling = Array.from({ length: 100 }, () => ({ op: "copy", from: "/a", path: "/a/-" }));
    assert.throws(() => applyJsonPatch({ a: ["x"] }, doubling), {
      httpStatus: 422,
      detail: /^Unable to complete the copy, the accumulated size increase of copy is \d+, exceeding the limit 3145728$/,
    });
  });
});
