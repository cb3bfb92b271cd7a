import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StopReason } from "@polykind/plugin";
import { silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { PluginEnd } from "../src/plugin-end.ts";
import { Runs } from "../src/reconcile/runs.ts";

const hang = (): Promise<never> => new Promise(() => {});
const stop = { reason: "Unbound", remainingObjects: 3 } as const;

/** A plugin's end, of which the test sees what is told of it. */
function open(): {
  readonly clock: ManualClock;
  readonly runs: Runs;
  readonly ending: PluginEnd;
  readonly failures: unknown[];
} {
  const clock = new ManualClock();
  const runs = new Runs(clock, () => {});
  const failures: unknown[] = [];
  const log = { ...silentLog, error: (_: string, { hook }: { readonly hook?: unknown } = {}) => void failures.push(hook) };
  return { clock, runs, ending: new PluginEnd({ clock, log, runs }), failures };
}

describe("the end of a plugin", () => {
  test("is onStop, with the reason and what is left, and then what was deferred, last first", async () => {
    const { clock, ending, failures } = open();
    const seen: unknown[] = [];
    ending.defer(() => seen.push("first"));
    ending.defer(async () => seen.push("last"));
    await ending.take({ onStop: async (...told: unknown[]) => void seen.push(told) });
    await ending.close(stop, 1000);
    assert.deepEqual(seen, [["Unbound", { remainingObjects: 3 }], "last", "first"]);
    assert.deepEqual([failures, clock.pending], [[], 0]);
  });

  test("spares no end although each hook throws, and tells of each", async () => {
    const { ending, failures } = open();
    for (const name of ["first", "last"]) ending.defer(() => assert.fail(name));
    await ending.take({ onStop: () => Promise.reject(new Error("broken")) });
    await ending.close(stop, 1000);
    assert.deepEqual(failures, ["onStop", "defer", "defer"]);
  });

  test("comes to every end although onStop and other ends hang, within the time for all", async () => {
    const { clock, runs, ending, failures } = open();
    const seen: string[] = [];
    ending.defer(() => seen.push("first"));
    ending.defer(hang);
    ending.defer(() => seen.push("third"));
    ending.defer(hang);
    await ending.take({ onStop: hang });
    let isClosed = false;
    const closed = ending.close(stop, 8000).then(() => (isClosed = true));
    await clock.advance(3999);
    assert.deepEqual([seen, failures], [[], []], "onStop has half of the time");
    await clock.advance(1001);
    assert.deepEqual([seen, failures], [["third"], ["onStop", "defer"]], "a hanging end has its share of what is left");
    await clock.advance(3000);
    await closed;
    assert.deepEqual([seen, failures, isClosed], [["third", "first"], ["onStop", "defer", "defer"], true]);
    assert.deepEqual([runs.size, clock.pending], [3, 0]);
  });

  test("gives a hanging onStop ten seconds, and no more", async () => {
    const { clock, ending } = open();
    await ending.take({ onStop: hang });
    const closed = ending.close(stop, 60_000);
    await clock.advance(10_000);
    await closed;
  });

  test("gives ends a moment to run when there is no time left", async () => {
    const { ending } = open();
    const seen: string[] = [];
    ending.defer(() => seen.push("deferred"));
    await ending.take({ onStop: async () => void seen.push("onStop") });
    await ending.close(stop, 0);
    assert.deepEqual(seen, ["onStop", "deferred"]);
  });

  test("is told to what setup returns after it, once, with the reason", async () => {
    const { ending } = open();
    const seen: StopReason[] = [];
    await ending.close(stop, 1000);
    await ending.take({ onStop: async (reason: StopReason) => void seen.push(reason) });
    assert.deepEqual(seen, ["Unbound"]);
  });

  test("runs at once what setup defers after it, and outlives its failure", async () => {
    const { ending, failures } = open();
    const seen: string[] = [];
    await ending.close(stop, 1000);
    ending.defer(() => seen.push("late"));
    ending.defer(() => Promise.reject(new Error("broken")));
    await settle();
    assert.deepEqual([seen, failures], [["late"], ["defer"]]);
  });

  for (const made of [undefined, null, 5, {}, { onStop: "x" }]) {
    test(`is nothing to what setup returned when that is ${JSON.stringify(made)}`, async () => {
      const { ending, failures } = open();
      await ending.take(made);
      await ending.close(stop, 1000);
      assert.deepEqual(failures, []);
    });
  }
});
