import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addFinalizer, removeFinalizer } from "../../src/finalizer/patch.ts";
import { finalizerStep, type FinalizerStep } from "../../src/finalizer/state.ts";
import { objectOf } from "../support/objects.ts";

describe("finalizerStep", () => {
  const table: readonly (readonly [string, FinalizerStep])[] = [
    // hasOurs, isDeleting, canFinalize, isTerminating
    ["0000", "reconcile"],
    ["0001", "reconcile"],
    ["0010", "add"],
    ["0011", "nothing"],
    ["0100", "nothing"],
    ["0101", "nothing"],
    ["0110", "nothing"],
    ["0111", "nothing"],
    ["1000", "reconcile"],
    ["1001", "reconcile"],
    ["1010", "reconcile"],
    ["1011", "reconcile"],
    ["1100", "remove"],
    ["1101", "remove"],
    ["1110", "finalize"],
    ["1111", "finalize"],
  ];
  const factsOf = (bits: string): Parameters<typeof finalizerStep>[0] => {
    const [hasOurs, isDeleting, canFinalize, isTerminating] = bits.split("").map((bit) => bit === "1");
    return {
      hasOurs: hasOurs === true,
      isDeleting: isDeleting === true,
      canFinalize: canFinalize === true,
      isTerminating: isTerminating === true,
    };
  };
  for (const [bits, step] of table)
    test(`is ${step} for ${JSON.stringify(factsOf(bits))}`, () => assert.equal(finalizerStep(factsOf(bits)), step));

  test("never adds while the object is being deleted, and never reconciles without a finalizer that it wants", () => {
    for (let bits = 0; bits < 16; bits += 1) {
      const facts = factsOf(bits.toString(2).padStart(4, "0"));
      const step = finalizerStep(facts);
      if (facts.isDeleting) assert.notEqual(step, "add");
      if (step === "reconcile") assert.ok(facts.hasOurs || !facts.canFinalize);
      if (step === "finalize" || step === "remove") assert.ok(facts.hasOurs && facts.isDeleting);
    }
  });
});

const isSame = { op: "test", path: "/metadata/uid", value: "u1" };

describe("addFinalizer", () => {
  for (const { why, finalizers, patch } of [
    {
      why: "tests the version where there is no list to test",
      finalizers: undefined,
      patch: [
        isSame,
        { op: "test", path: "/metadata/resourceVersion", value: "10" },
        { op: "add", path: "/metadata/finalizers", value: ["x/ours"] },
      ],
    },
    {
      why: "takes an empty list for none",
      finalizers: [],
      patch: [
        isSame,
        { op: "test", path: "/metadata/resourceVersion", value: "10" },
        { op: "add", path: "/metadata/finalizers", value: ["x/ours"] },
      ],
    },
    {
      why: "tests the whole list and goes behind it",
      finalizers: ["x/one", "x/two"],
      patch: [
        isSame,
        { op: "test", path: "/metadata/finalizers", value: ["x/one", "x/two"] },
        { op: "add", path: "/metadata/finalizers/-", value: "x/ours" },
      ],
    },
  ]) {
    test(why, () => assert.deepEqual(addFinalizer(objectOf(finalizers && { finalizers }), "x/ours"), patch));
  }
});

describe("removeFinalizer", () => {
  test("tests that the index still holds it, so that no other is ever removed", () => {
    assert.deepEqual(removeFinalizer(objectOf({ finalizers: ["x/one", "x/ours", "x/two"] }), "x/ours"), [
      isSame,
      { op: "test", path: "/metadata/finalizers/1", value: "x/ours" },
      { op: "remove", path: "/metadata/finalizers/1" },
    ]);
  });

  for (const finalizers of [undefined, [], ["x/one"]]) {
    test(`has nothing to do for ${JSON.stringify(finalizers)}`, () => {
      assert.equal(removeFinalizer(objectOf(finalizers && { finalizers }), "x/ours"), undefined);
    });
  }
});
