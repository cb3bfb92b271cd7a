import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LineFramer } from "@polykind/client";

/** The lines of `text` when it comes in pieces that end at `cuts`. */
function linesOf(bytes: Buffer, cuts: readonly number[], framer: LineFramer = new LineFramer()): string[] {
  const ends = [...cuts, bytes.length];
  return ends.flatMap((end, i) => {
    const lines: Uint8Array[] = [];
    framer.push(bytes.subarray(ends[i - 1] ?? 0, end), lines);
    // They are valid until the next piece.
    return lines.map((line) => Buffer.from(line).toString("utf8"));
  });
}

describe("LineFramer", () => {
  const text = '{"a":"é€😀"}\n{"b":"\u2028\u2029"}\n{"c":1}\n';
  const expected = text.trimEnd().split("\n");

  test("cuts alike wherever the bytes were split once, inside UTF-8 sequences too", () => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1) assert.deepEqual(linesOf(bytes, [cut]), expected, `cut at ${cut}`);
  });

  test("cuts alike when every byte comes alone", () => {
    const bytes = Buffer.from(text);
    assert.deepEqual(linesOf(bytes, Array.from(bytes.keys())), expected);
  });

  test("cuts alike for every two cuts", () => {
    const bytes = Buffer.from('{"é":1}\n\n{"b":2}\n');
    for (let first = 0; first <= bytes.length; first += 1) {
      for (let second = first; second <= bytes.length; second += 1) {
        assert.deepEqual(linesOf(bytes, [first, second]), ['{"é":1}', '{"b":2}'], `cut at ${first} and ${second}`);
      }
    }
  });

  test("never hands over a torn last line, and tells how long it is", () => {
    const framer = new LineFramer();
    assert.deepEqual(linesOf(Buffer.from("whole\nto"), [], framer), ["whole"]);
    assert.equal(framer.tornBytes, 2);
    assert.deepEqual(linesOf(Buffer.from("rn\n"), [], framer), ["torn"]);
    assert.equal(framer.tornBytes, 0);
  });

  test("copies nothing of a line that came in one piece", () => {
    const piece = Buffer.from("one\ntwo\n");
    const lines: Uint8Array[] = [];
    new LineFramer().push(piece, lines);
    assert.ok(lines.every((line) => line.buffer === piece.buffer));
  });

  for (const { why, pieces, lines } of [
    { why: "takes a line of exactly the limit", pieces: ["12345678\n"], lines: ["12345678"] },
    {
      why: "refuses a line over the limit as soon as that is known, without waiting for its end",
      pieces: ["ok\n123456789"],
      lines: ["ok"],
    },
    { why: "counts all pieces of a line", pieces: ["ok\n12345", "6789"], lines: ["ok"] },
    { why: "refuses one that ends in the piece that makes it too long", pieces: ["ok\n12345", "6789\nnext\n"], lines: ["ok"] },
  ]) {
    test(`${why}, after the lines before it`, () => {
      const framer = new LineFramer({ maxBytes: 8, watched: { path: "/x", host: "h" } });
      const got: Uint8Array[] = [];
      const push = (): void => pieces.forEach((piece) => framer.push(Buffer.from(piece), got));
      if (lines[0] === "ok")
        assert.throws(push, { code: "API_PROTOCOL", message: "cannot read watch of /x at h: a line is longer than 8 bytes" });
      else push();
      assert.deepEqual(got.map(String), lines);
    });
  }
});
