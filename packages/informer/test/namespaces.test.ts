import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import { acquireNamespaces, type Handler, type InformerPool, type NamespacesLease, openInformerPool } from "@polykind/informer";
import { ManualClock, settle } from "@polykind/testing";
import { added, answer, bookmark, deleted, gizmo, GIZMOS, modified } from "./support/objects.ts";
import { ScriptedListWatch } from "./support/scripted-list-watch.ts";

interface World extends AsyncDisposable {
  readonly pool: InformerPool;
  readonly clock: ManualClock;
  /** The source of a namespace that was opened last. */
  source(namespace: string): ScriptedListWatch;
}

function openWorld(): World {
  const clock = new ManualClock();
  const sources = new Map<string, ScriptedListWatch>();
  const pool = openInformerPool({
    open: ({ namespace = "" }) => {
      const source = new ScriptedListWatch();
      sources.set(namespace, source);
      return source;
    },
    clock,
    random: () => 0.5,
  });
  const source = (namespace: string): ScriptedListWatch => {
    const found = sources.get(namespace);
    assert.ok(found, `${namespace} is not watched`);
    return found;
  };
  return { pool, clock, source, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

const objectOf = (namespace: string, name: string, version: number): KubeObject =>
  gizmo(name, version, { namespace, uid: `${namespace}-${name}` });

/** The server lists `names` of `namespace` at version 10. */
async function list(world: World, namespace: string, ...names: readonly string[]): Promise<void> {
  await settle();
  world
    .source(namespace)
    .lastWatch()
    .push(...names.map((name) => added(objectOf(namespace, name, 3))), bookmark(10, { isEnd: true }));
  await settle();
}

async function acquire(world: World, ...namespaces: readonly string[]): Promise<NamespacesLease> {
  return await acquireNamespaces(world.pool, { key: { resource: GIZMOS }, namespaces, clock: world.clock });
}

/** A handler that writes down what it is told: `+web/a!` (initial), `+web/a`, `~web/a`, `-web/a`, `-web/a?` (final state unknown). */
function recorder(): Handler & { take(): readonly string[] } {
  const lines: string[] = [];
  const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
  return {
    added: (object, { isInitial }) => void lines.push(`+${keyOf(object)}${isInitial ? "!" : ""}`), // Nothing is waited for.
    changed: (object, before) => {
      assert.notEqual(object.metadata.resourceVersion, before.metadata.resourceVersion);
      lines.push(`~${keyOf(object)}`);
    },
    deleted: (object, { finalStateUnknown }) => void lines.push(`-${keyOf(object)}${finalStateUnknown ? "?" : ""}`), // As above.
    take: () => lines.splice(0),
  };
}

/** Each call waits until it is let go. */
function slowHandler(): { readonly calls: string[]; readonly waiting: (() => void)[]; readonly handler: Handler } {
  const calls: string[] = [];
  const waiting: (() => void)[] = [];
  const noticed: Handler["noticed"] = async ({ type, key }) => {
    calls.push(`${type} ${key}`);
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { calls, waiting, handler: { noticed } };
}

describe("a set of namespaces", () => {
  test("is one informer: of the initial objects of all it tells first, and then of changes", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const told = recorder();
    const registration = lease.informer.addHandler(told);
    await list(world, "web", "a", "b");
    world
      .source("web")
      .lastWatch()
      .push(modified(objectOf("web", "a", 11)));
    await settle();
    assert.deepEqual(told.take(), ["+web/a!", "+web/b!"], "a change waits for the initial objects of the other namespace");
    assert.equal(registration.hasSynced, false);
    await list(world, "db", "a");
    await registration.synced();
    await lease.informer.synced();
    assert.deepEqual(told.take(), ["+db/a!", "~web/a"]);
    world
      .source("db")
      .lastWatch()
      .push(deleted(objectOf("db", "a", 12)));
    await settle();
    assert.deepEqual(told.take(), ["-db/a"]);
  });

  test("draws updates together for a handler that coalesces", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const told = Object.assign(recorder(), { coalesces: true });
    lease.informer.addHandler(told);
    await list(world, "web", "a");
    await settle();
    world
      .source("web")
      .lastWatch()
      .push(...[11, 12, 13].map((version) => modified(objectOf("web", "a", version))));
    await settle();
    assert.deepEqual(told.take(), ["+web/a!", "~web/a"]);
  });

  test("tells of a namespace that comes as added, and of no other", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const told = recorder();
    lease.informer.addHandler(told);
    await list(world, "web", "a");
    told.take();
    const watch = world.source("web").lastWatch();
    await lease.setNamespaces(["web", "db"]);
    await list(world, "db", "a", "b");
    assert.deepEqual(told.take(), ["+db/a", "+db/b"]);
    assert.equal(world.source("web").lastWatch(), watch, "the watch of the other goes on");
    assert.deepEqual(lease.namespaces, ["web", "db"]);
  });

  test("tells of a namespace that goes as deleted, of no other, and closes its watch", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const told = recorder();
    lease.informer.addHandler(told);
    await list(world, "web", "a");
    await list(world, "db", "a", "b");
    world
      .source("db")
      .lastWatch()
      .push(deleted(objectOf("db", "b", 11)), added(objectOf("db", "c", 12)));
    await settle();
    told.take();
    await lease.setNamespaces(["web"]);
    await settle();
    assert.deepEqual(told.take(), ["-db/a?", "-db/c?"]);
    assert.equal(world.source("db").open, 0);
    assert.equal(world.source("web").open, 1);
    assert.deepEqual([...lease.informer.store.keys()], ["web/a"]);
  });

  test("tells the end of what went before the coming of what takes its name", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const told = recorder();
    lease.informer.addHandler(told);
    await list(world, "web", "a");
    await lease.setNamespaces([]);
    await lease.setNamespaces(["web"]);
    await list(world, "web", "a");
    assert.deepEqual(told.take(), ["+web/a!", "-web/a?", "+web/a"]);
  });

  test("tells nothing of a namespace that went before it was listed", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const told = recorder();
    const registration = lease.informer.addHandler(told);
    await list(world, "web", "a");
    await lease.setNamespaces(["web"]);
    await registration.synced();
    assert.deepEqual(told.take(), ["+web/a!"]);
  });

  test("calls a slow handler once at a time, whatever namespace it is told of", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const { calls, waiting, handler } = slowHandler();
    lease.informer.addHandler(handler);
    await list(world, "web", "a");
    await list(world, "db", "b");
    assert.deepEqual(calls, ["added web/a"]);
    waiting.shift()?.();
    await settle();
    assert.deepEqual(calls, ["added web/a", "added db/b"]);
    await lease.setNamespaces([]);
    await settle();
    assert.equal(calls.length, 2, "the ends wait for their turn, too");
    for (let turns = 0; turns < 3; turns += 1) {
      waiting.shift()?.();
      await settle();
    }
    assert.deepEqual(calls.slice(2).toSorted(), ["deleted db/b", "deleted web/a"]);
  });

  test("tells nothing of what still waited for its turn when its namespace went", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const { calls, waiting, handler } = slowHandler();
    lease.informer.addHandler(handler);
    await list(world, "web", "a");
    await list(world, "db", "b");
    await lease.setNamespaces(["web"]);
    waiting.shift()?.();
    await settle();
    assert.deepEqual(calls, ["added web/a"]);
  });

  test("goes on telling when a handler throws, also of ends", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const calls: string[] = [];
    lease.informer.addHandler({
      noticed: ({ type, key, isInitial }) => {
        calls.push(`${type} ${key} ${isInitial}`);
        throw new Error("mine");
      },
    });
    await list(world, "web", "a", "b");
    await lease.setNamespaces([]);
    await settle();
    assert.deepEqual(calls, ["added web/a true", "added web/b true", "deleted web/a false", "deleted web/b false"]);
  });

  test("is read as one store, with indexes that namespaces get which come later", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const { store } = lease.informer;
    lease.informer.addIndex("first letter", ({ metadata }) => [metadata.name.slice(0, 1)]);
    assert.equal(store.resourceVersion, "");
    await list(world, "web", "a1", "b1");
    await lease.setNamespaces(["web", "db"]);
    assert.equal(store.resourceVersion, "", "one namespace has seen nothing yet");
    await list(world, "db", "a2");
    world.source("db").lastWatch().push(bookmark(17));
    await settle();
    assert.deepEqual(
      store.indexed("first letter", "a").map(({ metadata }) => metadata.name),
      ["a1", "a2"],
    );
    assert.equal(store.size, 3);
    assert.equal(store.list().length, 3);
    assert.equal(store.list({ namespace: "db" }).length, 1);
    assert.equal(store.list({ namespace: "other" }).length, 0);
    assert.equal(store.get({ namespace: "db", name: "a2" })?.metadata.uid, "db-a2");
    assert.equal(store.byKey("web/b1")?.metadata.uid, "web-b1");
    assert.equal(store.byKey("other/b1"), undefined);
    assert.equal(store.get({ name: "b1" }), undefined);
    assert.deepEqual(store.ownedBy("nobody"), []);
    assert.equal(store.resourceVersion, "10", "up to where all have seen");
    assert.equal(store.hasReached("17"), false);
    const reached = lease.informer.reached("17");
    world.source("web").lastWatch().push(bookmark(20));
    await reached;
    assert.equal(store.resourceVersion, "17");
  });

  test("says how the worst of its namespaces is", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const states: string[] = [];
    lease.informer.notices.on("state", ({ phase }) => states.push(phase));
    assert.equal(lease.informer.state.phase, "listing");
    await list(world, "web", "a");
    assert.equal(lease.informer.hasSynced, false);
    await list(world, "db");
    assert.equal(lease.informer.hasSynced, true);
    const failures: string[] = [];
    lease.informer.notices.on("failed", ({ code }) => failures.push(code));
    world.source("db").lastWatch().fail(answer(403));
    await settle();
    assert.deepEqual(failures, ["API_FORBIDDEN"]);
    assert.equal(lease.informer.state.phase, "waiting");
    await lease.setNamespaces(["web"]);
    assert.deepEqual(states, ["watching", "waiting", "watching"]);
  });

  test("shares its informers: a namespace that another holds is watched on", async () => {
    await using world = openWorld();
    await using one = await acquire(world, "web", "db");
    await using two = await acquire(world, "db");
    await using plain = await world.pool.acquire({ resource: GIZMOS, namespace: "web" });
    assert.equal(world.pool.open().size, 2);
    await one.setNamespaces([]);
    assert.equal(world.pool.open().size, 2);
    assert.deepEqual([two.namespaces, plain.informer.state.phase], [["db"], "listing"]);
  });

  test("of none is there, has synced, and holds nothing", async () => {
    await using world = openWorld();
    await using lease = await acquire(world);
    const registration = lease.informer.addHandler(recorder());
    await registration.synced();
    await lease.informer.synced();
    assert.deepEqual([lease.informer.store.size, lease.informer.hasSynced, lease.informer.state.phase], [0, true, "watching"]);
  });

  test("is given back whole: nothing is open, nothing is told, nothing can be read", async () => {
    await using world = openWorld();
    const lease = await acquire(world, "web", "db");
    const told = recorder();
    lease.informer.addHandler(told);
    await list(world, "web", "a");
    told.take();
    const changing = lease.setNamespaces(["web", "late"]);
    await Promise.all([lease.release(), lease.release(), changing]);
    assert.equal(world.pool.open().size, 0);
    await settle();
    assert.deepEqual(told.take(), []);
    assert.throws(
      () => lease.informer.store.size,
      (cause) => isPolykindError(cause, "CACHE_RESET"),
    );
    assert.throws(
      () => lease.informer.addHandler({}),
      (cause) => isPolykindError(cause, "STOPPED"),
    );
    await assert.rejects(lease.informer.synced(), (cause) => isPolykindError(cause, "STOPPED"));
  });

  test("tells a handler that was removed nothing more, not even an end", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const told = recorder();
    const registration = lease.informer.addHandler(told);
    await list(world, "web", "a");
    told.take();
    registration.remove();
    await lease.setNamespaces([]);
    await settle();
    assert.deepEqual(told.take(), []);
  });

  test("is refused for kinds without namespaces, and for a namespace without a name", async () => {
    await using world = openWorld();
    const resource = { ...GIZMOS, resourceScope: "Cluster" } as const;
    await assert.rejects(acquireNamespaces(world.pool, { key: { resource }, namespaces: ["web"] }), TypeError);
    await assert.rejects(acquire(world, "web", ""), TypeError);
    assert.equal(world.pool.open().size, 0);
  });
});

describe("a handler of a set of namespaces", () => {
  test("has not synced when the pool is closed before it was told of all", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const registration = lease.informer.addHandler({});
    await list(world, "web", "a");
    const rejected = assert.rejects(registration.synced(), (cause) => isPolykindError(cause, "STOPPED"));
    await world.pool[Symbol.asyncDispose]();
    await rejected;
    assert.equal(registration.hasSynced, false);
  });

  test("waits for those that stay when one goes", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const registration = lease.informer.addHandler({});
    const synced = registration.synced();
    await lease.setNamespaces(["web"]);
    await settle();
    assert.equal(registration.hasSynced, false);
    await list(world, "web", "a");
    await synced;
  });

  test("has synced for good: it stays so when the pool is closed", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const registration = lease.informer.addHandler({});
    await list(world, "web", "a");
    await world.pool[Symbol.asyncDispose]();
    await registration.synced();
    assert.equal(registration.hasSynced, true);
  });
});
