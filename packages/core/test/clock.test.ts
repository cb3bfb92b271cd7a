import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "@polykind/core";

const longest = 2 ** 31;

describe("systemClock", () => {
  test("sleeps at least as long as it was asked to", async () => {
    const before = systemClock.elapsed();
    await systemClock.sleep(5);
    assert.ok(systemClock.elapsed() - before >= 4);
  });

  test("ends a sleep at once with the reason of the abort", async () => {
    const abort = new AbortController();
    const sleeping = systemClock.sleep(60_000, abort.signal);
    abort.abort("enough");
    await assert.rejects(sleeping, (reason) => reason === "enough");
  });

  test("does not begin to sleep when the signal has aborted before", async () => {
    await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort("before")), (reason) => reason === "before");
  });

  test("does not take a delay that is too long for Node for no delay at all", async () => {
    const timer = systemClock.setTimer(longest, () => assert.fail("it fired at once"));
    const abort = new AbortController();
    const sleeping = systemClock.sleep(longest, abort.signal);
    await systemClock.sleep(5);
    timer.cancel();
    abort.abort("enough");
    await assert.rejects(sleeping, (reason) => reason === "enough");
  });

  test("does not fire a timer that was cancelled", async () => {
    systemClock.setTimer(1, () => assert.fail("it was cancelled")).cancel();
    await systemClock.sleep(5);
  });

  test("takes a delay in the past for now, but not for before it returned", async () => {
    let isSet = false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    systemClock.setTimer(-5, () => resolve(isSet));
    isSet = true;
    assert.equal(await promise, true);
  });
});
