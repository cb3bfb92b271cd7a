import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Stop } from "@polykind/core";
import { Flag, Frame, payloadOf } from "../../src/http2/frames.ts";
import { ExchangeError, plainWordsOf } from "../../src/transport/failure.ts";
import { eventually } from "../support/scripted-server.ts";
import { headOf, RawSession, ReadBody, REQUEST } from "./support/raw-session.ts";

const MEGABYTE = 1 << 20;

describe("the opening of a session", () => {
  test("is given up when the server's settings do not come in time", async () => {
    const { server, clock, opened } = await RawSession.opening({});
    await using _ = server;
    await server.socket;
    const outcome = opened.catch((error: unknown) => error);
    await clock.advance(10_000);
    const error = await outcome;
    assert.ok(error instanceof ExchangeError && error.loss === "unreachable", String(error));
    assert.equal(plainWordsOf(error).reason, "timed-out");
    await eventually("the connection is closed", () => server.isClosed);
    assert.equal(clock.pending, 0);
  });

  test("leaves no timer of its own", async () => {
    await using open = await RawSession.open();
    assert.deepEqual([open.clock.pending, open.clock.nextInMs], [2, 30_000], "a PING, and its rest");
  });
});

describe("a session", () => {
  test("closes when it is idle, also after a request that could not be sent", async () => {
    await using open = await RawSession.open();
    assert.throws(() => open.session.exchange({ ...REQUEST, headers: { a: "b\n" } }, new Stop()));
    await open.clock.advance(29_000);
    await open.clock.advance(1_000);
    await open.server.frame(Frame.ping);
    await open.server.send([{ type: Frame.ping, flags: Flag.ack }, Buffer.alloc(8)]);
    await open.taken();
    await open.clock.advance(30_000);
    await eventually("the connection is closed", () => open.server.isClosed);
  });

  test("whose server brings bytes lives, however late it answers a PING", async () => {
    await using open = await RawSession.open();
    const body = ReadBody.of(await open.answer(1));
    await open.clock.advance(30_000);
    await open.server.frame(Frame.ping);
    for (let piece = 1; piece <= 5; piece += 1) {
      await open.server.send([{ type: Frame.data, stream: 1 }, Buffer.alloc(10)]);
      await open.taken();
      await open.clock.advance(15_000);
      assert.deepEqual([body.bytes, open.session.room], [piece * 10, 99]);
    }
    await open.clock.advance(15_000);
    const failure = await body.whenEnded;
    assert.equal(plainWordsOf(failure).reason, "timed-out");
    await eventually("the connection is closed", () => open.server.isClosed);
  });

  test("moves a stream whose head comes after the server wanted to close", async () => {
    await using open = await RawSession.open();
    const late = open.session.exchange(REQUEST, new Stop());
    await open.server.frame(Frame.headers, 1);
    await open.server.send([{ type: Frame.goaway }, payloadOf(0x7fff_ffff, 0)]);
    await open.taken();
    assert.equal(open.session.room, 0);
    await open.clock.advance(5_000);
    await open.server.send(headOf(1));
    const body = ReadBody.of(await late);
    await open.clock.advance(2_499);
    assert.deepEqual(body.ends, []);
    await open.clock.advance(1);
    assert.equal(await body.whenEnded, undefined);
  });

  test("moves its streams also if it took no more already, after many were cancelled", async () => {
    const retired: unknown[] = [];
    await using open = await RawSession.open({ onRetired: (session) => void retired.push(session) });
    const body = ReadBody.of(await open.answer(1));
    for (let at = 0; at < 300; at += 1) await (await open.answer(2 * at + 3)).cancel();
    assert.equal(retired.length, 1);
    await open.server.send([{ type: Frame.goaway }, payloadOf(0x7fff_ffff, 0)]);
    await open.taken();
    await open.clock.advance(2_500);
    assert.equal(await body.whenEnded, undefined);
    assert.equal(retired.length, 1);
  });
});

