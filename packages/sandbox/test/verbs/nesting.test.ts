import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isNestedTooDeep } from "../../src/verbs/nesting.ts";

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe("nesting", () => {
  for (const { why, text, isTooDeep } of [
    { why: "of a thousand levels is taken", text: nested(1000), isTooDeep: false },
    { why: "of one more is not", text: nested(1001), isTooDeep: true },
    { why: "counts objects and lists alike", text: `${'{"a":['.repeat(501)}${"]}".repeat(501)}`, isTooDeep: true },
    { why: "does not count brackets in a text", text: JSON.stringify(["[".repeat(5000), '\\"[[['.repeat(2000)]), isTooDeep: false },
    { why: "does not count levels that are closed", text: JSON.stringify(Array.from({ length: 3000 }, () => [])), isTooDeep: false },
  ]) {
    test(why, () => assert.equal(isNestedTooDeep(text), isTooDeep));
  }
});
