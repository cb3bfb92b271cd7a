import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseIpv6 } from "../../src/schema/formats/ip.ts";
import { parseFormatDuration, parseGoDuration } from "../../src/schema/formats/time.ts";
import { goFloat, goJson, goNumber, goQuote, goValue } from "../../src/schema/go-text.ts";

describe("text as Go writes it", () => {
  for (const { given, shown } of [
    { given: 'a"\\\n\t\u0001\u007f\u00f6\u200b\u{1f600}\u{e0001}', shown: '"a\\"\\\\\\n\\t\\x01\\x7f\u00f6\\u200b\u{1f600}\\U000e0001"' },
    { given: "", shown: '""' },
  ]) {
    test(`quoted: ${shown}`, () => assert.equal(goQuote(given), shown));
  }

  for (const [given, shown] of [
    [0.5, "0.5"],
    [100000, "100000"],
    [1000000, "1e+06"],
    [1234567.5, "1.2345675e+06"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1e100, "1e+100"],
    [-1.5, "-1.5"],
    [Number.POSITIVE_INFINITY, "+Inf"],
  ] as const) {
    test(`a floating-point number: ${shown}`, () => assert.equal(goFloat(given), shown));
  }

  test("whole numbers have no exponent", () =>
    assert.deepEqual([1e6, 2 ** 53, 1e18].map(goNumber), ["1000000", "9007199254740992", "1000000000000000000"]));
  test("JSON has sorted keys, and escapes what HTML would read", () =>
    assert.equal(goJson({ b: "<&>", a: [1, null] }), '{"a":[1,null],"b":"\\u003c\\u0026\\u003e"}'));
  test("values without quotes", () => assert.equal(goValue([1, "a", null, { b: true }]), "[1 a <nil> map[b:true]]"));
});

describe("durations", () => {
  for (const [text, nanoseconds] of [
    ["1h30m", 5_400_000_000_000n],
    ["-1.5s", -1_500_000_000n],
    ["0", 0n],
    ["1\u00b5s", 1_000n],
    [".5s", 500_000_000n],
    ["1", undefined],
    ["1d", undefined],
    ["", undefined],
    ["3000000h", undefined],
  ] as const) {
    test(`${text || "nothing"} in Go's form is ${nanoseconds}`, () => assert.equal(parseGoDuration(text), nanoseconds));
  }
  test("the format also knows days and words", () =>
    assert.deepEqual(["2d", "3 days", "5 min"].map(parseFormatDuration), [172_800_000_000_000n, 259_200_000_000_000n, 300_000_000_000n]));
});

describe("addresses", () => {
  test("those of IPv6 are the ones that Node knows", () => {
    const part = fc.constantFrom("::", ":", "1", "ffff", "abcd", "1.2.3.4", "12345", "0");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => (parseIpv6(parts.join("")) !== undefined) === isIPv6(parts.join(""))),
      { numRuns: 5_000, seed: 7 },
    );
  });
});
