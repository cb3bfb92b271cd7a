import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import type { Result } from "@polykind/plugin";
import { requeueAfterMsOf } from "../../src/reconcile/result.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

describe("requeueAfterMsOf", () => {
  for (const { why, returned, afterMs } of [
    { why: "nothing is nothing", returned: undefined, afterMs: undefined },
    { why: "null of a plugin in JavaScript is nothing", returned: null, afterMs: undefined },
    { why: "a result without a time is nothing", returned: {}, afterMs: undefined },
    { why: "a time is a time", returned: { requeueAfterMs: 5 }, afterMs: 5 },
    { why: "0 is at once", returned: { requeueAfterMs: 0 }, afterMs: 0 },
    { why: "0 that was reckoned from below is 0", returned: { requeueAfterMs: -0 }, afterMs: -0 },
    { why: "no timer lies further ahead than a year", returned: { requeueAfterMs: Infinity }, afterMs: YEAR_MS },
  ]) {
    test(why, () => assert.equal(requeueAfterMsOf(returned as Result | undefined), afterMs));
  }

  for (const returned of [
    { requeueAfterMs: Number.NaN },
    { requeueAfterMs: -5 },
    { requeueAfterMs: -Infinity },
    { requeueAfterMs: "5" },
    "done",
    5,
    true,
  ]) {
    test(`${inspect(returned)} is a failure of the plugin, which neither spins nor sleeps for ever`, () => {
      assert.throws(() => requeueAfterMsOf(returned as Result), { code: "PLUGIN_FAILED" });
    });
  }
});
