import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { FrameReader } from "../../src/http2/frame-reader.ts";
import { Flag, Frame, frameOf } from "../../src/http2/frames.ts";
import { ProtocolError } from "../../src/http2/protocol-error.ts";

/** What a reader told, pieces of one body joined: where bytes are split may not show. */
function told(pieces: readonly Buffer[]): string[] {
  const calls: string[] = [];
  let body: Buffer[] = [];
  const reader = new FrameReader({
    bodyBegins: (stream, bytes) => void calls.push(`begins ${stream} ${bytes}`),
    // They are valid during the call only.
    body: (piece) => void body.push(Buffer.from(piece)),
    bodyEnds: (stream, isLast) => {
      calls.push(`body ${Buffer.concat(body).toString("hex")}`, `ends ${stream} ${isLast}`);
      body = [];
    },
    frame: ({ type, flags, stream }, payload) => void calls.push(`frame ${type} ${flags} ${stream} ${payload.toString("hex")}`),
  });
  for (const piece of pieces) {
    // The buffer of a socket is written again and again.
    const once = Buffer.from(piece);
    reader.push(once);
    once.fill(0xee);
  }
  return calls;
}

function padded(bytes: Uint8Array, padding: number): Buffer {
  return Buffer.concat([Buffer.of(padding), bytes, Buffer.alloc(padding)]);
}

const payload = fc.uint8Array({ maxLength: 60 });
const stream = fc.integer({ min: 0, max: 0x7fff_ffff });
const body = fc
  .record({ bytes: payload, padding: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }), isLast: fc.boolean(), stream })
  .map(({ bytes, padding, isLast, stream: id }) => {
    const flags = (isLast ? Flag.endStream : 0) | (padding === undefined ? 0 : Flag.padded);
    return {
      bytes: frameOf({ type: Frame.data, flags, stream: id }, padding === undefined ? bytes : padded(bytes, padding)),
      calls: [
        `begins ${id} ${bytes.length + (padding === undefined ? 0 : padding + 1)}`,
        `body ${Buffer.from(bytes).toString("hex")}`,
        `ends ${id} ${isLast}`,
      ],
    };
  });
const other = fc
  .record({ type: fc.integer({ min: 1, max: 255 }), flags: fc.integer({ min: 0, max: 255 }), stream, bytes: payload })
  .map(({ type, flags, stream: id, bytes }) => ({
    bytes: frameOf({ type, flags, stream: id }, bytes),
    calls: [`frame ${type} ${flags} ${id} ${Buffer.from(bytes).toString("hex")}`],
  }));

describe("FrameReader", () => {
  test("tells the same of the same frames, wherever their bytes are split", () => {
    const frames = fc.array(fc.oneof(body, other), { minLength: 1, maxLength: 12 });
    const cuts = fc.array(fc.nat({ max: 1_200 }), { maxLength: 40 });
    fc.assert(
      fc.property(frames, cuts, (sent, at) => {
        const bytes = Buffer.concat(sent.map((each) => each.bytes));
        const ends = [...at.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const expected = sent.flatMap(({ calls }) => calls);
        assert.deepEqual(told([bytes]), expected);
        assert.deepEqual(told(ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))), expected);
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  test("tells the same when every byte comes alone", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(body, other), { maxLength: 4 }), (sent) => {
        const bytes = Buffer.concat(sent.map((each) => each.bytes));
        assert.deepEqual(
          told(Array.from(bytes, (byte) => Buffer.of(byte))),
          sent.flatMap(({ calls }) => calls),
        );
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  test("passes over the bit of a stream's id that is reserved", () => {
    const frame = frameOf({ type: Frame.ping, stream: 3 }, Buffer.alloc(8));
    frame[5]! |= 0x80; // a frame has nine bytes
    assert.deepEqual(told([frame]), ["frame 6 0 3 0000000000000000"]);
  });

  test("takes the largest frame, and no larger, before the payload comes", () => {
    for (const type of [Frame.data, Frame.headers]) {
      assert.doesNotThrow(() => told([frameOf({ type, stream: 1 }, Buffer.alloc(16_384))]));
      const large = frameOf({ type, stream: 1 }, Buffer.alloc(16_385)).subarray(0, 9);
      assert.throws(
        () => told([large]),
        (error) => error instanceof ProtocolError && error.errorCode === 6,
      );
    }
  });

  test("takes no padding that is longer than its frame", () => {
    const flags = Flag.padded;
    for (const bytes of [Buffer.of(), Buffer.of(1), Buffer.of(3, 0, 0)])
      assert.throws(() => told([frameOf({ type: Frame.data, flags, stream: 1 }, bytes)]), ProtocolError);
    assert.deepEqual(told([frameOf({ type: Frame.data, flags, stream: 1 }, Buffer.of(2, 0, 0))]), ["begins 1 3", "body ", "ends 1 false"]);
  });
});
