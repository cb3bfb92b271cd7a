import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Pieces } from "../../src/transport/pieces.ts";

/** Bytes that tell where they belong. */
function bytesOf(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, at) => at % 251));
}

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

function drain(pieces: Pieces): Buffer[] {
  const blocks: Buffer[] = [];
  for (let block = pieces.shift(); block !== undefined; block = pieces.shift()) blocks.push(block);
  return blocks;
}

describe("pieces that are kept", () => {
  for (const size of [1, 3, 1_000, 16_375, 16_384, 70_000]) {
    test(`of ${size} bytes come back whole and in order`, () => {
      const body = bytesOf(300_001);
      const [shifted, whole] = [new Pieces(), new Pieces()];
      for (const piece of cut(body, size)) for (const pieces of [shifted, whole]) pieces.push(piece);
      assert.equal(shifted.bytes, body.length);
      assert.deepEqual(Buffer.concat(drain(shifted)), body);
      assert.equal(shifted.bytes, 0);
      assert.deepEqual(whole.whole(), body);
    });
  }

  test("are put together where they are small", () => {
    const pieces = new Pieces();
    for (const piece of cut(bytesOf(300_000), 1)) pieces.push(piece);
    assert.ok(drain(pieces).length < 40);
  });

  test("are put together also while they are taken", () => {
    const pieces = new Pieces();
    const body = bytesOf(100_000);
    const taken: Buffer[] = [];
    for (const [at, piece] of cut(body, 1).entries()) {
      pieces.push(piece);
      const block = at % 1_000 === 999 ? pieces.shift() : undefined;
      if (block !== undefined) taken.push(block);
    }
    assert.deepEqual(Buffer.concat([...taken, ...drain(pieces)]), body);
  });

  test("may be written again", () => {
    const pieces = new Pieces();
    const piece = Buffer.from("abc");
    pieces.push(piece);
    piece.fill("x");
    assert.equal(String(pieces.whole()), "abc");
  });

  test("are nothing at first, and after nothing was pushed", () => {
    const pieces = new Pieces();
    pieces.push(Buffer.alloc(0));
    assert.deepEqual([pieces.bytes, pieces.shift(), pieces.whole().length], [0, undefined, 0]);
  });
});
