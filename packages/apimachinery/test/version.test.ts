import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareKubeVersions, compareResourceVersions } from "@polykind/apimachinery";
import fc from "fast-check";

describe("compareKubeVersions", () => {
  for (const { why, given, sorted } of [
    { why: "stable outranks any beta", given: ["v2beta1", "v1"], sorted: ["v1", "v2beta1"] },
    { why: "v10 is newer than v9, although it sorts before it as text", given: ["v9", "v10"], sorted: ["v10", "v9"] },
    { why: "a later beta comes before an earlier one", given: ["v1beta1", "v1beta2"], sorted: ["v1beta2", "v1beta1"] },
    { why: "alpha comes after beta", given: ["v3alpha1", "v1beta1"], sorted: ["v1beta1", "v3alpha1"] },
    {
      why: "what is no version comes last, by name",
      given: ["latest", "foo1", "v1alpha1", "v0", "v1beta"],
      sorted: ["v1alpha1", "foo1", "latest", "v0", "v1beta"],
    },
    {
      why: "the order of Kubernetes' own documentation holds",
      given: ["v10beta3", "v3beta1", "v12alpha1", "v1", "v11alpha2", "foo1", "v10", "v2", "v11beta2", "foo10"],
      sorted: ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"],
    },
  ]) {
    test(why, () => assert.deepEqual(given.toSorted(compareKubeVersions), sorted));
  }
});

describe("compareResourceVersions", () => {
  for (const { why, a, b, order } of [
    { why: "numbers compare as numbers, not as text", a: "9", b: "10", order: -1 },
    { why: "beyond 2⁵³ no digit is lost", a: "9007199254740993", b: "9007199254740992", order: 1 },
    { why: "what is no number is still equal to itself", a: "x7", b: "x7", order: 0 },
    { why: "what is no number has no order", a: "x7", b: "x8", order: undefined },
    { why: "a number with a leading zero is none that a server writes", a: "07", b: "8", order: undefined },
    { why: "the empty version has no order", a: "", b: "1", order: undefined },
  ]) {
    test(why, () => assert.equal(compareResourceVersions(a, b), order));
  }

  test("orders integers of any length as integers", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.bigInt({ min: 0n, max: 10n ** 40n }), (a, b) => {
        assert.equal(compareResourceVersions(String(a), String(b)), Number(a > b) - Number(a < b));
      }),
    );
  });
});
