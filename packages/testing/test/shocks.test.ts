import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkTrace, type CallFailure, type TraceEvent, type TraceFact } from "@polykind/testing";

/** `count` informers that watch lose their watches at 1,000,000 ms by `loss`, and each opens one again so many milliseconds later. */
function fleet(loss: readonly TraceFact[], pausesMs: readonly number[]): readonly TraceEvent[] {
  const trace: TraceEvent[] = [];
  const lostAt = 1_000_000;
  const tell = (index: number, at: number, fact: TraceFact): void => {
    trace.push({ at, resource: `kind-${index}`, epoch: "crd", instance: `i${index}`, ...fact });
  };
  for (const index of pausesMs.keys()) {
    tell(index, lostAt - 1_000, { type: "list.open", call: index, isContinued: false });
    tell(index, lostAt - 1_000, { type: "list.line", call: index, version: "5", objects: [], isLast: true });
    tell(index, lostAt - 1_000, { type: "list.close", call: index, failure: undefined });
    tell(index, lostAt - 1_000, { type: "cache.replace", version: "5", objects: [] });
    tell(index, lostAt - 1_000, { type: "watch.open", call: 100 + index, version: "5", isWatchList: false });
  }
  for (const index of pausesMs.keys()) for (const fact of loss) tell(index, lostAt, "call" in fact ? { ...fact, call: 100 + index } : fact);
  for (const [index, pauseMs] of [...pausesMs.entries()].toSorted(([, a], [, b]) => a - b))
    tell(index, lostAt + pauseMs, { type: "watch.open", call: 200 + index, version: "5", isWatchList: false });
  return trace;
}

const failed = (failure: CallFailure): readonly TraceFact[] => [{ type: "watch.close", call: 0, failure }];
const UNAVAILABLE = failed({ code: "API_UNAVAILABLE" });
const THROTTLED = failed({ code: "API_THROTTLED", retryAfterMs: 7_000 });
const UNREACHABLE = failed({ code: "API_UNREACHABLE" });
const ANNOUNCED: readonly TraceFact[] = [{ type: "informer.expect" }, { type: "watch.close", call: 0, failure: undefined }];
/** `count` pauses from `fromMs` on, spread evenly over `overMs`. */
const spread = (count: number, fromMs: number, overMs: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => fromMs + (overMs * index) / (count - 1));

describe("many kinds that lose their watches together", () => {
  for (const { why, loss, pausesMs } of [
    { why: "within the first hundredth of their pause", loss: UNAVAILABLE, pausesMs: spread(10, 800, 8) },
    { why: "as soon as Retry-After is over", loss: THROTTLED, pausesMs: spread(10, 7_000, 10) },
    { why: "at once after a disconnect that was announced", loss: ANNOUNCED, pausesMs: spread(10, 50, 1) },
    { why: "all at the moment when the server is back", loss: UNREACHABLE, pausesMs: spread(12, 50, 0) },
  ]) {
    test(`may not come back ${why}`, () => {
      assert.deepEqual(
        checkTrace(fleet(loss, pausesMs)).map(({ invariant }) => invariant),
        ["W13"],
      );
    });
  }

  for (const { why, loss, pausesMs } of [
    { why: "each at its own moment of the pause", loss: UNAVAILABLE, pausesMs: spread(10, 800, 800) },
    { why: "each some time after Retry-After", loss: THROTTLED, pausesMs: spread(10, 7_000, 1_400) },
    { why: "each at its own moment after a disconnect that was announced", loss: ANNOUNCED, pausesMs: spread(10, 0, 50) },
    { why: "soon after the server is back, a few at a time", loss: UNREACHABLE, pausesMs: [...spread(8, 50, 0), ...spread(8, 55, 0)] },
    { why: "together when they are so few that it may be by chance", loss: UNAVAILABLE, pausesMs: spread(7, 800, 0) },
    { why: "at once when their watches ended in order, and nobody had announced it", loss: ANNOUNCED.slice(1), pausesMs: spread(12, 0, 0) },
  ]) {
    test(`may come back ${why}`, () => assert.deepEqual(checkTrace(fleet(loss, pausesMs)), []));
  }

  test("are judged without one that is stopped before it comes back", () => {
    const trace = fleet(UNAVAILABLE, spread(9, 800, 0));
    const [last] = trace.slice(-1);
    assert.ok(last !== undefined);
    const { at, resource, epoch, instance } = last;
    const stopped: TraceEvent = { at, resource, epoch, instance, type: "informer.stopped" };
    const [early, attempts] = [trace.slice(0, -9), trace.slice(-9, -1)];
    for (const told of [
      [...early, stopped, ...attempts],
      [...early, ...attempts, stopped],
    ])
      assert.ok(checkTrace(told).some(({ invariant, why }) => invariant === "W13" && why.startsWith("8 watches")));
  });
});
