import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { shardFilterOf } from "@polykind/apimachinery";
import { openInformerPool } from "@polykind/informer";
import { ManualClock, settle } from "@polykind/testing";
import { added, bookmark, deleted, gizmo, GIZMOS, listOf, modified } from "./support/objects.ts";
import { Recorder } from "./support/recorder.ts";
import { ScriptedListWatch } from "./support/scripted-list-watch.ts";

const isOurs = shardFilterOf({ index: 0, count: 2 });
const uids = Array.from({ length: 20 }, (_, n) => `${n}-0000-4000-8000`);
const [ours, others] = [uids.filter(isOurs), uids.filter((uid) => !isOurs(uid))];
const named = (uid: string, version: number): object => gizmo(uid, version, { uid });

test("both shards have objects here", () => assert.ok(ours.length > 3 && others.length > 3));

describe("an informer of a shard, of a server that sends everything", () => {
  test("holds and tells of its own objects only, and sees the versions of all", async () => {
    const source = new ScriptedListWatch();
    await using pool = openInformerPool({ open: () => source, clock: new ManualClock(), random: () => 0.5 });
    const { informer } = await pool.acquire({ resource: GIZMOS, shard: { index: 0, count: 2 } });
    const recorder = new Recorder();
    informer.addHandler(recorder);
    await settle();
    const watch = source.lastWatch();
    watch.push(...uids.slice(0, 18).map((uid) => added(named(uid, 3))), bookmark(10, { isEnd: true }));
    await settle();
    const listed = ours.filter((uid) => uids.indexOf(uid) < 18);
    assert.deepEqual([...informer.store.keys()].toSorted(), listed.map((uid) => `web/${uid}`).toSorted());
    assert.equal(recorder.take().length, listed.length);

    const [own = "", other = ""] = [ours[0], others[0]];
    watch.push(modified(named(other, 11)), modified(named(own, 12)), deleted(named(other, 13)));
    await settle();
    assert.deepEqual(recorder.take(), [`~${own}@3>12`]);
    assert.ok(informer.store.hasReached("13"), "what happens to others moves the version, too");
  });

  test("holds its own only where they come in pages", async () => {
    const source = new ScriptedListWatch();
    await using pool = openInformerPool({ open: () => source, clock: new ManualClock(), random: () => 0.5, firstList: "auto" });
    const { informer } = await pool.acquire({ resource: GIZMOS, shard: { index: 1, count: 2 } });
    await settle();
    source.lastList().answer(
      listOf(
        10,
        uids.map((uid) => named(uid, 3)),
      ),
    );
    await informer.synced();
    assert.deepEqual([...informer.store.keys()].toSorted(), others.map((uid) => `web/${uid}`).toSorted());
  });

  test("is refused where there is no such shard", async () => {
    await using pool = openInformerPool({ open: () => new ScriptedListWatch(), clock: new ManualClock(), random: () => 0.5 });
    await assert.rejects(pool.acquire({ resource: GIZMOS, shard: { index: 2, count: 2 } }), RangeError);
    assert.equal(pool.open().size, 0);
  });
});
