import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPolykindError } from "@polykind/core";
import { ManualClock, settle } from "@polykind/testing";
import { Runs } from "../../src/reconcile/runs.ts";

const DEADLINE = { timeoutMs: 100, graceMs: 10 };
const hang = (): Promise<never> => new Promise(() => {});

describe("Runs", () => {
  test("tell what a hook returned or threw, at once and later, and leave no timer", async () => {
    const clock = new ManualClock();
    const counts: number[] = [];
    const runs = new Runs(clock, (count) => counts.push(count));
    const cause = new Error("broken");
    assert.deepEqual(await runs.run(() => 1, DEADLINE), { type: "returned", value: 1 });
    assert.deepEqual(await runs.run(() => Promise.resolve(2), DEADLINE), { type: "returned", value: 2 });
    assert.deepEqual(await runs.run(() => assert.fail(cause), DEADLINE), { type: "threw", cause });
    assert.deepEqual(await runs.run(() => Promise.reject(cause), DEADLINE), { type: "threw", cause });
    assert.deepEqual([counts, runs.size, clock.pending], [[1, 0, 1, 0, 1, 0, 1, 0], 0, 0]);
  });

  test("abort the signal of a hook that takes too long, with an error that says so", async () => {
    const clock = new ManualClock();
    const runs = new Runs(clock, () => {});
    const ended = runs.run(
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true })),
      DEADLINE,
    );
    await clock.advance(99);
    assert.equal(runs.size, 1);
    await clock.advance(1);
    const outcome = await ended;
    assert.ok(outcome.type === "threw" && isPolykindError(outcome.cause, "TIMED_OUT"));
    assert.equal(clock.pending, 0);
  });

  test("abandon one that does not heed its signal, and still know of it until it ends", async () => {
    const clock = new ManualClock();
    const runs = new Runs(clock, () => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended = runs.run(() => promise, DEADLINE);
    await clock.advance(110);
    const outcome = await ended;
    assert.ok(outcome.type === "abandoned");
    assert.deepEqual([runs.size, clock.pending], [1, 0]);
    resolve();
    await outcome.settled;
    assert.equal(runs.size, 0);
  });

  test("abort all of them at a stop, those that come later too, and wait until they have ended", async () => {
    const clock = new ManualClock();
    const runs = new Runs(clock, () => {});
    const reason = new Error("stopped");
    const reasons: unknown[] = [];
    const note = async (signal: AbortSignal): Promise<void> => {
      await settle();
      reasons.push(signal.reason);
    };
    const first = runs.run(note, DEADLINE);
    runs.abort(reason);
    const second = runs.run(note, DEADLINE);
    await runs.settled();
    assert.deepEqual([reasons, runs.size], [[reason, reason], 0]);
    await Promise.all([first, second]);
  });

  test("let go of what hangs when nobody waits any more, without a timer left", async () => {
    const clock = new ManualClock();
    const runs = new Runs(clock, () => {});
    const ended = runs.run(hang, DEADLINE);
    runs.abandon();
    assert.equal((await ended).type, "abandoned");
    assert.deepEqual([runs.size, clock.pending], [1, 0]);
  });
});
