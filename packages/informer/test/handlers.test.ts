import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import type { Handler, ObjectNotice } from "@polykind/informer";
import { settle } from "@polykind/testing";
import fc from "fast-check";
import { ChangeQueue } from "../src/handlers/change-queue.ts";
import { Registration, type RegistrationOwner } from "../src/handlers/registration.ts";
import { type ObjectRecord, recordOf } from "../src/reflector/record.ts";
import type { Change } from "../src/store/change.ts";
import { gizmo } from "./support/objects.ts";
import { Recorder } from "./support/recorder.ts";

const record = (name: string, version: number, uid = `uid-${name}`): ObjectRecord => recordOf(gizmo(name, version, { uid }));
const change = (before: ObjectRecord | undefined, after: ObjectRecord | undefined, last?: ObjectRecord): Change => ({
  key: (after ?? before)?.key ?? "",
  before,
  after,
  last,
});

const NOTHING_FAILS: RegistrationOwner = { handlerFailed: assert.ifError, handlerRemoved() {} };

/** Tells a recorder all that is in `queue`. */
async function linesOf(
  queue: readonly Change[],
  { limit = 0, initial = [] }: { readonly limit?: number; readonly initial?: readonly ObjectRecord[] } = {},
): Promise<readonly string[]> {
  const changes = new ChangeQueue({ limit });
  changes.begin(initial);
  for (const next of queue) changes.push(next);
  const recorder = new Recorder();
  const registration = new Registration(recorder, NOTHING_FAILS);
  registration.begin(initial);
  for (let told = changes.shift(); told !== undefined; told = changes.shift()) if ("change" in told) registration.push(told.change);
  await settle();
  return recorder.take();
}

