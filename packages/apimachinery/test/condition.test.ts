import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Condition, findCondition, withCondition } from "@polykind/apimachinery";

const ready: Condition = {
  type: "Ready",
  status: "True",
  reason: "AllUp",
  message: "3 of 3",
  lastTransitionTime: "2026-01-01T00:00:00Z",
  observedGeneration: 1,
};
const other: Condition = { type: "Synced", status: "True", reason: "Done", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" };
const later = "2026-02-02T00:00:00Z";

describe("withCondition", () => {
  test("adds a type that is not there, with the instant of the change", () => {
    const { lastTransitionTime: _, ...next } = ready;
    assert.deepEqual(withCondition(undefined, next, later), [{ ...ready, lastTransitionTime: later }]);
  });

  test("moves the instant when the status changes, and leaves other types alone", () => {
    const [first, second] = withCondition([other, ready], { type: "Ready", status: "False", reason: "Down", message: "" }, later);
    assert.equal(first, other);
    assert.equal(second?.lastTransitionTime, later);
  });

  test("keeps the instant when only the message changes", () => {
    const conditions = withCondition([ready], { ...ready, message: "3 of 4" }, later);
    assert.equal(findCondition(conditions, "Ready")?.lastTransitionTime, ready.lastTransitionTime);
    assert.equal(findCondition(conditions, "Ready")?.message, "3 of 4");
  });

  test("returns the same array when nothing changes, so that nothing is written", () => {
    const conditions = [ready];
    assert.equal(withCondition(conditions, { ...ready }, later), conditions);
  });

  test("takes a newer observed generation for a change", () => {
    assert.notEqual(withCondition([ready], { ...ready, observedGeneration: 2 }, later)[0], ready);
  });
});
