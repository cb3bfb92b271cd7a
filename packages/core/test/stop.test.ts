import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Stop } from "../src/stop.ts";

describe("a stop", () => {
  test("is told to all who listen, once each, with its reason", () => {
    const stop = new Stop();
    const told: unknown[] = [];
    stop.listen((reason) => told.push(reason));
    stop.listen((reason) => told.push(reason));
    assert.equal(stop.aborted, false);
    assert.equal(stop.reason, undefined);
    stop.abort("closed");
    stop.abort("again");
    assert.deepEqual(told, ["closed", "closed"]);
    assert.equal(stop.aborted, true);
    assert.equal(stop.reason, "closed");
  });

  test("is not told to who has left, not even by one who is told before", () => {
    const stop = new Stop();
    const told: string[] = [];
    stop.listen(() => {
      told.push("first");
      stop.leave(left);
    });
    const left = (): void => void told.push("left");
    const last = (): void => void told.push("last");
    stop.listen(left);
    stop.listen(last);
    stop.abort("closed");
    stop.leave(last);
    assert.deepEqual(told, ["first", "last"]);
  });

  test("is told at once to who comes too late, whatever the reason was", () => {
    const stop = new Stop();
    stop.abort(undefined);
    let isTold = false;
    stop.listen(() => (isTold = true));
    assert.equal(isTold, true);
    assert.equal(stop.aborted, true);
  });

  test("is an AbortSignal, too, whether that is asked for before it comes or after", () => {
    const [before, after] = [new Stop(), new Stop()];
    const { signal } = before;
    assert.equal(signal.aborted, false);
    assert.equal(before.signal, signal);
    for (const stop of [before, after]) stop.abort("closed");
    assert.deepEqual([signal.aborted, signal.reason, after.signal.aborted, after.signal.reason], [true, "closed", true, "closed"]);
    assert.throws(
      () => after.throwIfAborted(),
      (reason) => reason === "closed",
    );
    new Stop().throwIfAborted();
  });
});
