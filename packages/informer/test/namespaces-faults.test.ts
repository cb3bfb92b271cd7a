import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { KubeObject } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import { acquireNamespaces, type Handler, type InformerPool, type NamespacesLease, openInformerPool } from "@polykind/informer";
import { silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { NamespacesInformer } from "../src/namespaces/informer.ts";
import { added, answer, bookmark, deleted, gizmo, GIZMOS, modified } from "./support/objects.ts";
import { ScriptedListWatch } from "./support/scripted-list-watch.ts";

interface World extends AsyncDisposable {
  readonly pool: InformerPool;
  readonly clock: ManualClock;
  /** The source of a namespace that was opened last. */
  source(namespace: string): ScriptedListWatch;
}

/** The pool refuses `bad`; what `slow` has open closes when `closing` resolves. */
function openWorld({ closing }: { readonly closing?: Promise<void> } = {}): World {
  const clock = new ManualClock();
  const sources = new Map<string, ScriptedListWatch>();
  const pool = openInformerPool({
    open: ({ namespace = "" }) => {
      if (namespace === "bad") throw new RangeError("bad");
      const source = new ScriptedListWatch();
      if (namespace === "slow") source.closing = closing;
      sources.set(namespace, source);
      return source;
    },
    clock,
    random: () => 0.5,
  });
  const source = (namespace: string): ScriptedListWatch => sources.get(namespace) ?? assert.fail(`${namespace} is not watched`);
  return { pool, clock, source, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

async function acquire(world: World, ...namespaces: readonly string[]): Promise<NamespacesLease> {
  return await acquireNamespaces(world.pool, { key: { resource: GIZMOS }, namespaces, clock: world.clock });
}

const leasesOf = ({ pool }: World): readonly number[] => Array.from(pool.open().values(), ({ leases }) => leases);
const objectOf = (namespace: string, name: string, version: number): KubeObject =>
  gizmo(name, version, { namespace, uid: `${namespace}-${name}` });

/** The server sends `events` of `namespace`. */
async function push(world: World, namespace: string, ...events: readonly object[]): Promise<void> {
  await settle();
  const watch = world.source(namespace).lastWatch();
  watch.push(...events);
  await settle();
}

/** The server lists `names` of `namespace` at version 10. */
async function list(world: World, namespace: string, ...names: readonly string[]): Promise<void> {
  await push(world, namespace, ...names.map((name) => added(objectOf(namespace, name, 3))), bookmark(10, { isEnd: true }));
}

/** The server refuses what is asked of `namespace`. */
async function forbid(world: World, namespace: string): Promise<void> {
  await settle();
  const call = world.source(namespace).calls.at(-1);
  assert.equal(call?.isOpen, true);
  call.fail(answer(403));
  await settle();
}

/** Writes down what it is told: `+web/a!` (initial), `+web/a`, `~web/a`, `-web/a@3` (with the version of the object), `-web/a@3?` (final state unknown). */
function recorder(): { readonly lines: string[]; readonly handler: Handler } {
  const lines: string[] = [];
  const noticed: Handler["noticed"] = ({ type, key, isInitial, finalStateUnknown, object }) => {
    if (type === "added") lines.push(`+${key}${isInitial ? "!" : ""}`);
    else if (type === "changed") lines.push(`~${key}`);
    else lines.push(`-${key}@${object.metadata.resourceVersion}${finalStateUnknown ? "?" : ""}`);
  };
  return { lines, handler: { noticed } };
}

/** A recorder each of whose calls waits until it is let go. */
function slowRecorder(): { readonly lines: string[]; readonly handler: Handler; readonly letGo: (calls?: number) => Promise<void> } {
  const { lines, handler } = recorder();
  const waiting: (() => void)[] = [];
  const noticed: Handler["noticed"] = async (notice) => {
    await handler.noticed?.(notice);
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const letGo = async (calls = 1): Promise<void> => {
    for (let call = 0; call < calls; call += 1) {
      waiting.shift()?.();
      await settle();
    }
  };
  return { lines, handler: { noticed }, letGo };
}

/** How `promise` is now: `pending`, `resolved`, or the code that it was rejected with. */
async function outcomeOf(promise: Promise<void>): Promise<string> {
  let outcome = "pending";
  promise.then(
    () => (outcome = "resolved"),
    (cause: unknown) => (outcome = isPolykindError(cause) ? cause.code : String(cause)),
  );
  await settle();
  return outcome;
}

/** More than a handler is told of in one turn of the event loop. */
const MANY = Array.from({ length: 300 }, (_, at) => `a${at}`);
const isStopped = (cause: unknown): boolean => isPolykindError(cause, "STOPPED");

/** Collects all garbage there is. */
async function collect(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  assert.ok(typeof gc === "function");
  gc();
}

describe("what a set of namespaces knows of objects that were told of", () => {
  test("is none of their versions: nothing is held of a change once it was told", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const notices: WeakRef<object>[] = [];
    lease.informer.addHandler({ noticed: (notice) => void notices.push(new WeakRef(notice)) }); // Nothing is waited for.
    await list(world, "web", "a");
    await push(world, "web", modified(objectOf("web", "a", 11)));
    await collect();
    assert.equal(notices.length, 2);
    assert.ok(notices.every((notice) => notice.deref() === undefined));
  });

  test("is enough to tell the ends of many by, whose informer is open until they were found", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const { lines, handler } = recorder();
    const registration = lease.informer.addHandler(handler);
    await list(world, "web", ...MANY);
    await registration.synced();
    assert.equal(lines.length, 300);
    await lease.setNamespaces([]);
    await settle();
    assert.equal(new Set(lines.slice(300)).size, 300);
    assert.equal(world.source("web").open, 0);
  });

  test("is enough where a delete was on its way to a slow handler, also one whose name was taken", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const { lines, handler, letGo } = slowRecorder();
    lease.informer.addHandler(handler);
    await list(world, "web", "a", "b", "c");
    await letGo(2);
    const successor = gizmo("b", 14, { namespace: "web", uid: "other" });
    await push(world, "web", modified(objectOf("web", "a", 11)), deleted(objectOf("web", "a", 12)));
    await push(world, "web", deleted(objectOf("web", "b", 13)), added(successor));
    assert.deepEqual(lines, ["+web/a!", "+web/b!", "+web/c!"]);
    await lease.setNamespaces([]);
    assert.equal(world.source("web").open, 0, "the informer does not wait for the handler");
    assert.equal(lines.length, 3);
    await letGo(4);
    assert.deepEqual(lines.slice(3).toSorted(), ["-web/a@12?", "-web/b@13?", "-web/c@3?"]);
  });

  test("is enough while a handler is told of a change that is not the last", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const { lines, handler, letGo } = slowRecorder();
    lease.informer.addHandler(handler);
    await list(world, "web", "a");
    await push(world, "web", modified(objectOf("web", "a", 11)));
    await letGo();
    await push(world, "web", modified(objectOf("web", "a", 12)));
    await lease.setNamespaces([]);
    await letGo(2);
    assert.deepEqual(lines, ["+web/a!", "~web/a", "-web/a@12?"]);
  });

  test("is enough where a delete already waited for the handler's turn", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const { lines, handler, letGo } = slowRecorder();
    lease.informer.addHandler(handler);
    await list(world, "web", "a");
    await list(world, "db", "b");
    await letGo(2);
    await push(world, "db", added(objectOf("db", "c", 11)));
    await push(world, "web", deleted(objectOf("web", "a", 12)));
    lines.length = 0;
    await lease.setNamespaces(["db"]);
    await letGo(2);
    assert.deepEqual(lines, ["-web/a@12?"]);
  });

  test("is let go of with the set, also while ends are looked for", async () => {
    await using world = openWorld();
    const lease = await acquire(world, "web");
    const { lines, handler } = recorder();
    const registration = lease.informer.addHandler(handler);
    await list(world, "web", ...MANY);
    await registration.synced();
    const changed = lease.setNamespaces([]);
    await Promise.resolve();
    await Promise.all([lease.release(), changed]);
    await settle();
    assert.equal(lines.length, 300, "no end is told");
    assert.equal(world.pool.open().size, 0);
  });

  test("is not looked for in a pool that is closed, nor for longer than that", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const registration = lease.informer.addHandler({});
    await list(world, "web", ...MANY);
    await list(world, "db", "a");
    await registration.synced();
    const changed = lease.setNamespaces(["db"]);
    await Promise.resolve();
    await world.pool[Symbol.asyncDispose]();
    await changed;
    await lease.setNamespaces([]);
    assert.deepEqual(lease.namespaces, []);
  });
});

