import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { duplicateKeys } from "../../src/verbs/duplicate-keys.ts";

describe("keys that occur twice in one object", () => {
  for (const { why, text, found } of [
    { why: "are named by their path", text: '{"spec":{"a":1,"b":2,"a":3}}', found: ["spec.a"] },
    { why: "are named once, however often they occur", text: '{"a":1,"a":2,"a":3}', found: ["a"] },
    { why: "in an item are named with its index", text: '{"l":[{"x":1},{"x":1,"x":2}]}', found: ["l[1].x"] },
    { why: "are none in different objects", text: '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}', found: [] },
    { why: "are not found among values", text: '{"a":"b","b":"a","c":["a","a"]}', found: [] },
    { why: "are found behind a value with braces and quotes in it", text: String.raw`{"a":"}],{\"a\":1,\\","b":1,"b":2}`, found: ["b"] },
    { why: "are the same with and without escapes", text: String.raw`{"a":1,"\u0061":2}`, found: ["a"] },
    { why: "may be named __proto__", text: '{"__proto__":1,"__proto__":2}', found: ["__proto__"] },
    { why: "are found after a nested object", text: '{"a":{"b":[1,2,{"c":[]}]},"a":1}', found: ["a"] },
    { why: "are none in an empty object", text: "{}", found: [] },
  ]) {
    test(why, () => assert.deepEqual(duplicateKeys(text), found));
  }
});
