import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Stop } from "@polykind/core";
import { ManualClock, settle } from "@polykind/testing";
import type { Answer, BodySink } from "../src/transport/exchange.ts";
import { Turns } from "../src/turns.ts";
import { WatchLines } from "../src/watch-lines.ts";

/** A watch whose answer comes, and brings bytes, when the test says so. */
class Watched {
  readonly stopped = new Stop();
  readonly lines: WatchLines;
  readonly #head = Promise.withResolvers<Answer>();
  sink: BodySink | undefined;
  /** How often its answer was cancelled. */
  cancels = 0;
  /** Its opening does not end at once when it shall. */
  isSlow = false;
  /** What its opening was ended with. */
  readonly ends: unknown[] = [];

  constructor(signal: AbortSignal = new AbortController().signal) {
    const name = { method: "WATCH", path: "/p", host: "h" };
    const options = { stopped: this.stopped, maxLineBytes: 1_000, turns: new Turns(new ManualClock()), name };
    this.lines = new WatchLines(options, { signal }, (ending) => {
      ending.listen((reason) => {
        this.ends.push(reason);
        // As by an AbortSignal, which has a reason of its own where there is none.
        if (!this.isSlow) this.fails(reason ?? new Error("aborted"));
      });
      return this.#head.promise;
    });
  }

  fails(reason: unknown): void {
    this.#head.reject(reason);
  }

  comes(): void {
    this.#head.resolve({
      status: 200,
      headers: { contentType: "application/json", retryAfter: undefined },
      read: (sink) => void (this.sink = sink),
      pause() {},
      resume() {},
      cancel: () => {
        this.cancels += 1;
        return Promise.resolve();
      },
    });
  }
}

const DONE = { done: true, value: undefined };

describe("the return of an iterated watch", () => {
  test("ends its opening, and whoever waits for that", async () => {
    const watched = new Watched();
    const first = watched.lines.next();
    assert.deepEqual(await watched.lines.return(), DONE);
    assert.deepEqual(await first, DONE);
    assert.equal(watched.ends.length, 1);
    assert.equal(watched.stopped.listeners, 0);
    assert.deepEqual(await watched.lines.next(), DONE);
  });

  test("waits for an opening that does not end at once", async () => {
    const watched = new Watched();
    watched.isSlow = true;
    const first = watched.lines.next();
    let isBack = false;
    const back = watched.lines.return().then(() => (isBack = true));
    await settle();
    assert.deepEqual([watched.ends.length, isBack], [1, false]);
    watched.comes();
    await back;
    assert.equal(watched.cancels > 0, true);
    assert.deepEqual(await first, DONE);
  });

  test("leaves nothing open of an answer that comes at that moment", async () => {
    const watched = new Watched();
    const first = watched.lines.next();
    watched.comes();
    await watched.lines.return();
    assert.deepEqual(await first, DONE);
    assert.ok(watched.cancels > 0);
  });

  test("tells a next that waits", async () => {
    const watched = new Watched();
    watched.comes();
    assert.deepEqual(await watched.lines.next(), { done: false, value: [] });
    const next = watched.lines.next();
    assert.deepEqual(await watched.lines.return(), DONE);
    assert.deepEqual(await next, DONE);
    assert.ok(watched.cancels > 0);
    assert.equal(watched.stopped.listeners, 0);
  });

  test("is harmless before it began, and twice", async () => {
    const watched = new Watched();
    assert.deepEqual(await watched.lines.return(), DONE);
    assert.deepEqual(await watched.lines.return(), DONE);
    assert.deepEqual(await watched.lines.next(), DONE);
    assert.deepEqual(watched.ends, []);
  });

  test("does not hide a failure that was there before it", async () => {
    const watched = new Watched();
    watched.comes();
    await watched.lines.next();
    watched.stopped.abort("stopped");
    await assert.rejects(watched.lines.next(), (reason) => reason === "stopped");
    assert.deepEqual(await watched.lines.return(), DONE);
  });
});
