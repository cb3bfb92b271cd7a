import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import type { Collection } from "../../src/store/collection.ts";
import { Store } from "../../src/store/store.ts";
import type { Change, Stored } from "../../src/store/stored.ts";

function objectOf(name: string, namespace?: string): KubeObject {
  const metadata = {
    name,
    uid: `uid-${name}`,
    resourceVersion: "",
    creationTimestamp: "2026-01-01T00:00:00Z",
    ...(namespace !== undefined && { namespace }),
  };
  return { apiVersion: "example.com/v1", kind: "Thing", metadata };
}

function open(historySize = 100): { readonly store: Store; readonly things: Collection } {
  const store = new Store({ historySize });
  return { store, things: store.open() };
}

function keysOf(list: readonly Stored[] | undefined): readonly string[] | undefined {
  return list?.map(({ key }) => key);
}

describe("a collection", () => {
  test("gives each write the next revision of the whole store, so that versions order everything", () => {
    const { store, things } = open();
    const others = store.open();
    const [a, b, c] = [things.create(objectOf("a")), others.create(objectOf("b")), things.create(objectOf("c"))];
    assert.deepEqual([b.revision - a.revision, c.revision - b.revision], [1, 1]);
    assert.equal(c.object.metadata.resourceVersion, String(store.revision));
  });

  test("holds frozen objects: nobody can change what others see", () => {
    const { things } = open();
    const { object } = things.create({ ...objectOf("a"), spec: { list: [{}] } } as KubeObject);
    assert.ok(
      Object.isFrozen(object) &&
        Object.isFrozen(object.metadata) &&
        Object.isFrozen((object["spec"] as { readonly list: readonly object[] }).list[0]),
    );
  });

  test("lists in the order of keys, however they came", () => {
    const { things } = open();
    for (const [name, namespace] of [
      ["b", "x"],
      ["a", "y"],
      ["a", "x-y"],
      ["a", "x"],
    ] as const)
      things.create(objectOf(name, namespace));
    assert.deepEqual(keysOf(things.list()), ["x-y/a", "x/a", "x/b", "y/a"]);
    assert.deepEqual(keysOf(things.list("x")), ["x/a", "x/b"], "another namespace that begins the same is not meant");
  });

  test("lists what is left after a removal in the middle", () => {
    const { things } = open();
    const [, b] = ["a", "b", "c"].map((name) => things.create(objectOf(name)));
    assert.ok(b);
    things.remove(b, { ...b.object });
    assert.deepEqual(keysOf(things.list()), ["a", "c"]);
    assert.equal(things.get("b"), undefined);
  });

  test("tells watches each change once, in order, from when they came until they end", () => {
    const { things } = open();
    const seen: string[] = [];
    things.create(objectOf("before"));
    const end = things.watch({ onChange: ({ type, stored }) => seen.push(`${type} ${stored.key}`), onClose: () => seen.push("closed") });
    const a = things.create(objectOf("a"));
    const changed = things.replace(a, objectOf("a"));
    things.remove(changed, objectOf("a"));
    end();
    things.create(objectOf("after"));
    assert.deepEqual(seen, ["ADDED a", "MODIFIED a", "DELETED a"]);
  });
});

describe("the past of a collection", () => {
  test("is listed as it was, with what is gone and without what came", () => {
    const { things } = open();
    const a = things.create(objectOf("a"));
    const b = things.create(objectOf("b"));
    const then = b.revision;
    things.remove(a, objectOf("a"));
    const changed = things.replace(b, objectOf("b"));
    things.create(objectOf("c"));
    assert.deepEqual(
      things.listAt(then)?.map(({ key, revision }) => [key, revision]),
      [
        ["a", a.revision],
        ["b", b.revision],
      ],
    );
    assert.deepEqual(keysOf(things.listAt(changed.revision)), ["b"]);
  });

  test("is told from any version that is still known", () => {
    const { things } = open();
    const a = things.create(objectOf("a"));
    things.create(objectOf("b"));
    const keysSince = (revision: number): readonly string[] | undefined =>
      things.changesSince(revision)?.map(({ stored }: Change) => stored.key);
    assert.deepEqual(keysSince(a.revision), ["b"]);
    assert.deepEqual(keysSince(a.revision - 1), ["a", "b"]);
    assert.equal(keysSince(0), undefined, "nobody knows what was before the collection");
  });

  test("is bounded: what is too old is not told at all, rather than in part", () => {
    const { things } = open(4);
    const first = things.create(objectOf("0"));
    for (let count = 1; count < 20; count += 1) things.create(objectOf(String(count)));
    assert.equal(things.changesSince(first.revision), undefined);
    assert.equal(things.listAt(first.revision), undefined);
    assert.equal(things.changesSince(things.watchFloor)?.length, 20 - (things.watchFloor - first.revision) - 1);
  });

  test("is forgotten by a compaction, while open watches go on", () => {
    const { store, things } = open();
    const a = things.create(objectOf("a"));
    let told = 0;
    things.watch({ onChange: () => (told += 1), onClose: () => assert.fail("it was closed") });
    store.compact();
    things.create(objectOf("b"));
    assert.equal(told, 1);
    assert.equal(things.changesSince(a.revision - 1), undefined);
    assert.equal(things.changesSince(a.revision)?.length, 1);
  });
});

describe("closing the watches of a collection", () => {
  test("ends each of them once, and lets none resume before now, although lists still can", () => {
    const { store, things } = open();
    const other = store.open();
    const a = things.create(objectOf("a"));
    let closed = 0;
    const end = things.watch({ onChange: () => assert.fail("it is closed"), onClose: () => (closed += 1) });
    other.create(objectOf("elsewhere"));
    things.closeWatches();
    things.create(objectOf("b"));
    end();
    assert.deepEqual([closed, things.watchCount], [1, 0]);
    assert.equal(things.changesSince(a.revision), undefined);
    assert.deepEqual(keysOf(things.listAt(a.revision)), ["a"]);
  });
});