describe("a queue that is full", () => {
  const [a1, a2, a3] = [record("a", 1), record("a", 2), record("a", 3)];
  const b4 = record("a", 4, "uid-second");
  for (const { why, given, expect } of [
    { why: "draws updates of one object together", given: [change(a1, a2), change(a2, a3)], expect: ["~a@1>3"] },
    { why: "tells an object that was added and updated as it is", given: [change(undefined, a1), change(a1, a2)], expect: ["+a@2"] },
    { why: "tells nothing of an object that came and went", given: [change(undefined, a1), change(a1, undefined, a2)], expect: [] },
    {
      why: "tells the end of an object that was updated before, in its last state",
      given: [change(a1, a2), change(a2, undefined, a3)],
      expect: ["-a@3"],
    },
    { why: "tells the end before the successor", given: [change(a1, undefined, a2), change(undefined, b4)], expect: ["-a@2", "+a@4"] },
    {
      why: "tells nothing of a successor that went, too",
      given: [change(a1, undefined, a2), change(undefined, b4), change(b4, undefined)],
      expect: ["-a@2"],
    },
    { why: "says that a last state is unknown where it is", given: [change(a1, a2), change(a2, undefined)], expect: ["-a@1?"] },
    {
      why: "does not take the last state of a successor for that of its predecessor",
      given: [change(a1, b4), change(b4, undefined, b4)],
      expect: ["-a@1?"],
    },
  ]) {
    test(why, async () => assert.deepEqual(await linesOf(given), expect));
  }

  test("tells everything one by one below its limit", async () => {
    assert.deepEqual(await linesOf([change(a1, a2), change(a2, a3)], { limit: 2 }), ["~a@1>2", "~a@2>3"]);
  });

  test("keeps no more than its limit and one change for each key", () => {
    const queue = new ChangeQueue({ limit: 10 });
    for (let version = 1; version < 1_000; version += 1) queue.push(change(record("a", version), record("a", version + 1)));
    assert.equal(queue.size, 11);
  });

  test("keeps the grammar of every object, and ends where the store is, whatever is told when", () => {
    const step = fc.record({
      name: fc.constantFrom("a", "b", "c", "d"),
      what: fc.constantFrom("put", "put", "delete", "replace", "revive", "shift", "shift"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 4 }), fc.boolean(), (steps, limit, coalesces) => {
        const queue = new ChangeQueue({ limit, coalesces });
        const [stored, told] = [new Map<string, ObjectRecord>(), new Map<string, KubeObject>()];
        const uids = new Map<string, string>();
        let version = 0;
        const shift = (): boolean => {
          const next = queue.shift();
          if (next === undefined || !("change" in next)) return false;
          const { before, after } = next.change;
          assert.equal(told.get(next.change.key), before?.object, "what came before is what was told last");
          assert.ok(before === undefined || after === undefined || before.uid === after.uid, "one call for each identity");
          if (after === undefined) told.delete(next.change.key);
          else told.set(next.change.key, after.object);
          return true;
        };
        for (const { name, what } of steps) {
          version += 1;
          const before = stored.get(name);
          if (what === "shift") shift();
          else if (what !== "delete") {
            // A storage that was restored may bring an object back.
            const known = before?.uid ?? (what === "revive" ? uids.get(name) : undefined);
            const after = record(name, version, what === "replace" || known === undefined ? `uid-${version}` : known);
            uids.set(name, after.uid);
            stored.set(name, after);
            queue.push({ key: name, before, after, last: undefined });
          } else if (before !== undefined) {
            stored.delete(name);
            queue.push({ key: name, before, after: undefined, last: undefined });
          }
        }
        while (shift());
        assert.deepEqual(told, new Map(Array.from(stored, ([key, { object }]) => [key, object])));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a queue that coalesces", () => {
  const firstOf = (name: string): Change => change(undefined, record(name, 1));
  const updateOf = (name: string): Change => change(record(name, 1), record(name, 2));
  const toldBy = (queue: ChangeQueue<KubeObject>): string => {
    const told = queue.shift();
    if (told === undefined || !("change" in told)) return "nothing";
    const { key, before, after, last } = told.change;
    return `${key} ${before?.resourceVersion ?? "-"}>${after?.resourceVersion ?? "-"}${last === undefined ? "" : ` last ${last.resourceVersion}`}`;
  };

  test("draws updates into what is still to be told, and not into what was told", () => {
    const queue = new ChangeQueue({ limit: 2, coalesces: true });
    for (const name of ["a", "b"]) queue.push(firstOf(name));
    assert.equal(toldBy(queue), "web/a ->1");
    queue.push(updateOf("a"));
    assert.equal(toldBy(queue), "web/b ->1");
    queue.push(change(record("a", 2), record("a", 3)));
    queue.push(firstOf("c"));
    queue.push(updateOf("c"));
    assert.deepEqual([queue.size, toldBy(queue), toldBy(queue), toldBy(queue)], [2, "web/a 1>3", "web/c ->2", "nothing"]);
  });

  test("loses no beginning and no end, however far behind it is told", () => {
    const queue = new ChangeQueue({ limit: 2, coalesces: true });
    for (const name of ["a", "b", "c"]) {
      queue.push(firstOf(name));
      queue.push(updateOf(name));
      queue.push(change(record(name, 2), undefined, record(name, 3)));
    }
    queue.push(firstOf("a"));
    queue.push(change(record("a", 1), record("a", 4, "uid-second"), record("a", 3)));
    const told = Array.from({ length: queue.size + 1 }, () => toldBy(queue));
    const lives = ["a", "b", "c"].flatMap((name) => [`web/${name} ->2`, `web/${name} 2>- last 3`]);
    assert.deepEqual(told, [...lives, "web/a ->1", "web/a 1>- last 3", "web/a ->4"]);
    assert.equal(queue.size, 0);
  });

  test("keeps how an object was at its end when another one has its name", () => {
    const queue = new ChangeQueue({ limit: 2, coalesces: true });
    queue.push(updateOf("a"));
    queue.push(change(record("a", 2), record("a", 4, "uid-second"), record("a", 3)));
    assert.deepEqual([toldBy(queue), toldBy(queue), toldBy(queue)], ["web/a 1>2", "web/a 2>- last 3", "web/a ->4"]);
  });
});

describe("a queue that is not full", () => {
  test("tells all initial objects before what changed meanwhile, also of objects that it has not told of yet", () => {
    const queue = new ChangeQueue({ limit: 10 });
    const [a, b] = [record("a", 1), record("b", 1)];
    queue.begin([a, b]);
    queue.push(change(b, record("b", 2)));
    const told = Array.from({ length: 3 }, () => queue.shift()).map((next) =>
      next !== undefined && "initial" in next ? next.initial.key : next?.change.key,
    );
    assert.deepEqual(told, ["web/a", "web/b", "web/b"]);
    assert.equal(queue.size, 0);
  });
});

describe("a registration", () => {
  const register = (handler: Handler): { registration: Registration<KubeObject>; failures: unknown[] } => {
    const failures: unknown[] = [];
    return { registration: new Registration(handler, { handlerFailed: (cause) => failures.push(cause), handlerRemoved() {} }), failures };
  };

  test("is synced when the last initial object has been told, and not before", async () => {
    let told = 0;
    const { registration } = register({ added: () => assert.equal(registration.hasSynced, (told += 1) > 300) });
    registration.begin(Array.from({ length: 300 }, (_, n) => record(`o${n}`, 1)));
    assert.equal(registration.hasSynced, false);
    await registration.synced();
    assert.equal(told, 300);
  });

  test("is synced at once when there is nothing to tell", async () => {
    const { registration } = register({});
    registration.begin([]);
    await registration.synced();
  });

  test("lets the event loop turn while it tells of many objects", async () => {
    let told = 0;
    const { registration } = register({ added: () => void (told += 1) });
    registration.begin(Array.from({ length: 100_000 }, (_, n) => record(`o${n}`, 1)));
    await settle();
    assert.ok(told > 0 && told < 1_000, `${told} calls in one turn`);
    await registration.synced();
    assert.equal(told, 100_000);
  });

  test("lets the event loop turn also where the handler returns promises", async () => {
    let told = 0;
    const { registration } = register({ added: () => Promise.resolve(void (told += 1)) });
    registration.begin(Array.from({ length: 10_000 }, (_, n) => record(`o${n}`, 1)));
    await new Promise<void>((resolve) => setImmediate(resolve));
    assert.ok(told > 0 && told < 1_000, `${told} calls in one turn`);
    await registration.synced();
    assert.equal(told, 10_000);
  });

  test("goes on after a handler threw", async () => {
    const recorder = new Recorder();
    const { registration, failures } = register({
      added: (object, details) => {
        recorder.added(object, details);
        throw new Error("broken");
      },
    });
    registration.begin([record("a", 1), record("b", 1)]);
    await registration.synced();
    assert.deepEqual(recorder.take(), ["+a@1!", "+b@1!"]);
    assert.equal(failures.length, 2);
  });

  test("waits for a promise that the handler returns, and takes its rejection", async () => {
    const recorder = new Recorder();
    const { promise, reject } = Promise.withResolvers<void>();
    const { registration, failures } = register({
      added: (object, details) => {
        recorder.added(object, details);
        return promise;
      },
    });
    registration.begin([record("a", 1), record("b", 1)]);
    await settle();
    assert.deepEqual(recorder.take(), ["+a@1!"]);
    reject(new Error("broken"));
    await registration.synced();
    assert.deepEqual(recorder.take(), ["+b@1!"]);
    assert.equal(failures.length, 2);
  });

  test("is silent once it is removed, also in the middle of its objects", async () => {
    let told = 0;
    const { registration } = register({
      added: () => {
        told += 1;
        if (told === 200) registration.remove();
      },
    });
    const synced = assert.rejects(registration.synced(), { code: "STOPPED" });
    registration.begin(Array.from({ length: 300 }, (_, n) => record(`o${n}`, 1)));
    await synced;
    await settle();
    registration.push(change(undefined, record("z", 9)));
    await settle();
    assert.equal(told, 200);
    assert.equal(registration.pending, 0);
  });

  test("is silent once it is removed while it waits for its handler", async () => {
    let told = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const { registration } = register({
      added: () => {
        told += 1;
        return promise;
      },
    });
    registration.begin([record("a", 1), record("b", 1)]);
    await settle();
    registration.remove();
    resolve();
    await settle();
    assert.equal(told, 1);
  });
});

test("a handler that coalesces is told once of an object that changed often, and of each beginning and end", async () => {
  const recorder = Object.assign(new Recorder(), { coalesces: true });
  const registration = new Registration(recorder, NOTHING_FAILS);
  const [a1, a2, a3, b1, b2] = [record("a", 1), record("a", 2), record("a", 3), record("b", 1), record("b", 2)];
  const [c1, d1] = [record("c", 1), record("d", 1)];
  registration.begin([a1, b1]);
  const changes = [change(a1, a2), change(b1, b2), change(undefined, c1), change(a2, a3), change(undefined, d1), change(d1, undefined, d1)];
  for (const next of changes) registration.push(next);
  await settle();
  assert.deepEqual(recorder.take(), ["+a@1!", "+b@1!", "~a@1>3", "~b@1>2", "+c@1", "+d@1", "-d@1"]);
  registration.push(change(a3, undefined, a3));
  await settle();
  assert.deepEqual(recorder.take(), ["-a@3"]);
});

describe("a handler that is told by notices", () => {
  const unread = (name: string, version: number): ObjectRecord => ({
    key: `web/${name}`,
    uid: `uid-${name}`,
    resourceVersion: String(version),
    get object(): KubeObject {
      throw new Error("nobody has asked for the body");
    },
  });

  async function noticesOf(initial: readonly ObjectRecord[], changes: readonly Change[]): Promise<readonly ObjectNotice[]> {
    const notices: ObjectNotice[] = [];
    const registration = new Registration(
      { noticed: (notice) => void notices.push(notice), added: () => assert.fail("told twice") },
      NOTHING_FAILS,
    );
    registration.begin(initial);
    for (const next of changes) registration.push(next);
    await settle();
    return notices;
  }

  test("learns of everything without a body being read, and in no other way", async () => {
    const [a1, a2, a3, b1] = [unread("a", 1), unread("a", 2), unread("a", 3), unread("b", 1)];
    const notices = await noticesOf([a1], [change(a1, a2), change(undefined, b1), change(a2, undefined, a3), change(b1, undefined)]);
    assert.deepEqual(
      notices.map(({ type, key, uid, resourceVersion, isInitial, finalStateUnknown }) =>
        [type, key, uid, resourceVersion, isInitial, finalStateUnknown].join(" "),
      ),
      [
        "added web/a uid-a 1 true false",
        "changed web/a uid-a 2 false false",
        "added web/b uid-b 1 false false",
        "deleted web/a uid-a 3 false false",
        "deleted web/b uid-b 1 false true",
      ],
    );
  });

  test("reads the object, and the one before a change, when it asks", async () => {
    const [a1, a2] = [record("a", 1), record("a", 2)];
    const [added, changed] = await noticesOf([a1], [change(a1, a2)]);
    assert.deepEqual([added?.object, added?.before, changed?.object, changed?.before], [a1.object, undefined, a2.object, a1.object]);
  });
});
