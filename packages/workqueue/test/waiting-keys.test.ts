import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { WaitingKeys } from "../src/waiting-keys.ts";

const key = fc.integer({ min: 0, max: 30 }).map(String);

describe("WaitingKeys", () => {
  test("always has the key in front that is due first, whatever is set, moved and taken", () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.record({ key, dueAtMs: fc.nat(50) }), key), { maxLength: 200 }), (steps) => {
        const heap = new WaitingKeys();
        const model = new Map<string, number>();
        for (const step of steps) {
          if (typeof step === "string") {
            assert.equal(heap.take(step)?.dueAtMs, model.get(step));
            model.delete(step);
          } else {
            heap.set({ ...step, latestAtMs: step.dueAtMs, priority: 0 });
            model.set(step.key, step.dueAtMs);
          }
          assert.equal(heap.size, model.size);
          assert.equal(heap.first?.dueAtMs, model.size === 0 ? undefined : Math.min(...model.values()));
        }
      }),
    ));

  test("gives keys of one instant out in the order in which they came", () => {
    const heap = new WaitingKeys();
    const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
    for (const key of keys) heap.set({ key, dueAtMs: 1, latestAtMs: 1, priority: 0 });
    assert.deepEqual(
      keys.map(() => heap.take(heap.first?.key ?? "")?.key),
      keys,
    );
  });
});
