import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { SharedRun } from "../src/shared-run.ts";

describe("SharedRun", () => {
  test("runs once for all who want it meanwhile, and anew for who comes later", async () => {
    let runs = 0;
    const run = new SharedRun(async () => (runs += 1));
    assert.deepEqual(await Promise.all([run.join(), run.join()]), [1, 1]);
    assert.equal(await run.join(), 2);
  });

  test("lets one leave without disturbing the other", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const run = new SharedRun(() => promise);
    const abort = new AbortController();
    const [leaves, stays] = [run.join(abort.signal), run.join()];
    abort.abort("enough");
    await assert.rejects(leaves, (reason) => reason === "enough");
    resolve("done");
    assert.equal(await stays, "done");
    assert.equal(getEventListeners(abort.signal, "abort").length, 0);
  });

  test("aborts the run when the last has left, and begins anew for the next", async () => {
    const signals: AbortSignal[] = [];
    const run = new SharedRun((signal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    });
    const abort = new AbortController();
    const leaves = run.join(abort.signal);
    abort.abort("enough");
    await assert.rejects(leaves);
    assert.equal(signals[0]?.aborted, true);
    void run.join();
    assert.equal(signals.length, 2);
    assert.equal(signals[1]?.aborted, false);
  });

  test("tells a failure to all who wait", async () => {
    const run = new SharedRun(() => Promise.reject(new Error("broken")));
    const outcomes = await Promise.allSettled([run.join(), run.join()]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
  });
});
