import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FieldDecoder } from "../../src/http2/field-decoder.ts";
import { pairsOf } from "./support/pairs.ts";
import { encodeFields } from "../../src/http2/field-encoder.ts";

function hexOf(...fields: string[]): string {
  return encodeFields(fields).toString("hex");
}

describe("FieldEncoder", () => {
  test("takes whole fields from the static table, and names", () => {
    assert.equal(hexOf(":method", "GET", ":scheme", "https", ":path", "/"), "828784");
    assert.equal(hexOf("content-type", "a"), "0f100161");
    assert.equal(hexOf("x", "y"), "0001780179");
  });

  for (const name of ["authorization", "proxy-authorization", "cookie"]) {
    test(`asks intermediaries never to index ${name}`, () => {
      assert.equal(encodeFields([name, "secret"])[0]! & 0xf0, 0x10); // a field has a byte
    });
  }

  for (const length of [0, 1, 126, 127, 128, 254, 255, 256, 16_383, 16_384, 16_511, 16_512, 100_000]) {
    test(`writes values of ${length} bytes so that they are read again`, () => {
      const value = "v".repeat(length);
      assert.deepEqual(pairsOf(new FieldDecoder().decode(encodeFields(["a", value, "b", "c"]))), [
        ["a", value],
        ["b", "c"],
      ]);
    });
  }

  for (const [what, character] of [
    ["CR", "\r"],
    ["LF", "\n"],
    ["NUL", "\0"],
    ["DEL", "\x7f"],
    ["more than a byte", "€"],
  ] as const) {
    test(`refuses values with ${what}`, () => {
      for (const name of [":path", "authorization", "x"])
        assert.throws(() => encodeFields([name, `a${character}b`]), { message: /cannot send field/ });
    });
  }

  for (const name of ["", "a b", "a\r\nb", "A", "a:b", "é"]) {
    test(`refuses the name ${JSON.stringify(name)}`, () => {
      assert.throws(() => encodeFields([name, "v"]), { message: /cannot send field/ });
    });
  }
});
