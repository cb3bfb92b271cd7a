import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject, ReconcileContext, Reconciler, SetupContext } from "@polykind/plugin";
import inventory from "../src/index.ts";
import { summaryOf } from "../src/summary.ts";
import { Tally } from "../src/tally.ts";

function widget(name: string, status?: unknown): KubeObject {
  const metadata = { name, namespace: "default", uid: `u-${name}`, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
  return { apiVersion: "example.com/v1", kind: "Widget", metadata, ...(status !== undefined && { status }) };
}

function ready(status: string): object {
  return { conditions: [{ type: "Ready", status }] };
}

/** The plugin on one kind, with what it told last. */
class Run {
  readonly series = new Map<string, number>();
  readonly notes: string[] = [];
  readonly #objects: readonly KubeObject[];
  #reconciler: Reconciler | undefined;

  constructor(objects: readonly KubeObject[] = []) {
    this.#objects = objects;
  }

  async start(): Promise<this> {
    this.#reconciler = await inventory.setup(this.#context as unknown as SetupContext);
    return this;
  }

  async reconcile(object: KubeObject): Promise<void> {
    assert.equal(await this.#reconciler?.reconcile(object, this.#context as unknown as ReconcileContext), undefined);
  }

  forget(name: string): void {
    this.#reconciler?.forget?.({ namespace: "default", name }, this.#context as unknown as ReconcileContext);
  }

  get note(): string | undefined {
    return this.notes.at(-1);
  }

  /** A context without a client: the plugin has none to write with. */
  get #context(): object {
    return {
      objects: { list: () => this.#objects },
      metrics: {
        set: (name: string, value: number, labels: object = {}) => this.series.set([name, ...Object.values(labels)].join(" "), value),
      },
      note: (text: string) => this.notes.push(text),
    };
  }
}

describe("inventory", () => {
  test("tells 0 objects of a kind that has none", async () => {
    const run = await new Run().start();
    assert.deepEqual([run.note, Array.from(run.series)], ["0 objects", [["objects", 0]]]);
  });

  test("tells at the start what is there, and counts nothing twice when it is reconciled", async () => {
    const objects = [widget("a", ready("True")), widget("b", ready("False")), widget("c")];
    const run = await new Run(objects).start();
    assert.equal(run.note, "3 objects, Ready 1/2");
    for (const object of objects) await run.reconcile(object);
    assert.equal(run.notes.length, 1);
    assert.deepEqual(Object.fromEntries(run.series), { objects: 3, "conditions Ready True": 1, "conditions Ready False": 1 });
  });

  test("follows an object from its creation to its end, and tells the zero that is left", async () => {
    const run = await new Run().start();
    await run.reconcile(widget("a"));
    await run.reconcile(widget("a", ready("False")));
    await run.reconcile(widget("a", ready("True")));
    run.forget("a");
    run.forget("a");
    assert.deepEqual(run.notes, ["0 objects", "1 object", "1 object, Ready 0/1", "1 object, Ready 1/1", "0 objects"]);
    assert.deepEqual(Object.fromEntries(run.series), { objects: 0, "conditions Ready False": 0, "conditions Ready True": 0 });
  });

  test("is not moved by a change that is none for it", async () => {
    const run = await new Run([widget("a", ready("True"))]).start();
    await run.reconcile(widget("a", { ...ready("True"), observedGeneration: 7 }));
    assert.equal(run.notes.length, 1);
  });

  for (const status of [
    null,
    "ok",
    [],
    { conditions: "none" },
    { conditions: [null, 1, {}, { type: 1, status: "True" }, { type: "Ready" }] },
  ]) {
    test(`takes a status that holds no conditions for what it is: ${JSON.stringify(status)}`, async () => {
      assert.equal((await new Run([widget("a", status)]).start()).note, "1 object");
    });
  }

  test("can manage every kind, beside others", () => {
    assert.deepEqual([inventory.manages, inventory.shared, inventory.finalizer], [{ selector: {} }, true, undefined]);
  });
});

describe("Tally", () => {
  test("equals a recount after any changes", () => {
    const tally = new Tally();
    const model = new Map<string, readonly { readonly type: string; readonly status: string }[]>();
    let seed = 7;
    const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 20_000; step += 1) {
      const key = `k${next(100)}`;
      if (next(4) === 0) {
        assert.equal(tally.remove(key), model.delete(key));
        continue;
      }
      const conditions = ["Ready", "Synced", "Healthy"]
        .slice(next(4))
        .map((type) => ({ type, status: ["True", "False", "Unknown"][next(3)] ?? "" }));
      tally.take(key, next(2) === 0 ? conditions : conditions.toReversed());
      model.set(key, conditions);
    }
    const recount = new Map<string, number>();
    for (const { type, status } of [...model.values()].flat())
      recount.set(`${type} ${status}`, (recount.get(`${type} ${status}`) ?? 0) + 1);
    const counts = Array.from(tally.conditions).flatMap(([type, byStatus]) =>
      Array.from(byStatus, ([status, count]) => [`${type} ${status}`, count] as const),
    );
    assert.equal(tally.objects, model.size);
    assert.deepEqual(Object.fromEntries(counts.filter(([, count]) => count > 0)), Object.fromEntries(recount));
  });

  test("takes the last of two conditions of one type", () => {
    const tally = new Tally();
    tally.take("a", [
      { type: "Ready", status: "False" },
      { type: "Ready", status: "True" },
    ]);
    assert.deepEqual(Object.fromEntries(tally.conditions.get("Ready") ?? []), { True: 1 });
  });

  test("counts what is beyond 50 types as other, and takes it off again there", () => {
    const tally = new Tally();
    const many = Array.from({ length: 80 }, (_, at) => ({ type: `Type${String(at).padStart(2, "0")}`, status: "True" }));
    tally.take("a", many);
    assert.equal(tally.conditions.size, 51);
    assert.equal(tally.conditions.get("other")?.get("True"), 30);
    tally.remove("a");
    assert.ok([...tally.conditions.values()].every((counts) => counts.get("True") === 0));
  });
});

describe("summaryOf", () => {
  for (const { why, objects, conditions, text } of [
    { why: "one object is not many", objects: 1, conditions: {}, text: "1 object" },
    {
      why: "objects without the condition are not part of its share",
      objects: 12,
      conditions: { Ready: { True: 9, False: 1 } },
      text: "12 objects, Ready 9/10",
    },
    {
      why: "Ready comes first, then what most have",
      objects: 5,
      conditions: { A: { True: 1 }, Synced: { True: 5 }, Ready: { False: 2 } },
      text: "5 objects, Ready 0/2, Synced 5/5, A 1/1",
    },
    {
      why: "no more than three are named",
      objects: 2,
      conditions: { D: { True: 1 }, C: { True: 1 }, B: { True: 1 }, A: { True: 1 } },
      text: "2 objects, A 1/1, B 1/1, C 1/1",
    },
    {
      why: "a condition that nobody has any more is not named",
      objects: 1,
      conditions: { Ready: { True: 0, False: 0 } },
      text: "1 object",
    },
  ]) {
    test(why, () => {
      const counts = new Map(
        Object.entries(conditions).map(([type, byStatus]) => [type, new Map<string, number>(Object.entries(byStatus))]),
      );
      assert.equal(summaryOf({ objects, conditions: counts }), text);
    });
  }
});