describe("a body that nobody reads yet", () => {
  test("is bounded by the window of its stream, and flows on when it is read", async () => {
    await using open = await RawSession.open();
    const answer = await open.answer(1);
    for (let sent = 0; sent < MEGABYTE; sent += 16_384) await open.server.send([{ type: Frame.data, stream: 1 }, Buffer.alloc(16_384)]);
    await open.taken();
    const isMore = ({ type, stream }: { readonly type: number; readonly stream: number }): boolean =>
      type === Frame.windowUpdate && stream === 1;
    assert.equal(open.server.seen.some(isMore), false);
    const body = ReadBody.of(answer);
    assert.equal(body.bytes, MEGABYTE);
    assert.deepEqual((await open.server.frame(Frame.windowUpdate, 1)).payload, payloadOf(MEGABYTE));
    await open.server.send([{ type: Frame.data, stream: 1, flags: Flag.endStream }, Buffer.alloc(1)]);
    assert.equal(await body.whenEnded, undefined);
    assert.equal(body.bytes, MEGABYTE + 1);
  });
});

describe("a body whose head says how long it is", () => {
  const length = ["content-length", "10"];
  for (const { why, fields, method, sizes, ends } of [
    { why: "is whole when so much has come", fields: length, sizes: [4, 6], ends: "whole" },
    { why: "is lost when it ends before", fields: length, sizes: [4, 5], ends: "lost" },
    { why: "is lost when nothing comes", fields: length, sizes: [], ends: "lost" },
    { why: "is lost when more comes", fields: length, sizes: [4, 7], ends: "reset" },
    { why: "is whole when it is nothing", fields: ["content-length", "0"], sizes: [], ends: "whole" },
    { why: "is that of another answer when HEAD was asked", fields: length, method: "HEAD", sizes: [], ends: "whole" },
    { why: "is that of another answer when nothing is new", fields: [":status", "304", ...length], sizes: [], ends: "whole" },
    { why: "is nothing when there is no content", fields: [":status", "204", ...length], sizes: [], ends: "whole" },
    { why: "is as long as it is when that is no length", fields: ["content-length", "1e3"], sizes: [4], ends: "whole" },
  ] as const) {
    for (const isEarly of [false, true]) {
      test(`${why}, read ${isEarly ? "after" : "before"} it came`, async () => {
        await using open = await RawSession.open();
        const request = { ...REQUEST, method: method ?? "GET" };
        const answer = open.session.exchange(request, new Stop());
        await open.server.frame(Frame.headers, 1);
        await open.server.send(headOf(1, fields, sizes.length === 0 ? Flag.endStream : 0));
        const body = isEarly ? undefined : ReadBody.of(await answer);
        for (const [at, size] of sizes.entries())
          await open.server.send([
            { type: Frame.data, stream: 1, flags: at === sizes.length - 1 ? Flag.endStream : 0 },
            Buffer.alloc(size),
          ]);
        await open.taken();
        const failure = await (body ?? ReadBody.of(await answer)).whenEnded;
        assert.equal(failure?.loss, ends === "whole" ? undefined : "lost");
        const resets = open.server.seen.filter(({ type }) => type === Frame.reset).map(({ payload }) => payload.readUInt32BE(0));
        assert.deepEqual(resets, ends === "reset" ? [1] : []);
        assert.equal(open.session.streams, 0);
      });
    }
  }

  test("is not moved: it ends by itself", async () => {
    await using open = await RawSession.open();
    const body = ReadBody.of(await open.answer(1, length));
    await open.server.send([{ type: Frame.goaway }, payloadOf(0x7fff_ffff, 0)]);
    await open.taken();
    await open.clock.advance(5_000);
    await open.server.send([{ type: Frame.data, stream: 1, flags: Flag.endStream }, Buffer.alloc(10)]);
    assert.deepEqual([await body.whenEnded, body.bytes], [undefined, 10]);
  });
});
