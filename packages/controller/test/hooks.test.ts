import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hooksOf } from "../src/hooks.ts";

const reconcile = async (): Promise<undefined> => undefined;

describe("hooksOf", () => {
  for (const hook of ["finalize", "forget", "onTerminating", "onSchemaChange", "onStop"]) {
    for (const value of [5, "x", {}, true]) {
      test(`refuses a reconciler whose ${hook} is a ${typeof value}, and names the hook`, () => {
        const hooks = hooksOf({ reconcile, [hook]: value });
        assert.ok(hooks.type === "none" && hooks.problem.includes(`\`${hook}\` is a ${typeof value}`));
      });
    }

    for (const value of [undefined, null]) {
      test(`takes a ${hook} that is ${String(value)} for none`, () => {
        const hooks = hooksOf({ reconcile, [hook]: value });
        assert.deepEqual(hooks.type === "hooks" && Object.keys(hooks.hooks), ["reconcile"]);
      });
    }
  }

  for (const made of [undefined, null, 5, "reconcile", {}, { reconcile: 5 }, () => undefined]) {
    test(`finds no reconciler in ${String(made)}`, () => assert.equal(hooksOf(made).type, "none"));
  }

  test("binds hooks to what has them, and takes them once: what is put there later has no effect", async () => {
    class Counter {
      size = 0;
      reconcile(): Promise<undefined> {
        this.size += 1;
        return Promise.resolve(undefined);
      }
      forget: unknown = (): void => void (this.size += 10);
    }
    const made = new Counter();
    const hooks = hooksOf(made);
    assert.ok(hooks.type === "hooks");
    made.forget = 5;
    await hooks.hooks.reconcile({} as never, {} as never);
    hooks.hooks.forget?.({ name: "a" }, {} as never);
    assert.equal(made.size, 11);
  });
});
