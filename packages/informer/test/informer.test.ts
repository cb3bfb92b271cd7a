import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Informer, openInformerPool } from "@polykind/informer";
import { silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { SharedInformer } from "../src/informer.ts";
import { AdaptiveListGate } from "../src/pool/list-gate.ts";
import { BodyRecord } from "../src/store/body.ts";
import { withoutBookkeeping } from "../src/store/transform.ts";
import { added, answer, bookmark, deleted, gizmo, GIZMOS, listOf, modified } from "./support/objects.ts";
import { Recorder } from "./support/recorder.ts";
import { ScriptedListWatch } from "./support/scripted-list-watch.ts";

async function openOne(): Promise<{ informer: Informer; source: ScriptedListWatch; clock: ManualClock } & AsyncDisposable> {
  const [source, clock] = [new ScriptedListWatch(), new ManualClock()];
  const pool = openInformerPool({ open: () => source, clock, random: () => 0.5, firstList: "auto" });
  const { informer } = await pool.acquire({ resource: GIZMOS });
  await settle();
  return { informer, source, clock, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

/** One that shares nothing. */
function openAlone(): { informer: SharedInformer; source: ScriptedListWatch; clock: ManualClock } & AsyncDisposable {
  const [source, clock] = [new ScriptedListWatch(), new ManualClock()];
  const informer = new SharedInformer({
    key: { resource: GIZMOS },
    name: "gizmos",
    listWatch: source,
    transform: withoutBookkeeping,
    keepsBytes: true,
    gate: new AdaptiveListGate({ most: 1, clock }),
    clock,
    random: () => 0.5,
    log: silentLog,
    series: { add() {}, set() {}, observe() {}, clear() {}, size: 0, close() {} },
  });
  informer.start();
  return { informer, source, clock, [Symbol.asyncDispose]: () => informer.stop() };
}

function heldBytes({ store }: SharedInformer): number {
  const blocks = store.snapshot().flatMap((record) => (record instanceof BodyRecord ? [record.block.bytes] : []));
  return Array.from(new Set(blocks), ({ length }) => length).reduce((sum, length) => sum + length, 0);
}

describe("an informer", () => {
  test("holds no bytes of lists that were given up between two pages", async () => {
    await using open = openAlone();
    const goOn = async (): Promise<void> => {
      await settle();
      await open.clock.advance(60_000);
      await settle();
    };
    const FILL = { spec: { fill: "x".repeat(1_000) } };
    await settle();
    for (let n = 0; n < 100; n += 1) {
      const page = Array.from({ length: 80 }, (_, i) => gizmo(`p${i}`, 1, FILL));
      open.source.lastList().answer(listOf(10 + n, page, { continue: "t" }));
      await settle();
      if (n === 0) open.source.lastWatch().fail(answer(422));
      await settle();
      if (n === 0) open.source.lastList().answer(listOf(10, page, { continue: "t" }));
      await settle();
      open.source.lastList().fail(answer(410));
      await goOn();
      const kept = Array.from({ length: n }, (_, i) => gizmo(`g${i}`, 11 + i, FILL));
      open.source.lastList().answer(listOf(10 + n, kept));
      await settle();
      open.source.lastWatch().push(added(gizmo(`g${n}`, 11 + n, FILL)));
      await settle();
      open.source.lastWatch().fail(answer(410));
      await goOn();
    }
    assert.equal(open.informer.store.size, 100);
    assert.ok(heldBytes(open.informer) < 1_000_000, `${heldBytes(open.informer)} bytes are held for 100 objects of 1 kB`);
  });

  test("forgets the waits for a version that were given up", async () => {
    await using open = openAlone();
    await settle();
    open.source.lastList().answer(listOf(10, []));
    await open.informer.synced();
    const given = new AbortController();
    const waits = Array.from({ length: 100 }, (_, n) => open.informer.reached(String(1_000 + n), given.signal));
    given.abort(new Error("given up"));
    for (const wait of waits) await assert.rejects(wait, /given up/);
    let asked = 0;
    const hasReached = open.informer.store.hasReached.bind(open.informer.store);
    open.informer.store.hasReached = (version) => ((asked += 1), hasReached(version));
    open.source.lastWatch().push(bookmark(20));
    await settle();
    assert.equal(open.informer.store.resourceVersion, "20");
    assert.equal(asked, 0);
  });

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
