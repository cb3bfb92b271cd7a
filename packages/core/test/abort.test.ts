import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { untilAborted } from "@polykind/core";

describe("waiting until a signal aborts", () => {
  test("gives what the promise gives, and leaves no listener", async () => {
    const { signal } = new AbortController();
    assert.equal(await untilAborted(Promise.resolve(1), signal), 1);
    await assert.rejects(untilAborted(Promise.reject(new Error("no")), signal), /no/);
    assert.deepEqual(getEventListeners(signal, "abort"), []);
    assert.equal(await untilAborted(Promise.resolve(2), undefined), 2);
  });

  test("ends with the reason of the signal, before or after it began", async () => {
    const { promise } = Promise.withResolvers<void>();
    const end = new AbortController();
    const waiting = untilAborted(promise, end.signal);
    end.abort(new Error("stopped"));
    await assert.rejects(waiting, /stopped/);
    await assert.rejects(untilAborted(promise, end.signal), /stopped/);
  });

  test("takes what fails when nobody waits any more", async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    await assert.rejects(untilAborted(promise, AbortSignal.abort(new Error("stopped"))), /stopped/);
    reject(new Error("late"));
    await new Promise<void>((resolve) => setImmediate(resolve)); // an unhandled rejection would fail this test
  });
});
