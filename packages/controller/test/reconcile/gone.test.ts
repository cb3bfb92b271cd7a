import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Gone } from "../../src/reconcile/gone.ts";

describe("Gone", () => {
  test("tells once of an object that is gone and was not finalized", () => {
    const gone = new Gone();
    gone.add("n/a", "u1");
    assert.deepEqual([gone.take("n/a"), gone.take("n/a"), gone.take("n/b")], [true, false, false]);
  });

  test("does not tell of one that was finalized, however fast its event is", () => {
    const gone = new Gone();
    gone.noteFinalized("n/a", "u1");
    assert.equal(gone.wasFinalized("n/a", "u1"), true);
    gone.add("n/a", "u1");
    assert.deepEqual([gone.take("n/a"), gone.wasFinalized("n/a", "u1")], [false, false]);
  });

  test("takes the next object of the same name for a stranger", () => {
    const gone = new Gone();
    gone.noteFinalized("n/a", "u1");
    assert.equal(gone.wasFinalized("n/a", "u2"), false);
    gone.add("n/a", "u2");
    assert.equal(gone.take("n/a"), true);
  });

  test("takes back a finalizer that could not be removed", () => {
    const gone = new Gone();
    gone.noteFinalized("n/a", "u1");
    gone.withdraw("n/a");
    assert.equal(gone.wasFinalized("n/a", "u1"), false);
  });
});
