import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock } from "@polykind/testing";

describe("ManualClock", () => {
  test("stands still until it is moved", async () => {
    const clock = new ManualClock(1_000);
    await clock.advance(0);
    assert.equal(clock.now(), 1_000);
    await clock.advance(250);
    assert.deepEqual([clock.now(), clock.elapsed()], [1_250, 250]);
  });

  test("fires timers in the order of their instants, and those of one instant as they were set", async () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    clock.setTimer(20, () => fired.push("late"));
    clock.setTimer(10, () => fired.push("early"));
    clock.setTimer(10, () => fired.push("early too"));
    await clock.advance(20);
    assert.deepEqual(fired, ["early", "early too", "late"]);
  });

  test("fires what is set on the way, at its own instant", async () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    clock.setTimer(10, () => clock.setTimer(5, () => fired.push(clock.elapsed())));
    await clock.advance(100);
    assert.deepEqual(fired, [15]);
  });

  test("lets the promises of one timer run before the next one fires", async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    void clock.sleep(1).then(() => order.push("after the first"));
    clock.setTimer(2, () => order.push("second"));
    await clock.advance(2);
    assert.deepEqual(order, ["after the first", "second"]);
  });

  test("ends a sleep that is aborted, and keeps nothing of it", async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(10, abort.signal);
    abort.abort("enough");
    await assert.rejects(sleeping, (reason) => reason === "enough");
    assert.equal(clock.pending, 0);
  });

  test("moves from timer to timer, and says when there is none", async () => {
    const clock = new ManualClock();
    clock.setTimer(7, () => {});
    assert.equal(clock.nextInMs, 7);
    assert.equal(await clock.advanceToNext(), true);
    assert.equal(await clock.advanceToNext(), false);
    assert.equal(clock.elapsed(), 7);
  });
});
