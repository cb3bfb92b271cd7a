import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { matchesPattern } from "../src/pattern.ts";
import { isVersionBound, isWithinBounds } from "../src/version-bound.ts";

describe("matchesPattern", () => {
  for (const { pattern, text, holds } of [
    { pattern: "*", text: "", holds: true },
    { pattern: "*", text: "a.b", holds: true },
    { pattern: "a", text: "a", holds: true },
    { pattern: "a", text: "ab", holds: false },
    { pattern: "", text: "", holds: true },
    { pattern: "", text: "a", holds: false },
    { pattern: "a*a", text: "a", holds: false },
    { pattern: "a*a", text: "aa", holds: true },
    { pattern: "*b*", text: "abc", holds: true },
    { pattern: "*ab*ab*", text: "abab", holds: true },
    { pattern: "*ab*ab*", text: "abb", holds: false },
    { pattern: "*.b", text: "axb", holds: false },
  ]) {
    test(`"${pattern}" ${holds ? "is" : "is not"} "${text}"`, () => assert.equal(matchesPattern(pattern, text), holds));
  }

  test("says the same as the regular expression of the pattern, for any text", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
    const patterns = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 8 });
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
        return matchesPattern(pattern, text) === expression.test(text);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("version bounds", () => {
  for (const { version, bounds, holds } of [
    { version: "v1", bounds: undefined, holds: true },
    { version: "latest", bounds: undefined, holds: true },
    { version: "v1", bounds: [], holds: false },
    { version: "v1", bounds: ["v1"], holds: true },
    { version: "v1", bounds: [">v1"], holds: false },
    { version: "v1", bounds: [">=v1"], holds: true },
    { version: "v2alpha1", bounds: [">=v1beta1"], holds: false },
    { version: "v1beta2", bounds: [">v1beta1"], holds: true },
    { version: "v1", bounds: ["<=v1beta1"], holds: false },
    { version: "v1alpha1", bounds: ["<v1beta1"], holds: true },
    { version: "v3", bounds: ["v1", ">=v2"], holds: true },
    { version: "latest", bounds: [">=v1", "<v1"], holds: false },
    { version: "latest", bounds: ["latest"], holds: true },
  ]) {
    test(`${version} ${holds ? "is" : "is not"} in ${JSON.stringify(bounds)}`, () => assert.equal(isWithinBounds(version, bounds), holds));
  }

  for (const { text, holds } of [
    { text: "v1", holds: true },
    { text: ">=v1beta1", holds: true },
    { text: "latest", holds: true },
    { text: ">=latest", holds: false },
    { text: "^1.0", holds: false },
    { text: "=>v1", holds: false },
    { text: "V1", holds: false },
    { text: "", holds: false },
  ]) {
    test(`"${text}" ${holds ? "is" : "is not"} a bound`, () => assert.equal(isVersionBound(text), holds));
  }
});
