import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Informer, type InformerState, openInformerPool } from "@polykind/informer";
import { ManualClock, settle } from "@polykind/testing";
import { added, answer, bookmark, deleted, errorEvent, gizmo, GIZMOS, listOf, modified, TOO_LARGE } from "./support/objects.ts";
import { Recorder } from "./support/recorder.ts";
import { bytes, ScriptedListWatch } from "./support/scripted-list-watch.ts";

interface Open extends AsyncDisposable {
  readonly informer: Informer;
  readonly source: ScriptedListWatch;
  readonly clock: ManualClock;
  readonly told: readonly string[];
  release(): Promise<void>;
}

async function open(): Promise<Open> {
  const [source, clock] = [new ScriptedListWatch(), new ManualClock()];
  const pool = openInformerPool({ open: () => source, clock, random: () => 0.5, firstList: "auto" });
  const lease = await pool.acquire({ resource: GIZMOS });
  const told: string[] = [];
  lease.informer.notices.on("state", (state) => told.push(textOf(state)));
  lease.informer.notices.on("failed", ({ code }) => told.push(`failed ${code}`));
  await settle();
  return {
    informer: lease.informer,
    source,
    clock,
    told,
    release: () => lease.release(),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/** The same, with `a` at version 3, listed at 10, and a watch that is accepted. */
async function openWatching(): Promise<Open> {
  const opened = await open();
  opened.source.lastList().answer(listOf(10, [gizmo("a", 3)]));
  await settle();
  opened.source.lastWatch().push();
  await settle();
  return opened;
}

/** The version is said to be gone, and the list that follows is asked for; WatchList is refused. */
async function relist({ source, clock }: Open): Promise<void> {
  source.lastWatch().push(errorEvent(410));
  await settle();
  await clock.advance(100);
  source.lastWatch().fail(answer(422));
  await settle();
}

function textOf(state: InformerState): string {
  return state.phase === "waiting" ? `waiting ${state.error?.code ?? "no error"} ${state.retryAt - Date.UTC(2026, 0, 1)}` : state.phase;
}

describe("a watch", () => {
  test("is asked for from the version of the list, with a time limit", async () => {
    await using world = await openWatching();
    const { resourceVersion, timeoutSeconds, sendInitialEvents } = world.source.lastWatch().call;
    assert.deepEqual(
      { resourceVersion, timeoutSeconds, sendInitialEvents },
      { resourceVersion: "10", timeoutSeconds: 450, sendInitialEvents: undefined },
    );
  });

  test("is resumed from the last applied event when the connection breaks, without a list", async () => {
    await using world = await openWatching();
    world.source.lastWatch().push(modified(gizmo("a", 11)));
    world.source.lastWatch().fail(new Error("read ECONNRESET"));
    await settle();
    await world.clock.advance(100);
    assert.equal(world.source.lastWatch().call.resourceVersion, "11");
    assert.deepEqual(world.told, ["watching", "failed API_UNREACHABLE", "waiting API_UNREACHABLE 100"]);
    assert.equal(world.source.calls.filter(({ kind }) => kind === "list").length, 1);
  });

  test("is told of as live again when the server accepts it, and not before", async () => {
    await using world = await openWatching();
    world.source.lastWatch().fail(answer(500));
    await settle();
    await world.clock.advance(1_200);
    assert.equal(world.informer.state.phase, "waiting");
    world.source.lastWatch().push();
    await settle();
    assert.equal(world.informer.state.phase, "watching");
  });

  test("is taken for accepted after five seconds by a source that does not tell", async () => {
    await using world = await openWatching();
    world.source.lastWatch().fail(answer(500));
    await settle();
    await world.clock.advance(1_200 + 4_999);
    assert.equal(world.informer.state.phase, "waiting");
    await world.clock.advance(1);
    assert.equal(world.informer.state.phase, "watching");
  });

  test("says since when the cache may be behind, over all attempts", async () => {
    await using world = await openWatching();
    await world.clock.advance(5_000);
    const lostAt = world.clock.now();
    for (let tries = 0; tries < 3; tries += 1) {
      world.source.lastWatch().fail(answer(500));
      await settle();
      assert.equal(world.informer.state.phase, "waiting");
      assert.equal(world.informer.state.since, lostAt);
      await world.clock.advance(5_000);
    }
  });

  test("is ended and resumed when no byte came for its time limit and half a minute", async () => {
    await using world = await openWatching();
    const silent = world.source.lastWatch();
    await world.clock.advance(479_999);
    assert.equal(silent.isOpen, true);
    await world.clock.advance(1);
    assert.equal(silent.isOpen, false);
    await world.clock.advance(100);
    world.source.lastWatch().push(bookmark(10, { isEnd: true }));
    await settle();
    assert.notEqual(world.source.lastWatch(), silent);
    assert.ok(world.told.includes("failed TIMED_OUT"));
  });

  test("that told nothing, not even a bookmark, is followed by a probe, which reads no object", async () => {
    await using world = await openWatching();
    await world.clock.advance(400_000);
    world.source.lastWatch().end();
    await settle();
    const probe = world.source.lastWatch();
    assert.deepEqual(
      { ...probe.call, signal: undefined },
      { sendInitialEvents: true, objects: "none", timeoutSeconds: 5, signal: undefined },
    );
    probe.push();
    probe.push(bookmark(10, { isEnd: true }));
    await settle();
    assert.equal(probe.isOpen, false, "it is closed by us");
    assert.equal(world.source.lastWatch().call.resourceVersion, "10");
    assert.deepEqual(world.told, ["watching"]);
  });

  test("that told nothing is followed by a probe of one object where the server knows no WatchList, which takes no memory", async () => {
    await using world = await openWatching();
    await world.clock.advance(400_000);
    world.source.lastWatch().end();
    await settle();
    world.source.lastWatch().fail(answer(422));
    await settle();
    assert.deepEqual({ ...world.source.lastList().call, signal: undefined }, { limit: 1, signal: undefined });
    world.source.lastList().answer(listOf(10, [gizmo("a", 3)], { continue: "more" }));
    await settle();
    assert.equal(world.source.lastWatch().call.resourceVersion, "10");
    assert.deepEqual(world.told, ["watching"]);
  });

  test("is not ended while bytes come, and be it bookmarks", async () => {
    await using world = await openWatching();
    for (let version = 11; version < 20; version += 1) {
      await world.clock.advance(300_000);
      world.source.lastWatch().push(bookmark(version));
      await settle();
    }
    assert.equal(world.source.calls.length, 2);
  });

  test("is closed by us when an ERROR event ends it but the server leaves it open", async () => {
    await using world = await openWatching();
    const left = world.source.lastWatch();
    left.push(modified(gizmo("a", 11)), errorEvent(410), modified(gizmo("a", 12)));
    await settle();
    assert.equal(left.isOpen, false);
    const { resourceVersion, sendInitialEvents } = world.source.lastWatch().call;
    assert.deepEqual({ resourceVersion, sendInitialEvents }, { resourceVersion: "11", sendInitialEvents: true });
    assert.equal(world.informer.store.get({ namespace: "web", name: "a" })?.metadata.resourceVersion, "11");
  });

  test("applies nothing that came after a line that cannot be decoded, and is resumed before it", async () => {
    await using world = await openWatching();
    world.source
      .lastWatch()
      .pushBytes(bytes(modified(gizmo("a", 11))), Buffer.from('{"type":"ADDED","obj'), bytes(modified(gizmo("a", 13))));
    await settle();
    assert.equal(world.informer.store.resourceVersion, "11");
    assert.ok(world.told.includes("failed API_PROTOCOL"));
    await world.clock.advance(2_000);
    assert.equal(world.source.lastWatch().call.resourceVersion, "11");
  });

  for (const { why, event } of [
    { why: "a type that there is not", event: { type: "RENAMED", object: gizmo("b", 12) } },
    { why: "another kind", event: added({ ...gizmo("b", 12), kind: "Table" }) },
    { why: "another version", event: added({ ...gizmo("b", 12), apiVersion: "demo.example.com/v2" }) },
    { why: "an object without a uid", event: added({ ...gizmo("b", 12), metadata: { name: "b", resourceVersion: "12" } }) },
  ]) {
    test(`is ended by an event of ${why}`, async () => {
      await using world = await openWatching();
      const watch = world.source.lastWatch();
      watch.push(event);
      await settle();
      assert.equal(watch.isOpen, false);
      assert.equal(world.informer.store.resourceVersion, "10");
    });
  }

  test("begins only when nothing is left of the list that was given up", async () => {
    await using world = await open();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.source.closing = promise;
    await world.clock.advance(310_000);
    assert.ok(world.told.includes("failed TIMED_OUT"));
    assert.equal(world.source.calls.length, 1);
    resolve();
    await settle();
    assert.equal(world.source.calls.length, 2);
  });
});

describe("a list", () => {
  test("that is anything but a list never empties the cache", async () => {
    for (const body of [
      { metadata: { resourceVersion: "20" } },
      { items: [] },
      { metadata: { resourceVersion: "" }, items: [] },
      [],
      "<html>",
    ]) {
      await using world = await openWatching();
      await relist(world);
      world.source.lastList().answerBytes(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
      await settle();
      assert.equal(world.informer.store.size, 1, JSON.stringify(body));
      assert.ok(world.told.includes("failed API_PROTOCOL"), JSON.stringify(body));
    }
  });

  test("keeps its silence as long as it was asked for, once it goes on as a watch", async () => {
    const [source, clock] = [new ScriptedListWatch(), new ManualClock()];
    const draws = [0.999];
    await using pool = openInformerPool({ open: () => source, clock, random: () => draws.shift() ?? 0, firstList: "stream" });
    await pool.acquire({ resource: GIZMOS });
    await settle();
    source.lastWatch().push(bookmark(10, { isEnd: true }));
    await settle();
    const { timeoutSeconds = 0 } = source.lastWatch().call;
    await clock.advance((timeoutSeconds - 1) * 1_000);
    assert.equal(source.calls.length, 1, `${timeoutSeconds} s were asked for`);
  });

  test("with items of another kind is refused as a whole: someone else answers at this path", async () => {
    await using world = await openWatching();
    await relist(world);
    world.source.lastList().answer(listOf(20, [{ ...gizmo("b", 20), kind: "Gadget" }]));
    await settle();
    assert.deepEqual([...world.informer.store.keys()], ["web/a"]);
  });

  test("takes null for no items, as servers write it", async () => {
    await using world = await open();
    world.source.lastList().answer({ metadata: { resourceVersion: "19" }, items: null });
    await world.informer.synced();
    assert.equal(world.informer.store.size, 0);
  });

  test("gives the items of built-in kinds the type that they leave out", async () => {
    await using world = await open();
    world.source.lastList().answer(listOf(10, [{ metadata: gizmo("a", 3).metadata }]));
    await world.informer.synced();
    assert.equal(world.informer.store.byKey("web/a")?.kind, "Gizmo");
  });

  test("keeps what is cached of an object that cannot be read, and tells of it", async () => {
    await using world = await openWatching();
    await relist(world);
    world.source.lastList().answer(listOf(20, [{ metadata: { name: "a", namespace: "web" } }, gizmo("b", 20)]));
    await settle();
    assert.equal(world.informer.store.byKey("web/a")?.metadata.resourceVersion, "3");
    assert.equal(world.informer.store.size, 2);
    assert.ok(world.told.includes("failed API_PROTOCOL"));
  });

  test("tells of the differences by uid, the end of an object before its successor", async () => {
    await using world = await open();
    const recorder = new Recorder();
    world.informer.addHandler(recorder);
    world.source.lastList().answer(
      listOf(
        10,
        ["same", "newer", "other", "gone"].map((name) => gizmo(name, 5)),
      ),
    );
    await settle();
    recorder.take();
    await relist(world);
    world.source
      .lastList()
      .answer(listOf(20, [gizmo("same", 5), gizmo("newer", 15), gizmo("other", 16, { uid: "uid-second" }), gizmo("new", 17)]));
    await settle();
    assert.deepEqual(recorder.take(), ["-gone@5?", "~newer@5>15", "-other@5?", "+other@16", "+new@17"]);
  });

  test("keeps the very objects that did not change", async () => {
    await using world = await openWatching();
    const before = world.informer.store.byKey("web/a");
    await relist(world);
    world.source.lastList().answer(listOf(20, [gizmo("a", 3)]));
    await settle();
    assert.equal(world.informer.store.byKey("web/a"), before);
    assert.equal(world.informer.store.resourceVersion, "20");
  });

  test("of a server that has lost its history replaces everything, though its versions are older", async () => {
    await using world = await open();
    const recorder = new Recorder();
    world.informer.addHandler(recorder);
    world.source.lastList().answer(listOf(100, [gizmo("a", 90), gizmo("b", 95)]));
    await settle();
    recorder.take();
    for (let denials = 0; denials < 2; denials += 1) {
      world.source.lastWatch().fail(answer(504, TOO_LARGE));
      await settle();
      await world.clock.advance(10_000);
    }
    world.source.lastList().answer(listOf(50, [gizmo("a", 40), gizmo("c", 45)]));
    await settle();
    assert.deepEqual(recorder.take(), ["-b@95?", "~a@90>40", "+c@45"]);
    assert.equal(world.informer.store.resourceVersion, "50");
    assert.equal(world.source.lastWatch().call.resourceVersion, "50");
  });

  test("comes as WatchList when it has pages, and the cache holds nothing of it before its end", async () => {
    await using world = await open();
    world.source.lastList().answer(listOf(10, [gizmo("a", 3)], { continue: "token" }));
    await settle();
    const stream = world.source.lastWatch();
    assert.deepEqual({ at: stream.call.resourceVersion, initial: stream.call.sendInitialEvents }, { at: "10", initial: true });
    stream.push(added(gizmo("b", 9)), added(gizmo("a", 3)), deleted(gizmo("b", 11)));
    await settle();
    assert.equal(world.informer.hasSynced, false);
    assert.equal(world.informer.store.size, 0);
    stream.push(bookmark(11, { isEnd: true }), modified(gizmo("a", 12)));
    await settle();
    assert.equal(world.informer.hasSynced, true);
    assert.deepEqual([...world.informer.store.keys()], ["web/a"]);
    assert.equal(world.informer.store.resourceVersion, "12");
    assert.equal(world.source.open, 1, "the stream goes on as the watch");
  });

  test("goes by pages where WatchList brings nothing for ten seconds, as from a server that does not know it", async () => {
    await using world = await open();
    world.source.lastList().answer(listOf(10, [gizmo("a", 3)], { continue: "token" }));
    await settle();
    world.source.lastWatch().push();
    await world.clock.advance(10_000);
    await world.clock.advance(100);
    world.source.lastList().answer(listOf(11, [gizmo("a", 3)], { continue: "token" }));
    await settle();
    assert.equal(world.source.lastList().call.continue, "token");
    world.source.lastList().answer(listOf(11, [gizmo("b", 4)]));
    await world.informer.synced();
    assert.deepEqual([...world.informer.store.keys()], ["web/a", "web/b"]);
  });

  test("is given up after five minutes without an answer", async () => {
    await using world = await open();
    const list = world.source.lastList();
    await world.clock.advance(300_000);
    assert.equal(list.isOpen, false);
    await world.clock.advance(100);
    assert.equal(world.source.calls.length, 2);
  });
});

describe("stopping", () => {
  for (const { why, reach } of [
    { why: "while the first list is under way", reach: async (): Promise<Open> => await open() },
    { why: "while a watch is open", reach: async (): Promise<Open> => await openWatching() },
    {
      why: "during a wait",
      reach: async (): Promise<Open> => {
        const world = await open();
        world.source.lastList().fail(answer(500));
        await settle();
        return world;
      },
    },
  ]) {
    test(`${why} leaves nothing open, and nothing is told any more`, async () => {
      await using world = await reach();
      const recorder = new Recorder();
      world.informer.addHandler(recorder);
      await world.release();
      assert.equal(world.source.open, 0);
      assert.equal(world.clock.pending, 0);
      const calls = world.source.calls.length;
      await world.clock.advance(1_000_000);
      assert.equal(world.source.calls.length, calls);
      assert.deepEqual(recorder.take(), []);
    });
  }

  test("waits until the transport has let go", async () => {
    await using world = await open();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.source.closing = promise;
    let isStopped = false;
    const stopped = world.release().then(() => (isStopped = true));
    await settle();
    assert.equal(isStopped, false);
    resolve();
    await stopped;
    assert.equal(world.source.open, 0);
  });

  test("is complete also when an observer asks for it in the middle of a step", async () => {
    await using world = await openWatching();
    let stopped: Promise<void> | undefined;
    world.informer.notices.on("state", ({ phase }) => {
      if (phase === "listing") stopped = world.release();
    });
    await relist(world);
    await stopped;
    assert.equal(world.source.open, 0);
    assert.equal(world.clock.pending, 0);
  });

  test("fails whoever waits", async () => {
    await using world = await open();
    const { informer } = world;
    const waiting = [informer.synced(), informer.addHandler({}).synced()].map((promise) => assert.rejects(promise, { code: "STOPPED" }));
    await world.release();
    await Promise.all(waiting);
    await assert.rejects(informer.synced(), { code: "STOPPED" });
    await assert.rejects(informer.reached("1"), { code: "STOPPED" });
    assert.throws(() => informer.store.byKey("web/a"), { code: "CACHE_RESET", retryable: true });
    assert.equal(informer.state.phase, "stopped");
  });
});
