import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import type { Store } from "@polykind/informer";
import type { PluginContext, Reconciler } from "@polykind/plugin";
import { openMetrics, silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { Fence } from "../../src/fence.ts";
import { OwnWrites } from "../../src/readers/own-writes.ts";
import type { FinalizerChange, Finalizers } from "../../src/reconcile/finalizers.ts";
import { Gone } from "../../src/reconcile/gone.ts";
import { Ledger } from "../../src/reconcile/ledger.ts";
import { Runner } from "../../src/reconcile/runner.ts";
import { Runs } from "../../src/reconcile/runs.ts";
import { Causes } from "../../src/sources/causes.ts";
import { objectOf } from "../support/objects.ts";

const resource = { group: "test.polykind.dev", version: "v1", kind: "Widget", plural: "widgets", resourceScope: "Namespaced" } as const;
const OURS = "x/ours";
const deleting = { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [OURS] };

/** A runner over a cache that shows `objects`, whose finalizer changes end with `change`. */
function open(
  reconciler: Reconciler,
  { objects, change = { type: "changed" } }: { readonly objects: Map<string, KubeObject>; readonly change?: FinalizerChange },
): {
  readonly runner: Runner;
  readonly changes: string[];
  readonly gone: Gone;
  readonly causes: Causes;
  readonly fence: Fence;
  readonly ledger: Ledger;
} {
  const clock = new ManualClock();
  const changes: string[] = [];
  const note = (what: string) => async (): Promise<FinalizerChange> => {
    changes.push(what);
    return change;
  };
  const [gone, causes] = [new Gone(), new Causes()];
  const fence = new Fence({ resource, epoch: 1, canWrite: () => true });
  const ledger = new Ledger({ clock, log: silentLog, series: openMetrics().group({ controller: "c" }) });
  const runner = new Runner({
    clock,
    log: silentLog,
    fence,
    reconciler,
    store: { byKey: (key: string) => objects.get(key) } as Store, // The one method that a runner calls.
    causes,
    gone,
    ledger,
    ownWrites: new OwnWrites(clock),
    finalizers: { name: OURS, add: note("add"), remove: note("remove") } as unknown as Finalizers, // What a runner uses of it.
    runs: new Runs(clock, () => {}),
    deadline: { timeoutMs: 1000, graceMs: 10 },
    contextFor: () => ({}) as PluginContext, // These hooks look at nothing of it.
    isTerminating: () => false,
    isRetiring: () => false,
    ended: new AbortController().signal,
  });
  return { runner, changes, gone, causes, fence, ledger };
}

function hooks(seen: string[]): Reconciler {
  return {
    reconcile: async () => void seen.push("reconcile"),
    finalize: async () => void seen.push("finalize"),
    forget: ({ name }) => void seen.push(`forget ${name}`),
  };
}

describe("Runner", () => {
  test("finalizes once, although the cache goes on to show an object whose finalizer was removed", async () => {
    const seen: string[] = [];
    const { runner, changes } = open(hooks(seen), { objects: new Map([["n/a", objectOf(deleting)]]) });
    assert.equal((await runner.run("n/a")).type, "ran");
    assert.deepEqual(await runner.run("n/a"), { type: "idle" });
    assert.deepEqual([seen, changes], [["finalize"], ["remove"]]);
  });

  test("finalizes again when the finalizer could not be removed", async () => {
    const seen: string[] = [];
    const change = { type: "stale", cause: new Error("422") } as const;
    const { runner } = open(hooks(seen), { objects: new Map([["n/a", objectOf(deleting)]]), change });
    for (let n = 0; n < 2; n += 1) {
      const { type, ...rest } = await runner.run("n/a");
      assert.deepEqual([type, "isStale" in rest && rest.isStale], ["failed", true]);
    }
    assert.deepEqual(seen, ["finalize", "finalize"]);
  });

  test("takes an object that vanished before its finalizer was removed for finalized", async () => {
    const seen: string[] = [];
    const { runner } = open(hooks(seen), { objects: new Map([["n/a", objectOf(deleting)]]), change: { type: "gone" } });
    assert.equal((await runner.run("n/a")).type, "ran");
  });

  test("puts the finalizer on and waits, with the causes kept for the run that follows", async () => {
    const seen: string[] = [];
    const objects = new Map<string, KubeObject>([["n/a", objectOf()]]);
    const { runner, changes, causes } = open(hooks(seen), { objects });
    causes.note("n/a", { type: "added" });
    assert.deepEqual(await runner.run("n/a"), { type: "awaiting" });
    assert.deepEqual([seen, changes], [[], ["add"]]);
    objects.set("n/a", objectOf({ finalizers: [OURS] }));
    assert.deepEqual(causes.take("n/a"), [{ type: "added" }]);
    assert.equal((await runner.run("n/a")).type, "ran");
    assert.deepEqual(seen, ["reconcile"]);
  });

  test("forgets an object that is gone before it runs the next one of the same name", async () => {
    const seen: string[] = [];
    const { runner, gone } = open({ ...hooks(seen) }, { objects: new Map([["n/a", objectOf({ uid: "u2", finalizers: [OURS] })]]) });
    gone.add("n/a", "u1");
    await runner.run("n/a");
    assert.deepEqual(seen, ["forget a", "reconcile"]);
  });

  for (const { why, forget } of [
    { why: "throws", forget: (): unknown => assert.fail("broken") },
    { why: "was made async and rejects", forget: (): unknown => Promise.reject(new Error("broken")) },
  ]) {
    test(`outlives a forget that ${why}, and counts it as a failure of the object`, async () => {
      const { runner, gone, ledger } = open({ reconcile: async () => undefined, forget }, { objects: new Map() });
      gone.add("n/a", "u1");
      assert.deepEqual(await runner.run("n/a"), { type: "idle" });
      await settle();
      assert.deepEqual([ledger.facts.errors, ledger.facts.lastError?.key, ledger.facts.lastError?.message], [1, "n/a", "broken"]);
    });
  }

  test("counts no failure of a forget that rejects when its controller has stopped", async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    const forget = (): unknown => promise;
    const { runner, gone, fence, ledger } = open({ reconcile: async () => undefined, forget }, { objects: new Map() });
    gone.add("n/a", "u1");
    await runner.run("n/a");
    fence.end();
    reject(new Error("too late"));
    await settle();
    assert.equal(ledger.facts.errors, 0);
  });

  test("calls nothing once the epoch has ended", async () => {
    const seen: string[] = [];
    const { runner, fence } = open(hooks(seen), { objects: new Map([["n/a", objectOf({ finalizers: [OURS] })]]) });
    fence.end();
    assert.deepEqual(await runner.run("n/a"), { type: "idle" });
    assert.deepEqual(seen, []);
  });

  test("does not take the finalizer off when the epoch ended while it finalized: another epoch will finalize again", async () => {
    const objects = new Map([["n/a", objectOf(deleting)]]);
    const opened = open({ reconcile: async () => undefined, finalize: async () => opened.fence.end() as undefined }, { objects });
    await opened.runner.run("n/a");
    assert.deepEqual(opened.changes, []);
  });
});
