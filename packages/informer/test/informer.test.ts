import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Informer, openInformerPool } from "@polykind/informer";
import { ManualClock, settle } from "@polykind/testing";
import { added, deleted, gizmo, GIZMOS, listOf, modified } from "./support/objects.ts";
import { Recorder } from "./support/recorder.ts";
import { ScriptedListWatch } from "./support/scripted-list-watch.ts";

async function openOne(): Promise<{ informer: Informer; source: ScriptedListWatch; clock: ManualClock } & AsyncDisposable> {
  const [source, clock] = [new ScriptedListWatch(), new ManualClock()];
  const pool = openInformerPool({ open: () => source, clock, random: () => 0.5, firstList: "auto" });
  const { informer } = await pool.acquire({ resource: GIZMOS });
  await settle();
  return { informer, source, clock, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

describe("an informer", () => {
  test("tells a handler that was there first of what the first list holds, marked initial, and then of changes", async () => {
    await using open = await openOne();
    const recorder = new Recorder();
    const registration = open.informer.addHandler(recorder);
    assert.equal(registration.hasSynced, false);
    open.source.lastList().answer(listOf(10, [gizmo("a", 3), gizmo("b", 7)]));
    await registration.synced();
    assert.deepEqual(recorder.take(), ["+a@3!", "+b@7!"]);
    open.source.lastWatch().push(modified(gizmo("a", 11)), added(gizmo("c", 12)), deleted(gizmo("b", 13)));
    await settle();
    assert.deepEqual(recorder.take(), ["~a@3>11", "+c@12", "-b@13"]);
    assert.equal(open.informer.store.resourceVersion, "13");
  });
});
