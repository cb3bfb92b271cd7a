import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Informer } from "@polykind/informer";
import { ManualClock, settle } from "@polykind/testing";
import { OwnWrites } from "../../src/readers/own-writes.ts";

/** An informer whose cache reaches versions as the test says. */
function fakeInformer(): { readonly informer: Informer; readonly reach: (version: string) => void; readonly waiting: () => number } {
  const reached = new Set<string>();
  const waiting = new Map<string, () => void>();
  const informer = {
    store: { hasReached: (version: string) => reached.has(version) },
    reached: (version: string, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.set(version, resolve);
        signal.addEventListener("abort", () => {
          waiting.delete(version);
          reject(new Error("aborted"));
        });
      }),
  } as unknown as Informer; // The two members that are used.
  const reach = (version: string): void => {
    reached.add(version);
    waiting.get(version)?.();
    waiting.delete(version);
  };
  return { informer, reach, waiting: () => waiting.size };
}

describe("OwnWrites", () => {
  const never = new AbortController().signal;

  test("let a key go on at once that has written nothing, or whose writes are seen already", async () => {
    const { informer, reach, waiting } = fakeInformer();
    const writes = new OwnWrites(new ManualClock());
    await writes.seen("n/a", never);
    writes.note("n/a", informer, "5");
    reach("5");
    await writes.seen("n/a", never);
    assert.deepEqual([waiting(), writes.size], [0, 0]);
  });

  test("let a key wait for the last version that it wrote, and no other key", async () => {
    const { informer, reach } = fakeInformer();
    const clock = new ManualClock();
    const writes = new OwnWrites(clock);
    writes.note("n/a", informer, "5");
    writes.note("n/a", informer, "6");
    let isSeen = false;
    const seen = writes.seen("n/a", never).then(() => {
      isSeen = true;
    });
    await writes.seen("n/b", never);
    reach("5");
    await settle();
    assert.equal(isSeen, false);
    reach("6");
    await seen;
    assert.equal(clock.pending, 0);
  });

  test("go on with an older view after 5 s, and leave nothing waiting", async () => {
    const { informer, waiting } = fakeInformer();
    const clock = new ManualClock();
    const writes = new OwnWrites(clock);
    writes.note("n/a", informer, "5");
    const seen = writes.seen("n/a", never);
    await clock.advance(5000);
    await seen;
    assert.deepEqual([waiting(), clock.pending], [0, 0]);
  });

  test("end at once when the controller stops", async () => {
    const { informer, waiting } = fakeInformer();
    const clock = new ManualClock();
    const writes = new OwnWrites(clock);
    writes.note("n/a", informer, "5");
    const abort = new AbortController();
    const seen = writes.seen("n/a", abort.signal);
    abort.abort();
    await seen;
    assert.deepEqual([waiting(), clock.pending], [0, 0]);
  });
});
