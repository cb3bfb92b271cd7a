import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addFinalizer, removeFinalizer } from "../../src/finalizer/patch.ts";
import { finalizerStep, type FinalizerStep } from "../../src/finalizer/state.ts";
import { objectOf } from "../support/objects.ts";

describe("finalizerStep", () => {
  const table: readonly (readonly [string, FinalizerStep])[] = [
    // hasOurs, isDeleting, canFinalize, isTerminating, isRetiring
    ["00000", "reconcile"],
    ["00010", "reconcile"],
    ["00100", "add"],
    ["00110", "nothing"],
    ["01000", "nothing"],
    ["01010", "nothing"],
    ["01100", "nothing"],
    ["01110", "nothing"],
    ["10000", "reconcile"],
    ["10010", "reconcile"],
    ["10100", "reconcile"],
    ["10110", "reconcile"],
    ["11000", "remove"],
    ["11010", "remove"],
    ["11100", "finalize"],
    ["11110", "finalize"],
    ["00001", "nothing"],
    ["00011", "nothing"],
    ["00101", "nothing"],
    ["00111", "nothing"],
    ["01001", "nothing"],
    ["01011", "nothing"],
    ["01101", "nothing"],
    ["01111", "nothing"],
    ["10001", "remove"],
    ["10011", "remove"],
    ["10101", "nothing"],
    ["10111", "nothing"],
    ["11001", "remove"],
    ["11011", "remove"],
    ["11101", "finalize"],
    ["11111", "finalize"],
  ];
  const factsOf = (bits: string): Parameters<typeof finalizerStep>[0] => {
    const [hasOurs, isDeleting, canFinalize, isTerminating, isRetiring] = bits.split("").map((bit) => bit === "1");
    return {
      hasOurs: hasOurs === true,
      isDeleting: isDeleting === true,
      canFinalize: canFinalize === true,
      isTerminating: isTerminating === true,
      isRetiring: isRetiring === true,
    };
  };
  for (const [bits, step] of table)
    test(`is ${step} for ${JSON.stringify(factsOf(bits))}`, () => assert.equal(finalizerStep(factsOf(bits)), step));

  test("never adds while the object is being deleted, and never reconciles without a finalizer that it wants", () => {
    for (let bits = 0; bits < 32; bits += 1) {
      const facts = factsOf(bits.toString(2).padStart(5, "0"));
      const step = finalizerStep(facts);
      if (facts.isDeleting) assert.notEqual(step, "add");
      if (step === "reconcile") assert.ok(facts.hasOurs || !facts.canFinalize);
      if (step === "finalize" || step === "remove") assert.ok(facts.hasOurs && (facts.isDeleting || facts.isRetiring));
      if (facts.isRetiring) assert.ok(step !== "add" && step !== "reconcile");
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