describe("a change of namespaces that fails in part", () => {
  test("has ended before the next begins, so that each namespace is held once and given back", async () => {
    const { promise: closing, resolve: close } = Promise.withResolvers<void>();
    await using world = openWorld({ closing });
    const other = await world.pool.acquire({ resource: GIZMOS, namespace: "slow" });
    await settle();
    const released = other.release();
    const lease = await acquire(world, "web");
    const first = lease.setNamespaces(["web", "bad", "slow"]);
    const second = lease.setNamespaces(["web", "slow"]);
    assert.deepEqual([await outcomeOf(first), await outcomeOf(second)], ["pending", "pending"]);
    close();
    await released;
    await assert.rejects(first, RangeError);
    await second;
    assert.deepEqual(lease.namespaces, ["web", "slow"]);
    assert.deepEqual(leasesOf(world), [1, 1]);
    await lease.release();
    assert.equal(world.pool.open().size, 0);
  });

  test("is made but for that part, and can be made whole", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    await assert.rejects(lease.setNamespaces(["bad", "db"]), RangeError);
    assert.deepEqual(lease.namespaces, ["db"]);
    await lease.setNamespaces(["db", "web"]);
    assert.deepEqual(lease.namespaces, ["db", "web"]);
  });

  test("never takes the place of a lease: a second one of a namespace is given back", async () => {
    await using world = openWorld();
    const informer = new NamespacesInformer({ key: { resource: GIZMOS }, log: silentLog, now: () => world.clock.now() });
    const key = { resource: GIZMOS, namespace: "web" };
    await informer.add("web", await world.pool.acquire(key));
    await informer.add("web", await world.pool.acquire(key));
    assert.deepEqual(leasesOf(world), [1]);
    await informer.stop();
    assert.equal(world.pool.open().size, 0);
  });
});

