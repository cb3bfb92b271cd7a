import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject, Resource } from "@polykind/apimachinery";
import type { Cause, WatchedKind } from "@polykind/plugin";
import { settle } from "@polykind/testing";
import { Gone } from "../../src/reconcile/gone.ts";
import { Causes } from "../../src/sources/causes.ts";
import { FIRST_LIST_PRIORITY, primaryHandler } from "../../src/sources/primary.ts";
import { controllersOf, relatedHandler } from "../../src/sources/related.ts";
import { objectOf } from "../support/objects.ts";

const managed: Resource = { group: "test.polykind.dev", version: "v1", kind: "Widget", plural: "widgets", resourceScope: "Namespaced" };
const owner = { apiVersion: "test.polykind.dev/v2", kind: "Widget", name: "w", uid: "u0", controller: true };

describe("controllersOf", () => {
  for (const { why, object, resource = managed, names } of [
    {
      why: "finds the controlling owner, of whatever version",
      object: objectOf({ ownerReferences: [owner] }),
      names: [{ namespace: "n", name: "w" }],
    },
    {
      why: "has no namespace for an owner of a cluster-scoped kind",
      object: objectOf({ ownerReferences: [owner] }),
      resource: { ...managed, resourceScope: "Cluster" as const },
      names: [{ name: "w" }],
    },
    {
      why: "passes over an owner that does not control",
      object: objectOf({ ownerReferences: [{ ...owner, controller: false }] }),
      names: [],
    },
    { why: "passes over an owner of another kind", object: objectOf({ ownerReferences: [{ ...owner, kind: "Gadget" }] }), names: [] },
    {
      why: "passes over an owner of another group",
      object: objectOf({ ownerReferences: [{ ...owner, apiVersion: "other.dev/v1" }] }),
      names: [],
    },
    { why: "finds nothing where there is no owner", object: objectOf(), names: [] },
  ]) {
    test(why, () => assert.deepEqual(controllersOf(object, resource), names));
  }
});

describe("a related source", () => {
  const targets = ({ metadata }: KubeObject): readonly { readonly name: string }[] =>
    (metadata.labels?.["to"] ?? "")
      .split("+")
      .filter(Boolean)
      .map((name) => ({ name }));
  const open = (
    map: WatchedKind["map"],
  ): { readonly handler: ReturnType<typeof relatedHandler>; readonly wanted: string[]; readonly failures: unknown[] } => {
    const wanted: string[] = [];
    const failures: unknown[] = [];
    const handler = relatedHandler({
      watched: { group: "", kind: "Secret", ...(map !== undefined && { map }) },
      managed,
      want: (key, cause) => wanted.push(`${key} by ${cause.type === "related" ? `${cause.kind} ${cause.key}` : cause.type}`),
      onFailure: (_, cause) => failures.push(cause),
      onDeleted: () => {},
    });
    return { handler, wanted, failures };
  };
  const to = (names: string): KubeObject => objectOf({ labels: { to: names } });

  test("wakes whom an object refers to, and whom it referred to, each once", () => {
    const { handler, wanted } = open(targets);
    void handler.added?.(to("x"), { isInitial: false });
    void handler.changed?.(to("y+z"), to("x+y"));
    void handler.deleted?.(to("z"), { finalStateUnknown: false });
    assert.deepEqual(
      wanted,
      ["x", "y", "z", "x", "z"].map((name) => `${name} by Secret n/a`),
    );
  });

  test("is silent about what was there at the start: every object runs then anyway", () => {
    const { handler, wanted } = open(targets);
    void handler.added?.(to("x"), { isInitial: true });
    assert.deepEqual(wanted, []);
  });

  test("outlives a mapping that throws: whom the other object concerns is woken all the same", () => {
    const cause = new Error("broken");
    const { handler, wanted, failures } = open((object) =>
      object.metadata.labels?.["to"] === "bad" ? assert.fail(cause) : targets(object),
    );
    void handler.changed?.(to("bad"), to("x"));
    assert.deepEqual([failures, wanted], [[cause], ["x by Secret n/a"]]);
  });

  test("takes a mapping that was made async for one that fails, and outlives what it rejects with", async () => {
    const rejecting = (): Promise<never> => Promise.reject(new Error("broken"));
    const { handler, wanted, failures } = open(rejecting as unknown as WatchedKind["map"]); // As plain JavaScript lets it be.
    void handler.added?.(to("x"), { isInitial: false });
    await settle();
    assert.deepEqual([failures.map((failure) => failure instanceof TypeError), wanted], [[true], []]);
  });
});

describe("the primary source", () => {
  test("tells of each change with its cause, first lists at low priority, and keeps count of finalizers", () => {
    const held = new Set<string>();
    const gone = new Gone();
    const wanted: unknown[] = [];
    const deleted: KubeObject[] = [];
    const handler = primaryHandler({
      finalizer: "x/ours",
      held,
      gone,
      want: (key, { type }, priority) => wanted.push([key, type, priority]),
      onDeleted: (object) => deleted.push(object),
    });
    assert.equal(handler.coalesces, true, "a storm of changes of one object is told once");
    const ours = objectOf({ finalizers: ["x/ours"] });
    void handler.added?.(objectOf({ name: "b" }), { isInitial: true });
    void handler.added?.(ours, { isInitial: false });
    assert.deepEqual([...held], ["n/a"]);
    void handler.changed?.(objectOf(), ours);
    assert.deepEqual([...held], []);
    void handler.changed?.(ours, objectOf());
    void handler.deleted?.(ours, { finalStateUnknown: false });
    assert.deepEqual([...held], []);
    assert.equal(gone.take("n/a"), true);
    assert.deepEqual(deleted, [ours]);
    assert.deepEqual(wanted, [
      ["n/b", "start", FIRST_LIST_PRIORITY],
      ["n/a", "added", 0],
      ["n/a", "changed", 0],
      ["n/a", "changed", 0],
      ["n/a", "deleted", 0],
    ]);
  });
});

describe("Causes", () => {
  const related = (key: string): Cause => ({ type: "related", group: "", kind: "Secret", key });

  test("merge what is equal, and are taken once", () => {
    const causes = new Causes();
    for (const cause of [{ type: "changed" }, { type: "changed" }, related("n/x"), related("n/x"), related("n/y")] as const)
      causes.note("n/a", cause);
    assert.deepEqual(causes.take("n/a"), [{ type: "changed" }, related("n/x"), related("n/y")]);
    assert.deepEqual([causes.take("n/a"), causes.size], [[], 0]);
  });

  test("stay a handful, whatever storm of changes comes", () => {
    const causes = new Causes();
    for (let n = 0; n < 10_000; n += 1) causes.note("n/a", related(`n/${n}`));
    assert.equal(causes.take("n/a").length, 32);
  });
});
