import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { finalizerOfKey, pluginKeyOf, pluginNameOf } from "../../src/kind/plugin-key.ts";

describe("the key of a plugin", () => {
  for (const { why, finalizer, key, is } of [
    { why: "is its name where its finalizer goes with the name", finalizer: undefined, key: "ttl", is: "ttl.polykind.dev/finalizer" },
    { why: "is the same where it says so itself", finalizer: "ttl.polykind.dev/finalizer", key: "ttl", is: "ttl.polykind.dev/finalizer" },
    { why: "holds any other finalizer", finalizer: "example.com/ttl", key: "ttl (example.com/ttl)", is: "example.com/ttl" },
  ]) {
    test(`${why}, and gives both back`, () => {
      const made = pluginKeyOf({ name: "ttl", ...(finalizer !== undefined && { finalizer }) });
      assert.deepEqual([made, pluginNameOf(made), finalizerOfKey(made)], [key, "ttl", is]);
    });
  }
});
