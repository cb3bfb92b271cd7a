import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject, ObjectMeta } from "@polykind/apimachinery";
import { withoutBookkeeping } from "@polykind/informer";
import { type Log, silentLog } from "@polykind/telemetry";
import { recordOf } from "../src/reflector/record.ts";
import type { Change } from "../src/store/change.ts";
import { ObjectStore } from "../src/store/object-store.ts";
import { Staging } from "../src/store/staging.ts";
import { gizmo } from "./support/objects.ts";

/** Of a store in which nothing fails. */
const log: Log = { ...silentLog, error: (message, fields) => assert.ifError(new Error(message, { cause: fields?.["cause"] })) };

function storeOf(...objects: readonly KubeObject[]): ObjectStore {
  const store = new ObjectStore({ name: "gizmos", transform: withoutBookkeeping, log });
  replace(store, objects, { version: "10" });
  return store;
}

function replace(
  store: ObjectStore,
  objects: readonly KubeObject[],
  { version, isEpochBreak = false, isReread = false }: { version: string; isEpochBreak?: boolean; isReread?: boolean },
): readonly Change[] {
  const staging = new Staging();
  for (const object of objects) staging.upsert(recordOf(object));
  return store.replace(staging, { version, isEpochBreak, isReread });
}

const textOf = ({ before, after }: Change): string =>
  `${before?.object.metadata.name}@${before?.resourceVersion} > ${after?.object.metadata.name}@${after?.resourceVersion}`;
const names = (objects: readonly KubeObject[]): readonly string[] => objects.map(({ metadata }) => metadata.name).sort();
const ownedBy = (uid: string, controller: boolean): Partial<ObjectMeta> => ({
  ownerReferences: [{ apiVersion: "demo.example.com/v1", kind: "MyApp", name: "owner", uid, controller }],
});

