import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Flag, Frame, frameOf, payloadOf } from "../../src/http2/frames.ts";
import { Near, Told } from "./support/near.ts";
import { RawServer } from "./support/raw-server.ts";

const HEAD = frameOf({ type: Frame.headers, flags: Flag.endHeaders, stream: 1 }, Buffer.of(0x88));
/** A conversation of a server that answers stream 1, and says goodbye. */
const WHOLE = Buffer.concat([
  frameOf({ type: Frame.settings }, Buffer.of()),
  frameOf({ type: Frame.settings, flags: Flag.ack }, Buffer.of()),
  HEAD,
  frameOf({ type: Frame.data, flags: Flag.padded, stream: 1 }, Buffer.from("\x02body\0\0")),
  frameOf({ type: Frame.data, flags: Flag.endStream, stream: 1 }, Buffer.from("!")),
  frameOf({ type: Frame.goaway }, payloadOf(1, 0)),
]);
/** Where the settings have come, and where the last byte of the answer has. */
const READY_AT = 9;
const COMPLETE_AT = WHOLE.length - 17;

/** The client opens its stream as soon as it may. */
async function cutAt(cut: number, how: "end" | "resetAndDestroy"): Promise<void> {
  await using server = await RawServer.start();
  await using near = await Near.before(server.port);
  const opened = near.ready.then(() => near.open());
  await server.write(WHOLE.subarray(0, Math.min(cut, READY_AT)));
  if (cut >= READY_AT) {
    await server.frame(Frame.headers, (await opened).stream?.id);
    await server.write(WHOLE.subarray(READY_AT, cut));
  }
  (await server.socket)[how]();
  const failure = await near.closed;
  assert.equal(near.told.filter((each) => each === "closed").length, 1);
  assert.equal(near.connection.room, 0);
  if (how === "end") assert.equal(failure, undefined);
  if (cut < READY_AT) return assert.deepEqual(near.told, ["closed"]);
  const { ends } = await opened;
  // What had come before a reset may be lost with it.
  if (how === "end") assert.deepEqual(ends, [{ how: cut >= COMPLETE_AT ? "complete" : "lost" }]);
  else assert.ok(ends.length === 1 && (ends[0]?.how === "lost" || cut >= COMPLETE_AT));
}

describe("a connection that is cut", () => {
  for (const how of ["end", "resetAndDestroy"] as const) {
    test(`by ${how}() tells its streams one end, whichever byte is the last`, async () => {
      for (let cut = 0; cut <= WHOLE.length; cut += 1) await cutAt(cut, how);
    });
  }

  test("loses a stream whose body is still on its way, and sends no more", async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    const told = near.open({ body: Buffer.alloc(1 << 20) });
    await server.frame(Frame.data, 1);
    (await server.socket).resetAndDestroy();
    assert.deepEqual(await told.whenEnded, { how: "lost" });
    assert.notEqual(await near.closed, undefined);
  });
});

describe("what a connection is told late", () => {
  test("goes by: frames of streams that have ended, the fields of which still count", async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    const first = near.open();
    near.connection.cancel(first.stream!); // it was opened
    const second = near.open();
    await server.frame(Frame.headers, 3);
    const flags = Flag.endHeaders;
    await server.send(
      // `a: 1` goes into the table, from where the second stream has it.
      [{ type: Frame.headers, flags, stream: 1 }, Buffer.from("884001610131", "hex")],
      [{ type: Frame.data, stream: 1 }, Buffer.from("late")],
      [{ type: Frame.windowUpdate, stream: 1 }, payloadOf(7)],
      [{ type: Frame.reset, stream: 1 }, payloadOf(8)],
      [{ type: Frame.priority, stream: 9 }, Buffer.alloc(5)],
      [{ type: 250, flags: 255, stream: 11 }, Buffer.from("?")],
      [{ type: Frame.headers, flags: flags | Flag.endStream, stream: 3 }, Buffer.from("88be", "hex")],
      [{ type: Frame.reset, stream: 3 }, payloadOf(0)],
    );
    assert.deepEqual(await second.whenEnded, { how: "complete" });
    assert.deepEqual(second.heads, [
      [
        [":status", "200"],
        ["a", "1"],
      ],
    ]);
    assert.deepEqual([first.heads, first.ends, first.bytes], [[], [{ how: "cancelled" }], 0]);
    assert.deepEqual(near.told, ["ready"]);
  });

  test("does not reach a stream that is cancelled amid a piece", async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    const told = new Told();
    told.onPiece = () => near.connection.cancel(told.stream!); // it is open: a piece came
    near.open({ told });
    await server.frame(Frame.headers, 1);
    await server.write(HEAD);
    const body = frameOf({ type: Frame.data, flags: Flag.endStream, stream: 1 }, Buffer.from("abcdef"));
    await server.write(body.subarray(0, 12));
    await server.frame(Frame.reset, 1);
    await server.write(body.subarray(12));
    await server.send([{ type: Frame.ping }, Buffer.from("together")]);
    assert.equal((await server.frame(Frame.ping)).payload.toString(), "together");
    assert.deepEqual([told.bytes, told.ends], [3, [{ how: "cancelled" }]]);
  });

  test("has a head in three frames, padded and with a priority", async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    const told = near.open();
    await server.frame(Frame.headers, 1);
    const flags = Flag.padded | Flag.priority | Flag.endStream;
    await server.send(
      [{ type: Frame.headers, flags, stream: 1 }, Buffer.from("0300000000108840000000", "hex")],
      [{ type: Frame.continuation, stream: 1 }, Buffer.from("0161", "hex")],
      [{ type: Frame.continuation, flags: Flag.endHeaders, stream: 1 }, Buffer.from("0131", "hex")],
    );
    assert.deepEqual(await told.whenEnded, { how: "complete" });
    assert.deepEqual(told.heads, [
      [
        [":status", "200"],
        ["a", "1"],
      ],
    ]);
  });

  test("is no breach when a window becomes negative, and nothing is sent until it is positive", async () => {
    await using server = await RawServer.start();
    await using near = await Near.before(server.port);
    await server.settings();
    await near.ready;
    near.open({ body: Buffer.alloc(70_000) });
    await server.frame(Frame.data, 1);
    const sent = (): number => server.seen.reduce((sum, { type, payload }) => sum + (type === Frame.data ? payload.length : 0), 0);
    /** All that was sent before is here when the answer to a PING is. */
    const settled = async (text: string): Promise<void> => {
      await server.send([{ type: Frame.ping }, Buffer.from(text)]);
      while (!server.seen.some(({ type, payload }) => type === Frame.ping && payload.toString() === text)) await server.next();
    };
    await server.send([{ type: Frame.settings }, Buffer.from("000400000064", "hex")], [{ type: Frame.windowUpdate }, payloadOf(1 << 20)]);
    await settled("negative");
    assert.equal(sent(), 65_535);
    // 100 - 65,535 + 65,435 is 0.
    await server.send([{ type: Frame.windowUpdate, stream: 1 }, payloadOf(65_435)]);
    await settled("is none.");
    assert.equal(sent(), 65_535);
    await server.send([{ type: Frame.windowUpdate, stream: 1 }, payloadOf(1)]);
    await settled("one byte");
    assert.equal(sent(), 65_536);
  });
});
