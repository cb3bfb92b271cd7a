import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import { Finalizers } from "../../src/reconcile/finalizers.ts";
import { Held } from "../../src/reconcile/held.ts";
import type { Sender } from "../../src/writer/sender.ts";
import { objectOf } from "../support/objects.ts";

const OURS = "x/ours";
const managed = { group: "test.polykind.dev", version: "v1", kind: "Widget", plural: "widgets", resourceScope: "Namespaced" } as const;
const sending = { runKey: "n/a", signal: new AbortController().signal };

/** Finalizers on a server that answers each change with `answer`, ahead of the cache. */
function open(answer: KubeObject): { readonly finalizers: Finalizers; readonly held: Held } {
  const held = new Held();
  const caches = { informerOf: () => ({ store: { hasReached: () => false } }) };
  const sender = { managed, caches, write: async () => answer } as unknown as Sender; // What finalizers use of it.
  return { finalizers: new Finalizers(OURS, { sender, held }), held };
}

describe("Finalizers", () => {
  test("are changed when the answer shows it", async () => {
    const { finalizers, held } = open(objectOf({ finalizers: [OURS], resourceVersion: "11" }));
    assert.deepEqual(await finalizers.add(objectOf(), sending), { type: "changed", resourceVersion: "11" });
    assert.equal(held.size, 1);
  });

  for (const { why, finalizers: left } of [
    { why: "no finalizer", finalizers: undefined },
    { why: "only those of others", finalizers: ["x/other"] },
  ]) {
    test(`fail when the answer to an add shows ${why}: a webhook took it off, and no event will come`, async () => {
      const { finalizers, held } = open(objectOf(left && { finalizers: left }));
      await assert.rejects(finalizers.add(objectOf(), sending), {
        code: "API_PROTOCOL",
        facts: { finalizer: OURS, finalizers: left ?? [] },
      });
      assert.equal(held.isEmpty, true);
    });
  }

  test("fail when the answer to a removal shows it still", async () => {
    const { finalizers } = open(objectOf({ finalizers: [OURS] }));
    await assert.rejects(finalizers.remove(objectOf({ finalizers: [OURS] }), sending), { code: "API_PROTOCOL" });
  });
});