describe("a store", () => {
  test("freezes what it holds, through and through", () => {
    const object = storeOf(gizmo("a", 1, { spec: { deep: [{ deeper: true }] } })).byKey("web/a");
    assert.throws(
      () => Object.assign((object as unknown as { spec: { deep: object[] } }).spec.deep[0] ?? {}, { deeper: false }),
      TypeError,
    );
  });

  test("is filled with a first list as with any other, and its indexes with it", () => {
    const store = new ObjectStore({ name: "gizmos", transform: withoutBookkeeping, log });
    store.addIndex("first letter", ({ metadata }) => [metadata.name.slice(0, 1)]);
    const staging = new Staging();
    for (const name of ["a1", "b1", "a2"]) staging.upsert(recordOf(gizmo(name, 7, { annotations: { x: "1" }, ...ownedBy("uid-o", true) })));
    store.load(staging, "9");
    assert.equal(store.resourceVersion, "9");
    assert.deepEqual(names(store.indexed("first letter", "a")), ["a1", "a2"]);
    assert.equal(store.ownedBy("uid-o").length, 3);
    assert.ok(store.list().every((object) => Object.isFrozen(object.metadata.annotations)));
  });

  test("takes any name for data", () => {
    const store = storeOf(gizmo("__proto__", 1, { namespace: "__proto__" }), gizmo("constructor", 2));
    assert.equal(store.get({ namespace: "__proto__", name: "__proto__" })?.metadata.resourceVersion, "1");
    assert.equal(store.get({ namespace: "web", name: "toString" }), undefined);
    assert.deepEqual(names(store.list({ namespace: "__proto__" })), ["__proto__"]);
    assert.equal(({} as { metadata?: unknown }).metadata, undefined);
  });

  for (const { why, given, expect } of [
    { why: "an event of the version that it holds", given: gizmo("a", 5), expect: undefined },
    { why: "an event older than what it holds", given: gizmo("a", 4), expect: undefined },
    { why: "an old event of another object of the name", given: gizmo("a", 4, { uid: "uid-first" }), expect: undefined },
    { why: "a newer state", given: gizmo("a", 6), expect: "a@5 > a@6" },
    { why: "a successor of the name", given: gizmo("a", 6, { uid: "uid-second" }), expect: "a@5 > a@6" },
    { why: "a version that is longer, as it is larger", given: gizmo("a", "10"), expect: "a@5 > a@10" },
    { why: "a version that cannot be compared, as news", given: gizmo("a", "x4"), expect: "a@5 > a@x4" },
  ]) {
    test(`${expect === undefined ? "drops" : "takes"} ${why}`, () => {
      const changed = storeOf(gizmo("a", 5)).upsert(recordOf(given), "11");
      assert.equal(changed === undefined ? undefined : textOf(changed), expect);
    });
  }

  for (const { why, given, expect } of [
    { why: "drops the end of an object that it does not hold", given: gizmo("b", 11), expect: undefined },
    {
      why: "drops an end older than what it holds: the name was taken again",
      given: gizmo("a", 4, { uid: "uid-first" }),
      expect: undefined,
    },
    { why: "tells the last state of an object that ended", given: gizmo("a", 11), expect: "11" },
    {
      why: "does not know the last state of an object whose successor ended",
      given: gizmo("a", 11, { uid: "uid-second" }),
      expect: "unknown",
    },
  ]) {
    test(why, () => {
      const store = storeOf(gizmo("a", 5));
      const changed = store.remove(recordOf(given), "11");
      assert.equal(changed === undefined ? undefined : (changed.last?.resourceVersion ?? "unknown"), expect);
      assert.equal(store.byKey("web/a") === undefined, changed !== undefined);
    });
  }

  test("tells of an object that reads otherwise in a history that gives it the same version", () => {
    const store = storeOf(gizmo("a", 5, { spec: { replicas: 2 } }), gizmo("b", 5));
    const other = [gizmo("a", 5, { spec: { replicas: 7 } }), gizmo("b", 5)];
    assert.deepEqual(replace(store, other, { version: "9", isEpochBreak: true, isReread: true }).map(textOf), []);
    const third = [gizmo("a", 5, { spec: { replicas: 8 } }), gizmo("b", 5)];
    assert.deepEqual(replace(store, third, { version: "9", isEpochBreak: true }).map(textOf), ["a@5 > a@5"]);
  });

  test("is replaced also where an object is nested too deep to be compared", () => {
    const deep = (): object => JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`) as object;
    const store = storeOf(gizmo("a", 5, { spec: deep() }));
    const changes = replace(store, [gizmo("a", 5, { spec: deep() }), gizmo("b", 6)], { version: "11" });
    assert.deepEqual(changes.map(textOf), ["undefined@undefined > b@6"]);
  });

  test("keeps what it holds where a list is older, and takes it all the same when the server lost history", () => {
    const store = storeOf(gizmo("a", 5), gizmo("b", 5));
    assert.deepEqual(replace(store, [gizmo("a", 4), gizmo("b", 6)], { version: "10" }).map(textOf), ["b@5 > b@6"]);
    assert.deepEqual(replace(store, [gizmo("a", 4), gizmo("b", 6)], { version: "7", isEpochBreak: true }).map(textOf), ["a@5 > a@4"]);
    assert.equal(store.resourceVersion, "7");
  });

  test("keeps a reader of keys on the state in which it began, over a replacement", () => {
    const store = storeOf(gizmo("a", 5), gizmo("b", 5));
    const keys = store.keys()[Symbol.iterator]();
    keys.next();
    replace(store, [gizmo("c", 11)], { version: "11" });
    assert.equal(keys.next().value, "web/b");
  });

  test("knows what it has reached", () => {
    const store = new ObjectStore({ name: "gizmos", transform: withoutBookkeeping, log });
    assert.equal(store.hasReached("1"), false);
    replace(store, [], { version: "10" });
    for (const [version, expected] of [
      ["9", true],
      ["10", true],
      ["11", false],
      ["x", false],
    ] as const)
      assert.equal(store.hasReached(version), expected, version);
  });

  test("drops managed fields and kubectl's copy of the manifest, and nothing else", () => {
    const metadata = {
      managedFields: [{ manager: "kubectl" }],
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", kept: "yes" },
    };
    const object = storeOf(gizmo("a", 1, metadata)).byKey("web/a");
    assert.deepEqual(object, gizmo("a", 1, { annotations: { kept: "yes" } }));
  });

  test("keeps an object as it came when a transform throws", () => {
    const failures: string[] = [];
    const store = new ObjectStore({
      name: "gizmos",
      transform: () => {
        throw new Error("broken");
      },
      log: { ...silentLog, error: (message) => failures.push(message) },
    });
    replace(store, [gizmo("a", 1)], { version: "10" });
    assert.equal(store.byKey("web/a")?.metadata.name, "a");
    assert.deepEqual(failures, ["cannot transform an object of gizmos"]);
  });
});

describe("what a transform must not return", () => {
  for (const { why, transform } of [
    { why: "nothing", transform: () => undefined as unknown as KubeObject },
    { why: "another object", transform: () => gizmo("b", 1) },
    { why: "an object with bytes, which cannot be frozen", transform: (object: KubeObject) => ({ ...object, spec: Buffer.from("x") }) },
  ]) {
    test(`${why}: the object is kept as it came, which is logged`, () => {
      const failures: string[] = [];
      const store = new ObjectStore({ name: "gizmos", transform, log: { ...silentLog, error: (message) => failures.push(message) } });
      replace(store, [gizmo("a", 1)], { version: "10" });
      assert.deepEqual(store.byKey("web/a"), gizmo("a", 1));
      assert.deepEqual(failures, ["cannot transform an object of gizmos"]);
    });
  }
});

test("an index whose function returns no array of strings finds nothing by it, which is logged", () => {
  const failures: unknown[] = [];
  const log = { ...silentLog, error: (message: string, fields?: object) => failures.push(message, fields) };
  const store = new ObjectStore({ name: "gizmos", transform: withoutBookkeeping, log });
  store.addIndex("hosts", ({ metadata }) => metadata.labels as unknown as readonly string[]);
  replace(store, [gizmo("a", 1)], { version: "10" });
  assert.deepEqual(store.indexed("hosts", "x"), []);
  assert.equal(failures[0], "cannot index an object of gizmos");
});

describe("reading a store", () => {
  test("selects by namespace and labels", () => {
    const store = storeOf(
      gizmo("a", 1, { labels: { tier: "front" } }),
      gizmo("b", 1),
      gizmo("c", 1, { namespace: "other", labels: { tier: "front" } }),
    );
    assert.deepEqual(names(store.list()), ["a", "b", "c"]);
    assert.deepEqual(names(store.list({ namespace: "web" })), ["a", "b"]);
    assert.deepEqual(names(store.list({ labels: { matchLabels: { tier: "front" } } })), ["a", "c"]);
    assert.deepEqual(names(store.list({ namespace: "web", labels: { matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] } })), [
      "b",
    ]);
    assert.deepEqual(names(store.list({ namespace: "none" })), []);
  });

  test("finds what an object controls, not what merely refers to it", () => {
    const store = storeOf(gizmo("a", 1, ownedBy("uid-owner", true)), gizmo("b", 1, ownedBy("uid-owner", false)), gizmo("c", 1));
    assert.deepEqual(names(store.ownedBy("uid-owner")), ["a"]);
  });

  test("follows its indexes through every change", () => {
    const store = storeOf(gizmo("a", 1, ownedBy("one", true)), gizmo("b", 1, ownedBy("one", true)), gizmo("c", 1, ownedBy("one", true)));
    store.upsert(recordOf(gizmo("a", 11, ownedBy("two", true))), "11");
    store.remove(recordOf(gizmo("b", 12)), "12");
    replace(store, [gizmo("a", 11, ownedBy("two", true)), gizmo("c", 13, ownedBy("three", true)), gizmo("d", 13, ownedBy("two", true))], {
      version: "13",
    });
    assert.deepEqual(
      ["one", "two", "three"].map((uid) => names(store.ownedBy(uid))),
      [[], ["a", "d"], ["c"]],
    );
  });

  test("has indexes that come later hold what was there before", () => {
    const store = storeOf(gizmo("a", 1, { labels: { team: "x" } }), gizmo("b", 1));
    store.addIndex("team", ({ metadata }) => Object.values(metadata.labels ?? {}));
    store.upsert(recordOf(gizmo("b", 11, { labels: { team: "x" } })), "11");
    assert.deepEqual(names(store.indexed("team", "x")), ["a", "b"]);
    assert.throws(() => store.indexed("town", "x"), TypeError);
  });

  test("ends with the store", () => {
    const store = storeOf(gizmo("a", 1));
    store.close();
    const reads: readonly (() => unknown)[] = [
      () => store.get({ name: "a" }),
      () => store.byKey("web/a"),
      () => store.list(),
      () => store.list({ namespace: "web" }),
      () => store.ownedBy("x"),
      () => store.ownedBy("x"),
      () => store.keys(),
      () => store.size,
      () => store.resourceVersion,
      () => store.hasReached("1"),
    ];
    for (const read of reads) assert.throws(read, { code: "CACHE_RESET", retryable: true });
  });
});
