import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PolykindError } from "@polykind/core";
import { TerminalError } from "@polykind/plugin";
import { openMetrics, silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { WorkQueue } from "@polykind/workqueue";
import { Fence } from "../../src/fence.ts";
import { Ledger } from "../../src/reconcile/ledger.ts";
import type { Outcome, Runner } from "../../src/reconcile/runner.ts";
import { Workers } from "../../src/reconcile/workers.ts";
import { Causes } from "../../src/sources/causes.ts";

const resource = { group: "test.polykind.dev", version: "v1", kind: "Widget", plural: "widgets", resourceScope: "Namespaced" } as const;

/** Workers with a real queue, whose runs end as the test says. */
function open(run: (key: string) => Promise<Outcome>): {
  readonly clock: ManualClock;
  readonly queue: WorkQueue;
  readonly ledger: Ledger;
  readonly fence: Fence;
  readonly causes: Causes;
  readonly start: (count: number) => Workers;
} {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, random: () => 0 });
  const ledger = new Ledger({ clock, log: silentLog, series: openMetrics().group({ controller: "c" }) });
  const fence = new Fence({ resource, epoch: 1, canWrite: () => true });
  const causes = new Causes();
  const runner = { run } as unknown as Runner; // The one method that workers call.
  const workers = new Workers({ queue, runner, causes, ledger, fence, log: silentLog });
  const start = (count: number): Workers => {
    workers.start(count);
    return workers;
  };
  return { clock, queue, ledger, fence, causes, start };
}

const failed = (cause: unknown, more: Partial<Extract<Outcome, { readonly type: "failed" }>> = {}): Outcome => ({
  type: "failed",
  cause,
  ...more,
});

describe("Workers", () => {
  test("never run a key whose abandoned run has not ended, but go on with others", async () => {
    const { promise: settled, resolve } = Promise.withResolvers<void>();
    const ran: string[] = [];
    const { clock, queue, ledger, start } = open(async (key) => {
      ran.push(key);
      return ran.length === 1 ? failed(new Error("hangs"), { durationMs: 1, settled }) : { type: "idle" };
    });
    start(1);
    queue.add("hanging");
    queue.add("other");
    await clock.advance(10_000);
    assert.deepEqual(ran, ["hanging", "other"]);
    assert.equal(ledger.facts.abandoned, 1);
    resolve();
    await settle();
    assert.deepEqual(ran, ["hanging", "other", "hanging"]);
  });

  test("let the event loop turn although runs wait for nothing", async () => {
    let turnedAfter = 0;
    let ran = 0;
    const { queue, start } = open(async () => {
      ran += 1;
      return { type: "idle" };
    });
    for (let n = 0; n < 1000; n += 1) queue.add(`n/${n}`);
    start(1);
    await settle();
    turnedAfter = ran;
    assert.ok(turnedAfter < 100, `${turnedAfter} runs before the loop turned`);
  });

  test("let the event loop turn before a key that comes again at once, and run others meanwhile", async () => {
    const ran: string[] = [];
    const { queue, start } = open(async (key) => {
      ran.push(key);
      return key === "again" ? { type: "ran", durationMs: 0, requeueAfterMs: 0 } : { type: "idle" };
    });
    start(2);
    queue.add("again");
    await settle();
    assert.ok(ran.length <= 2, `${ran.length} runs before the loop turned`);
    queue.add("other");
    await settle();
    await settle();
    assert.ok(ran.includes("other") && ran.length > 2, "both run");
    queue.close();
  });

  test("wait as long as the server asks for", async () => {
    const { clock, queue, start } = open(async () =>
      failed(new PolykindError("API_THROTTLED", "slow down", { facts: { retryAfterMs: 3000 } }), { durationMs: 1 }),
    );
    start(1);
    queue.add("a");
    await settle();
    assert.equal(clock.nextInMs, 3000);
  });

  test("count a stale cache as no error, unless it stays stale", async () => {
    const { clock, queue, ledger, start } = open(async () => failed(new Error("422"), { isStale: true }));
    start(1);
    queue.add("a");
    const errors: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      await settle();
      errors.push(ledger.facts.errors);
      await clock.advanceToNext();
    }
    assert.deepEqual(errors, [0, 0, 0, 0, 1, 2]);
  });

  test("do not retry what is terminal, and start its delays anew", async () => {
    const { clock, queue, ledger, start } = open(async () => failed(new TerminalError("no"), { durationMs: 1 }));
    start(1);
    queue.add("a");
    await settle();
    assert.deepEqual([ledger.facts.errors, queue.facts.waiting, queue.failuresOf("a"), clock.pending], [1, 0, 0, 0]);
  });

  test("say at a requeue and at a retry why the next run runs", async () => {
    const outcomes: Outcome[] = [
      { type: "ran", durationMs: 1, requeueAfterMs: 5 },
      failed(new Error("no"), { durationMs: 1 }),
      { type: "idle" },
    ];
    const { clock, queue, causes, start } = open(async () => outcomes.shift() ?? { type: "idle" });
    start(1);
    queue.add("a");
    await settle();
    assert.deepEqual(causes.take("a"), [{ type: "requeue" }]);
    await clock.advance(5);
    assert.deepEqual(causes.take("a"), [{ type: "retry" }]);
  });

  test("take no note of what ends after the epoch has, and end with the queue", async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const { queue, ledger, fence, start } = open(() => promise);
    const told: unknown[] = [];
    ledger.notices.on("reconciled", (notice) => told.push(notice));
    const workers = start(2);
    queue.add("a");
    await settle();
    fence.end();
    queue.close();
    resolve({ type: "ran", durationMs: 1, requeueAfterMs: 5 });
    await workers.ended();
    assert.deepEqual([told, ledger.facts.reconciles, queue.facts.processing], [[], 0, 0]);
  });
});