describe("waiting for a set of namespaces", () => {
  for (const { what, wait } of [
    { what: "the first lists", wait: ({ informer }: NamespacesLease, signal?: AbortSignal) => informer.synced(signal) },
    { what: "a version", wait: ({ informer }: NamespacesLease, signal?: AbortSignal) => informer.reached("10", signal) },
  ]) {
    test(`does not wait for ${what} of one that has gone, although another lease holds it`, async () => {
      await using world = openWorld();
      await using other = await world.pool.acquire({ resource: GIZMOS, namespace: "db" });
      await using lease = await acquire(world, "web", "db");
      const waiting = wait(lease);
      await lease.setNamespaces(["web"]);
      assert.equal(await outcomeOf(waiting), "pending", "one remains");
      await list(world, "web");
      assert.equal(await outcomeOf(waiting), "resolved");
      assert.equal(other.informer.hasSynced, false);
    });

    test(`for ${what} ends with the set, although another lease holds the namespace`, async () => {
      await using world = openWorld();
      await using other = await world.pool.acquire({ resource: GIZMOS, namespace: "db" });
      const lease = await acquire(world, "db");
      const waiting = wait(lease);
      await Promise.all([assert.rejects(waiting, isStopped), lease.release()]);
      assert.equal(other.informer.hasSynced, false);
    });

    test(`for ${what} ends with the signal, whose reason is the caller's`, async () => {
      await using world = openWorld();
      await using lease = await acquire(world, "web", "db");
      const abort = new AbortController();
      const waiting = wait(lease, abort.signal);
      const reason = new Error("mine");
      const rejected = assert.rejects(waiting, reason);
      abort.abort(reason);
      await lease.setNamespaces([]);
      await rejected;
    });
  }
});

