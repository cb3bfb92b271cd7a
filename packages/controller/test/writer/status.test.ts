import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { asSent, isMerged, isSameJson, type Json } from "../../src/writer/json.ts";
import { isUntouched, statusPatch } from "../../src/writer/status.ts";

const ready = { type: "Ready", status: "True", reason: "Up", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" };
const synced = { ...ready, type: "Synced" };
const later = "2026-02-02T00:00:00Z";

describe("statusPatch", () => {
  for (const { why, present, wished, patch } of [
    { why: "nothing to do for what is there already", present: { a: 1, b: 2 }, wished: { a: 1 }, patch: undefined },
    { why: "sends what is new", present: undefined, wished: { a: 1 }, patch: { a: 1 } },
    { why: "sends what has changed", present: { a: 1 }, wished: { a: 2 }, patch: { a: 2 } },
    { why: "sends null only for what is there", present: { a: 1 }, wished: { a: null, b: null }, patch: { a: null, b: null } },
    { why: "does not remove what is not there", present: { b: 1 }, wished: { a: null }, patch: undefined },
    { why: "takes the order of fields for nothing", present: { a: { x: 1, y: [2] } }, wished: { a: { y: [2], x: 1 } }, patch: undefined },
    { why: "merges into objects, as the server will", present: { a: { x: 1, y: 2 } }, wished: { a: { x: 1 } }, patch: undefined },
    { why: "replaces lists, as the server will", present: { a: [1, 2] }, wished: { a: [1] }, patch: { a: [1] } },
    {
      why: "takes the order of conditions for nothing",
      present: { conditions: [ready, synced] },
      wished: { conditions: [synced, ready] },
      patch: undefined,
    },
    {
      why: "takes the time of a condition whose status is the same for nothing",
      present: { conditions: [ready] },
      wished: { conditions: [{ ...ready, lastTransitionTime: later }] },
      patch: undefined,
    },
    {
      why: "keeps the time of a condition whose status is the same when something else of it changes",
      present: { conditions: [ready] },
      wished: { conditions: [{ ...ready, message: "new", lastTransitionTime: later }] },
      patch: { conditions: [{ ...ready, message: "new" }] },
    },
    {
      why: "moves the time when the status changes",
      present: { conditions: [ready] },
      wished: { conditions: [{ ...ready, status: "False", lastTransitionTime: later }] },
      patch: { conditions: [{ ...ready, status: "False", lastTransitionTime: later }] },
    },
    {
      why: "sends conditions as a whole when one is gone",
      present: { conditions: [ready, synced] },
      wished: { conditions: [ready] },
      patch: { conditions: [ready] },
    },
    {
      why: "leaves the conditions out when only another field changes",
      present: { conditions: [ready, synced], a: 1 },
      wished: { conditions: [synced, ready], a: 2 },
      patch: { a: 2 },
    },
  ]) {
    test(why, () => assert.deepEqual(statusPatch(present, wished), patch));
  }
});

describe("isUntouched", () => {
  test("looks at the fields of the patch alone", () => {
    assert.equal(isUntouched({ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 5 }), true);
    assert.equal(isUntouched({ a: 1 }, { a: 2 }, { a: 5 }), false);
    assert.equal(isUntouched(undefined, { a: 2 }, { a: 5 }), false);
  });
});

describe("JSON data", () => {
  const json = fc.jsonValue() as fc.Arbitrary<Json>;

  test("is the same whatever the order of its fields, and `__proto__` is a field like any other", () => {
    assert.equal(isSameJson({ a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 }), true);
    assert.equal(isSameJson({ a: [1, 2] }, { a: [2, 1] }), false);
    assert.equal(isSameJson({}, JSON.parse('{"__proto__":1}')), false);
    assert.equal(isSameJson([], {}), false);
    assert.equal(isSameJson(null, {}), false);
  });

  test("equals itself after a round trip, and merging it into itself changes nothing where it has no null", () =>
    fc.assert(
      fc.property(json, (value) => {
        const copy = JSON.parse(JSON.stringify(value)) as Json;
        assert.equal(isSameJson(value, copy), true);
        if (!JSON.stringify(value).includes("null")) assert.equal(isMerged(value, copy), true);
      }),
    ));

  test("is merged exactly when RFC 7386 says that nothing changes", () =>
    fc.assert(
      fc.property(json, json, (target, patch) => assert.equal(isMerged(target, patch), isSameJson(target, mergePatch(target, patch)))),
    ));

  test("is sent without undefined, and with dates as text", () => {
    assert.deepEqual(asSent({ a: undefined, at: new Date(0) }), { at: "1970-01-01T00:00:00.000Z" });
  });
});

/** As in the RFC, section 2. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
  const merged = new Map<string, Json>(Object.entries(isObject ? (target as Record<string, Json>) : {}));
  for (const [field, value] of Object.entries(patch as Record<string, Json>)) {
    if (value === null) merged.delete(field);
    else merged.set(field, mergePatch(merged.get(field), value));
  }
  return Object.fromEntries(merged);
}
