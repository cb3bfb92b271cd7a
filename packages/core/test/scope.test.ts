import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Scope, ScopeClosedError } from "@polykind/core";

describe("Scope", () => {
  test("aborts its signal before the first end runs, so that nothing starts anew while things end", async () => {
    const scope = new Scope();
    let wasAborted = false;
    scope.defer(() => (wasAborted = scope.signal.aborted));
    await scope.close("why");
    assert.equal(wasAborted, true);
    assert.equal(scope.signal.reason, "why");
  });

  test("awaits each end before the one opened earlier", async () => {
    const scope = new Scope();
    const order: string[] = [];
    scope.defer(() => order.push("first"));
    scope.defer(async () => {
      await Promise.resolve();
      order.push("last");
    });
    await scope.close();
    assert.deepEqual(order, ["last", "first"]);
  });

  test("runs every end although one fails, and then says which failed", async () => {
    const scope = new Scope();
    let hasRun = false;
    scope.defer(() => (hasRun = true));
    scope.defer(() => Promise.reject(new Error("broken")));
    await assert.rejects(scope.close(), (error: AggregateError) => error.errors.length === 1);
    assert.equal(hasRun, true);
  });

  test("refuses what comes too late, since nobody would end it", async () => {
    const scope = new Scope();
    await scope.close();
    assert.throws(() => scope.defer(() => {}), ScopeClosedError);
  });

  test("closes once, however often it is asked", async () => {
    const scope = new Scope();
    let times = 0;
    scope.defer(() => (times += 1));
    await Promise.all([scope.close(), scope.close(), scope[Symbol.asyncDispose]()]);
    assert.equal(times, 1);
  });

  test("forgets an end that was taken back", async () => {
    const scope = new Scope();
    const forget = scope.defer(() => assert.fail("taken back"));
    forget();
    assert.equal(scope.size, 0);
    await scope.close();
  });

  test("closes its children, and holds none that closed before", async () => {
    const parent = new Scope();
    const [early, late] = [parent.child(), parent.child()];
    await early.close();
    assert.equal(parent.size, 1);
    await parent.close("over");
    assert.equal(late.signal.reason, "over");
  });

  test("tells its children's failures although they closed with it", async () => {
    const parent = new Scope();
    parent.child().defer(() => Promise.reject(new Error("broken")));
    await assert.rejects(parent.close(), AggregateError);
  });

  test("does not wait for itself when one of its own ends closes it", async () => {
    const scope = new Scope();
    scope.defer(() => void scope.close());
    await scope.close();
    assert.equal(scope.isClosed, true);
  });
});
