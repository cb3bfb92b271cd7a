import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type InformerKey, type InformerPool, keyTextOf, type Lease, openInformerPool } from "@polykind/informer";
import { apiVersionOf } from "@polykind/apimachinery";
import { silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { added, answer, bookmark, gizmo, GIZMOS, INITIALIZING, listOf } from "./support/objects.ts";
import { ModelServer } from "./support/model-server.ts";
import { Recorder } from "./support/recorder.ts";
import { isProbe, ScriptedListWatch } from "./support/scripted-list-watch.ts";

interface World extends AsyncDisposable {
  readonly pool: InformerPool;
  readonly clock: ManualClock;
  /** The sources that were opened, in order. */
  readonly sources: ScriptedListWatch[];
}

function openWorld({
  closing,
  most = 10,
  firstList = "auto",
}: {
  readonly closing?: Promise<void>;
  readonly most?: number;
  readonly firstList?: "auto" | "stream";
} = {}): World {
  const clock = new ManualClock();
  const sources: ScriptedListWatch[] = [];
  const open = (): ScriptedListWatch => {
    const source = new ScriptedListWatch();
    source.closing = closing;
    sources.push(source);
    return source;
  };
  const pool = openInformerPool({ open, clock, random: () => 0.5, maxConcurrentFirstLists: most, firstList });
  return { pool, clock, sources, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

const kinds = (count: number): readonly InformerKey[] =>
  Array.from({ length: count }, (_, n) => ({ resource: { ...GIZMOS, plural: `kind${n}` } }));

/** The sources that are being listed now. */
const listing = ({ sources }: World): readonly ScriptedListWatch[] =>
  sources.filter(({ calls }) => calls.at(-1)?.kind === "list" && calls.at(-1)?.isOpen === true);

const endOfInitial = (version: number): object => ({
  type: "BOOKMARK",
  object: {
    apiVersion: apiVersionOf(GIZMOS),
    kind: GIZMOS.kind,
    metadata: { resourceVersion: String(version), annotations: { "k8s.io/initial-events-end": "true" } },
  },
});

describe("the text of a key", () => {
  const base: InformerKey = { resource: GIZMOS };
  test("is the same for keys that mean the same", () => {
    assert.equal(keyTextOf(base), keyTextOf({ resource: { ...GIZMOS }, shape: "full", namespace: "", labelSelector: "" }));
  });

  for (const { why, other } of [
    { why: "another life of the kind", other: { incarnation: "uid-2" } },
    { why: "a namespace", other: { namespace: "web" } },
    { why: "labels", other: { labelSelector: "a=b" } },
    { why: "fields", other: { fieldSelector: "a=b" } },
    { why: "the shard", other: { shard: { index: 0, count: 2 } } },
    { why: "the shape", other: { shape: "metadata" } },
    { why: "another version", other: { resource: { ...GIZMOS, version: "v2" } } },
    { why: "another scope", other: { resource: { ...GIZMOS, resourceScope: "Cluster" } } },
  ] as const) {
    test(`differs by ${why}`, () => assert.notEqual(keyTextOf(base), keyTextOf({ ...base, ...other })));
  }

  test("cannot be forged by a selector", () => {
    assert.notEqual(
      keyTextOf({ ...base, labelSelector: 'a" fieldSelector="b' }),
      keyTextOf({ ...base, labelSelector: "a", fieldSelector: "b" }),
    );
  });
});

describe("a pool", () => {
  test("shares one informer among those who ask for the same", async () => {
    await using world = openWorld();
    const [one, two] = await Promise.all([world.pool.acquire({ resource: GIZMOS }), world.pool.acquire({ resource: GIZMOS })]);
    assert.equal(world.sources.length, 1);
    await settle();
    world.sources[0]?.lastList().answer(listOf(10, [gizmo("a", 3)]));
    await Promise.all([one.informer.synced(), two.informer.synced()]);
    assert.equal(one.informer.store.byKey("web/a"), two.informer.store.byKey("web/a"));
    assert.deepEqual(
      [...world.pool.open().values()].map(({ leases }) => leases),
      [2],
    );
  });

  test("stops it with the last lease, and a lease counts once, however often it is released", async () => {
    await using world = openWorld();
    const [one, two] = [await world.pool.acquire({ resource: GIZMOS }), await world.pool.acquire({ resource: GIZMOS })];
    await Promise.all([one.release(), one.release(), one[Symbol.asyncDispose]()]);
    assert.equal(two.informer.state.phase, "listing");
    await two.release();
    assert.equal(world.pool.open().size, 0);
    assert.equal(world.sources[0]?.open, 0);
  });

  test("has one who asks for an informer that is being stopped wait, and then opens anew", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using world = openWorld({ closing: promise });
    const first = await world.pool.acquire({ resource: GIZMOS });
    await settle();
    const released = first.release();
    let isThere = false;
    const acquired = Promise.all([world.pool.acquire({ resource: GIZMOS }), world.pool.acquire({ resource: GIZMOS })]).then((leases) => {
      isThere = true;
      return leases;
    });
    await settle();
    assert.equal(isThere, false);
    assert.equal(world.sources.length, 1);
    resolve();
    await released;
    const [second, third] = await acquired;
    assert.equal(world.sources.length, 2);
    assert.deepEqual([second?.informer.store.size, third?.informer.store.size], [0, 0]);
    assert.throws(() => first.informer.store.size, { code: "CACHE_RESET" });
  });

  test("ends handlers and listeners with the lease through which they came", async () => {
    await using world = openWorld();
    const [one, two] = [await world.pool.acquire({ resource: GIZMOS }), await world.pool.acquire({ resource: GIZMOS })];
    await settle();
    const [first, second] = [new Recorder(), new Recorder()];
    one.informer.addHandler(first);
    one.informer.notices.on("state", () => first.lines.push("state"));
    two.informer.addHandler(second);
    await one.release();
    world.sources[0]?.lastList().answer(listOf(10, [gizmo("a", 3)]));
    await settle();
    assert.deepEqual(first.take(), []);
    assert.deepEqual(second.take(), ["+a@3!"]);
    assert.throws(() => one.informer.addHandler(first), { code: "STOPPED" });
  });

  test("has indexes that belong to the lease through which they came, and end with it", async () => {
    await using world = openWorld();
    const [one, two] = [await world.pool.acquire({ resource: GIZMOS }), await world.pool.acquire({ resource: GIZMOS })];
    await settle();
    world.sources[0]?.lastList().answer(listOf(10, [gizmo("a", 3)]));
    await settle();
    let asked = 0;
    one.informer.addIndex("namespace", ({ metadata }) => [`${(asked += 1) > 0}`, metadata.name]);
    two.informer.addIndex("namespace", () => ["x"]);
    assert.deepEqual([one.informer.store.indexed("namespace", "a").length, two.informer.store.indexed("namespace", "a").length], [1, 0]);
    assert.equal(two.informer.store.list({ namespace: "web" }).length, 1);
    await one.release();
    asked = 0;
    world.sources[0]?.lastWatch().push(added(gizmo("b", 11)));
    await settle();
    assert.equal(two.informer.store.indexed("namespace", "x").length, 2);
    assert.equal(asked, 0);
    assert.throws(() => one.informer.addIndex("late", () => []), { code: "STOPPED" });
  });

  test("lets nobody listen through a lease that has ended", async () => {
    await using world = openWorld();
    const [one, two] = [await world.pool.acquire({ resource: GIZMOS }), await world.pool.acquire({ resource: GIZMOS })];
    await settle();
    await one.release();
    const heard: string[] = [];
    one.informer.notices.on("state", () => heard.push("one"));
    two.informer.notices.on("state", () => heard.push("two"));
    world.sources[0]?.lastList().answer(listOf(10, []));
    await settle();
    assert.deepEqual(heard, ["two"]);
  });

  test("replays what is there to one who joins late, before what changes", async () => {
    await using world = openWorld();
    const { informer } = await world.pool.acquire({ resource: GIZMOS });
    await settle();
    world.sources[0]?.lastList().answer(listOf(10, [gizmo("a", 3), gizmo("b", 4)]));
    await settle();
    const late = new Recorder();
    const registration = informer.addHandler(late);
    world.sources[0]?.lastWatch().push(added(gizmo("c", 11)));
    await registration.synced();
    await settle();
    assert.deepEqual(late.take(), ["+a@3!", "+b@4!", "+c@11"]);
  });

  test("lets a handler that throws, or never comes back, disturb no other", async () => {
    await using world = openWorld();
    const { informer } = await world.pool.acquire({ resource: GIZMOS });
    await settle();
    const recorder = new Recorder();
    informer.addHandler({ added: () => assert.ifError(new Error("broken")) });
    informer.addHandler({ added: () => new Promise<void>(() => {}) });
    informer.addHandler(recorder);
    world.sources[0]?.lastList().answer(listOf(10, [gizmo("a", 3), gizmo("b", 4)]));
    await settle();
    assert.deepEqual(recorder.take(), ["+a@3!", "+b@4!"]);
  });

  test("says when the cache has reached a version, by an event, a bookmark or a list", async () => {
    await using world = openWorld();
    const { informer } = await world.pool.acquire({ resource: GIZMOS });
    await settle();
    const reached: string[] = [];
    for (const version of ["9", "12"]) void informer.reached(version).then(() => reached.push(version));
    world.sources[0]?.lastList().answer(listOf(10, []));
    await settle();
    assert.deepEqual(reached, ["9"]);
    world.sources[0]?.lastWatch().push(added(gizmo("a", 12)));
    await settle();
    assert.deepEqual(reached, ["9", "12"]);
    await assert.rejects(informer.reached("14", AbortSignal.abort("enough")), (reason) => reason === "enough");
  });

  test("is closed for good, and leaves nothing", async () => {
    const world = openWorld();
    const leases = await Promise.all(kinds(5).map((key) => world.pool.acquire(key)));
    await settle();
    await world.pool[Symbol.asyncDispose]();
    assert.equal(world.pool.open().size, 0);
    assert.equal(world.clock.pending, 0);
    assert.ok(world.sources.every(({ open }) => open === 0));
    await assert.rejects(world.pool.acquire({ resource: GIZMOS }), { code: "STOPPED" });
    await leases[0]?.release();
  });

  test("leaves nothing behind after a thousand rounds", async () => {
    const clock = new ManualClock();
    const server = new ModelServer(clock);
    server.put("a");
    const pool = openInformerPool({ open: () => server, clock, random: () => 0.5, log: silentLog, firstList: "auto" });
    for (let round = 0; round < 1_000; round += 1) {
      const lease = await pool.acquire({ resource: GIZMOS, incarnation: `uid-${round % 7}` });
      // Every point of the first moments is a point at which to stop.
      for (let turns = 0; turns < round % 12; turns += 1) await Promise.resolve();
      await lease.release();
    }
    assert.equal(pool.open().size, 0);
    assert.equal(server.openCalls, 0);
    assert.equal(clock.pending, 0);
  });

  test("uses the transform of a key after the common one", async () => {
    const source = new ScriptedListWatch();
    await using pool = openInformerPool({
      firstList: "auto",
      open: () => source,
      clock: new ManualClock(),
      transform: ({ namespace }) =>
        namespace === "web"
          ? (object) => ({ ...object, metadata: { ...object.metadata, labels: { seen: String("managedFields" in object.metadata) } } })
          : undefined,
    });
    const { informer } = await pool.acquire({ resource: GIZMOS, namespace: "web" });
    await settle();
    source.lastList().answer(listOf(1, [{ ...gizmo("a", 1), metadata: { ...gizmo("a", 1).metadata, managedFields: [] } }]));
    await informer.synced();
    assert.deepEqual(informer.store.byKey("web/a")?.metadata.labels, { seen: "false" });
  });
});

describe("three hundred informers", () => {
  test("that are stopped just as the server closes their watches are silent at once, at whatever moment that is", async () => {
    for (let round = 0; round < 10; round += 1) {
      await using world = openWorld({ most: 300 });
      const leases = await Promise.all(kinds(300).map((key) => world.pool.acquire(key)));
      await settle();
      const recorder = new Recorder();
      for (const { informer } of leases) informer.addHandler(recorder);
      // The gate lets in more with every answer.
      for (let asked = listing(world); asked.length > 0; asked = listing(world)) {
        for (const source of asked) source.lastList().answer(listOf(10, [gizmo("a", 3)]));
        await settle();
      }
      assert.equal(recorder.take().length, 300);
      for (const source of world.sources) {
        source.lastWatch().push(added(gizmo("b", 11)));
        source.lastWatch().end();
      }
      for (let turns = 0; turns < round; turns += 1) await Promise.resolve();
      await Promise.all(leases.map((lease) => lease.release()));
      recorder.take();
      const calls = world.sources.map((source) => source.calls.length);
      await world.clock.advance(10_000);
      assert.deepEqual(recorder.take(), []);
      assert.deepEqual(
        world.sources.map((source) => source.calls.length),
        calls,
      );
      assert.equal(world.sources.filter(({ open }) => open > 0).length, 0);
      assert.equal(world.clock.pending, 0);
    }
  });
});

describe("lists of many kinds at once", () => {
  test("are bounded, and go on as others come to their end", async () => {
    await using world = openWorld({ most: 3 });
    await Promise.all(kinds(8).map((key) => world.pool.acquire(key)));
    await settle();
    const asked = (): number => world.sources.filter(({ calls }) => calls.length > 0).length;
    assert.equal(asked(), 3);
    world.sources[0]?.lastList().answer(listOf(1, []));
    world.sources[1]?.lastList().fail(answer(500));
    await settle();
    assert.equal(asked(), 5);
  });

  test("keep their place until WatchList has brought everything", async () => {
    await using world = openWorld({ most: 1 });
    await Promise.all(kinds(2).map((key) => world.pool.acquire(key)));
    await settle();
    world.sources[0]?.lastList().answer(listOf(1, [gizmo("a", 1)], { continue: "token" }));
    await settle();
    assert.equal(world.sources[1]?.calls.length, 0);
  });

  test("are halved when the server throttles", async () => {
    await using world = openWorld({ most: 8 });
    await Promise.all(kinds(20).map((key) => world.pool.acquire(key)));
    await settle();
    for (const source of world.sources.slice(0, 8)) source.lastList().fail(answer(429));
    await settle();
    assert.equal(world.sources.filter(({ open }) => open > 0).length, 4);
  });

  test("come as WatchList unless told otherwise, and give their place to the next at its end", async () => {
    const sources: ScriptedListWatch[] = [];
    const open = (): ScriptedListWatch => {
      const source = new ScriptedListWatch();
      sources.push(source);
      return source;
    };
    await using pool = openInformerPool({ open, clock: new ManualClock(), maxConcurrentFirstLists: 1 });
    const leases = await Promise.all(kinds(2).map((key) => pool.acquire(key)));
    await settle();
    assert.equal(sources[0]?.lastWatch().call.sendInitialEvents, true);
    assert.equal(sources[1]?.calls.length, 0);
    sources[0]?.lastWatch().push(added(gizmo("a", 3)), endOfInitial(10));
    await settle();
    assert.deepEqual(
      leases.map(({ informer }) => informer.hasSynced),
      [true, false],
    );
    assert.deepEqual(
      sources.map(({ calls }) => calls.length),
      [1, 1],
      "the first goes on in the same stream",
    );
  });

  test("become more with each WatchList that is complete, as with each page", async () => {
    await using world = openWorld({ most: 100, firstList: "stream" });
    await Promise.all(kinds(60).map((key) => world.pool.acquire(key)));
    await settle();
    assert.equal(world.sources.filter(({ open }) => open > 0).length, 50);
    world.sources[0]?.lastWatch().push(endOfInitial(10));
    await settle();
    assert.equal(world.sources.filter(({ open }) => open > 0).length, 52, "one in its place, and one more");
  });

  test("are made as whoever acquires says, else as the pool is told", async () => {
    await using world = openWorld({ firstList: "stream" });
    const [asked, told] = kinds(2);
    assert.ok(asked !== undefined && told !== undefined);
    await world.pool.acquire(asked, { firstList: "auto" });
    await world.pool.acquire(told);
    await settle();
    assert.deepEqual(
      world.sources.map(({ calls }) => calls[0]?.kind),
      ["list", "watch"],
    );
  });

  for (const { why, cause, open } of [
    { why: "are halved when the server throttles a WatchList", cause: answer(429), open: 25 },
    {
      why: "are not halved by a server that only fills its cache, which is listed by a page in the same place",
      cause: answer(429, INITIALIZING),
      open: 50,
    },
  ]) {
    test(why, async () => {
      await using world = openWorld({ most: 100, firstList: "stream" });
      await Promise.all(kinds(100).map((key) => world.pool.acquire(key)));
      await settle();
      for (const source of world.sources.slice(0, 50)) source.lastWatch().fail(cause);
      await settle();
      assert.equal(world.sources.filter(({ calls }) => calls.at(-1)?.isOpen === true).length, open);
    });
  }

  test("do not wait for a kind that was released in the queue", async () => {
    await using world = openWorld({ most: 1 });
    const leases = await Promise.all(kinds(3).map((key) => world.pool.acquire(key)));
    await settle();
    await leases[1]?.release();
    await leases[0]?.release();
    await settle();
    assert.deepEqual(
      world.sources.map(({ calls }) => calls.length),
      [1, 0, 1],
    );
  });
});

describe("a place among the lists", () => {
  test("is not lost by a kind that is released at the very moment it gets it", async () => {
    await using world = openWorld({ most: 1 });
    const leases = await Promise.all(kinds(3).map((key) => world.pool.acquire(key)));
    await settle();
    await Promise.all([leases[0]?.release(), leases[1]?.release()]);
    await settle();
    assert.deepEqual(
      world.sources.map(({ calls }) => calls.length),
      [1, 0, 1],
    );
  });
});

describe("a server that comes back", () => {
  /** Informers of 50 kinds that watch. */
  async function openKinds(world: World, versionOf: (kind: number) => number = (kind) => (kind === 20 ? 7 : 6)): Promise<readonly Lease[]> {
    const leases = await Promise.all(kinds(50).map((key) => world.pool.acquire(key)));
    for (let turns = 0; turns < 20; turns += 1) {
      await settle();
      for (const [kind, source] of world.sources.entries())
        if (source.calls.at(-1)?.kind === "list" && source.open > 0) source.lastList().answer(listOf(versionOf(kind), []));
    }
    assert.ok(leases.every(({ informer }) => informer.hasSynced));
    return leases;
  }

  /** Whatever is open fails. */
  async function cutOff(world: World): Promise<void> {
    for (const { calls } of world.sources) if (calls.at(-1)?.isOpen === true) calls.at(-1)?.fail(new Error("connect ECONNREFUSED"));
    await settle();
  }

  /** Down for ten minutes: all wait for up to a minute; then one is tried, and all watches are accepted. Without a version a probe is refused by a server that is starting. */
  async function comeBack(
    world: World,
    leases: readonly Lease[],
    versionOf: (kind: number) => number | undefined = () => 7,
  ): Promise<void> {
    for (let tries = 0; tries < 150; tries += 1) {
      await cutOff(world);
      await world.clock.advance(4_000);
    }
    await cutOff(world);
    leases[7]?.informer.retryNow();
    for (let turns = 0; turns < 20; turns += 1) {
      await settle();
      for (const [kind, { calls }] of world.sources.entries()) {
        const last = calls.at(-1);
        if (last?.kind !== "watch" || !last.isOpen) continue;
        const version = isProbe(last) ? versionOf(kind) : undefined;
        if (version !== undefined) last.push(bookmark(version, { isEnd: true }));
        else if (isProbe(last)) last.fail(answer(429, INITIALIZING));
        else last.push();
      }
      await world.clock.advance(10);
    }
  }

  const probesOf = ({ calls }: ScriptedListWatch): number => calls.filter(isProbe).length;

  test("is heard by all kinds as soon as one hears it", async () => {
    await using world = openWorld();
    await comeBack(world, await openKinds(world));
    assert.equal(world.sources.filter(({ calls }) => calls.at(-1)?.kind === "watch" && calls.at(-1)?.isOpen).length, 50);
  });

  test("leaves no timer when all informers are stopped before the others were woken", async () => {
    await using world = openWorld();
    const leases = await openKinds(world);
    for (let tries = 0; tries < 20; tries += 1) {
      await cutOff(world);
      await world.clock.advance(4_000);
    }
    await cutOff(world);
    leases[7]?.informer.retryNow();
    await settle();
    world.sources[7]?.lastWatch().push();
    await settle();
    await Promise.all(leases.map((lease) => lease.release()));
    assert.equal(world.clock.pending, 0);
  });

  test("is asked once whether it has the history that was seen, by the one that has seen most", async () => {
    await using world = openWorld();
    await comeBack(world, await openKinds(world));
    assert.deepEqual(
      world.sources.flatMap((source, kind) => Array.from({ length: probesOf(source) }, () => kind)),
      [20],
    );
  });

  test("is asked by nobody else when it refuses that one because it is starting, though another has seen more by then", async () => {
    await using world = openWorld();
    const leases = await openKinds(world);
    let refusals = 3;
    await comeBack(world, leases, () => {
      world.sources[7]?.lastWatch().push(bookmark(99));
      // It comes back by itself.
      leases[49]?.informer.retryNow();
      return (refusals -= 1) < 0 ? 99 : undefined;
    });
    assert.ok(refusals < 3, "it is asked");
    assert.deepEqual(
      world.sources.flatMap((source, kind) => (probesOf(source) > 0 ? [kind] : [])),
      [20],
    );
  });

  test("is asked again when it was away again", async () => {
    await using world = openWorld();
    const leases = await openKinds(world);
    await comeBack(world, leases);
    await comeBack(world, leases);
    assert.equal(
      world.sources.reduce((sum, source) => sum + probesOf(source), 0),
      2,
    );
  });

  test("with an older history is asked by every kind for itself, once", async () => {
    await using world = openWorld();
    const leases = await openKinds(world);
    await comeBack(world, leases, () => 3);
    await world.clock.advance(100);
    assert.deepEqual(new Set(world.sources.map(probesOf)), new Set([1]));
    // Kinds of the storage that was restored go on to list, which the server denies at their version.
    assert.equal(world.sources[7]?.lastWatch().call.sendInitialEvents, true);
    assert.equal(world.sources[8]?.lastWatch().call.sendInitialEvents, true);
  });

  test("with an older history of some kinds leaves those alone that are stored apart", async () => {
    await using world = openWorld();
    await comeBack(world, await openKinds(world, (kind) => (kind === 3 ? 7 : 6)), (kind) => (kind < 8 ? 3 : 7));
    await world.clock.advance(100);
    const listsAnew = world.sources.map(({ calls }) => calls.some((asked) => "sendInitialEvents" in asked.call && !isProbe(asked)));
    assert.deepEqual(
      listsAnew,
      world.sources.map((_, kind) => kind < 8),
    );
  });
});
