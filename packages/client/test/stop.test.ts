import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Stop } from "../src/stop.ts";

describe("a stop", () => {
  test("is told to all who listen, once each, with its reason", () => {
    const stop = new Stop();
    const told: unknown[] = [];
    const listener = (reason: unknown): number => told.push(reason);
    stop.listen(listener);
    stop.listen(listener);
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
      leave();
    });
    const leave = stop.listen(() => told.push("left"));
    const leaveLate = stop.listen(() => told.push("last"));
    stop.abort("closed");
    leaveLate();
    assert.deepEqual(told, ["first", "last"]);
  });

  test("is told at once to who comes too late, whatever the reason was", () => {
    const stop = new Stop();
    stop.abort(undefined);
    let isTold = false;
    stop.listen(() => (isTold = true))();
    assert.equal(isTold, true);
    assert.equal(stop.aborted, true);
  });
});