describe("a namespace that cannot be read", () => {
  test("keeps no handler from what happens in the others, and is added when it can be read", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const { lines, handler } = recorder();
    const registration = lease.informer.addHandler(handler);
    await list(world, "web", "a");
    await push(world, "web", modified(objectOf("web", "a", 11)));
    assert.deepEqual(lines, ["+web/a!"], "nothing has failed yet");
    await forbid(world, "db");
    assert.deepEqual(lines.splice(0), ["+web/a!", "~web/a"]);
    await push(world, "web", added(objectOf("web", "b", 12)), deleted(objectOf("web", "a", 13)));
    assert.deepEqual(lines.splice(0), ["+web/b", "-web/a@13"]);
    lease.informer.retryNow();
    await settle();
    await push(world, "web", modified(objectOf("web", "b", 14)));
    assert.deepEqual(lines.splice(0), ["~web/b"], "that it is tried again changes nothing");
    assert.deepEqual([registration.hasSynced, lease.informer.hasSynced], [false, false]);
    await list(world, "db", "a", "b");
    await registration.synced();
    await lease.informer.synced();
    await push(world, "db", modified(objectOf("db", "a", 15)));
    assert.deepEqual(lines, ["+db/a", "+db/b", "~db/a"]);
  });

  test("keeps no handler from the initial objects of the others, of which changes wait", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db", "app");
    const { lines, handler } = recorder();
    lease.informer.addHandler(handler);
    await forbid(world, "db");
    await list(world, "web", "a");
    await push(world, "web", modified(objectOf("web", "a", 11)));
    assert.deepEqual(lines, ["+web/a!"], "one that has not failed is waited for");
    await list(world, "app", "a");
    assert.deepEqual(lines, ["+web/a!", "+app/a!", "~web/a"]);
  });

  test("keeps no handler that comes later from anything", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    await list(world, "web", "a");
    await forbid(world, "db");
    const { lines, handler } = recorder();
    lease.informer.addHandler(handler);
    await push(world, "web", modified(objectOf("web", "a", 11)));
    assert.deepEqual(lines, ["+web/a!", "~web/a"]);
  });

  test("keeps no handler from a namespace that comes later", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "db");
    const { lines, handler } = recorder();
    lease.informer.addHandler(handler);
    await forbid(world, "db");
    await lease.setNamespaces(["db", "web"]);
    await list(world, "web", "a");
    assert.deepEqual(lines, ["+web/a"]);
  });

  test("has initial objects when it can be read, where there was nothing else to tell", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web");
    const { lines, handler } = recorder();
    lease.informer.addHandler(handler);
    await forbid(world, "web");
    lease.informer.retryNow();
    await list(world, "web", "a");
    assert.deepEqual(lines, ["+web/a!"]);
  });

  test("is told of whole before changes of others where its list is complete when they come", async () => {
    await using world = openWorld();
    await using lease = await acquire(world, "web", "db");
    const { lines, handler, letGo } = slowRecorder();
    lease.informer.addHandler(handler);
    await forbid(world, "db");
    lease.informer.retryNow();
    await list(world, "db", "a", "b", "c", "d");
    await list(world, "web", "a");
    await push(world, "web", modified(objectOf("web", "a", 11)));
    await letGo(6);
    assert.deepEqual(lines.slice(0, 5).toSorted(), ["+db/a!", "+db/b!", "+db/c!", "+db/d!", "+web/a!"]);
    assert.deepEqual(lines.slice(5), ["~web/a"]);
  });
});
