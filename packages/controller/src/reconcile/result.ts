import { PolykindError } from "@polykind/core";
import type { Result } from "@polykind/plugin";

/** No requeue lies further ahead, in milliseconds: a year. */
const LONGEST_MS = 365 * 24 * 3_600_000;

/**
 * When to come again by what a plugin returned; `undefined`: at the next change. What is too far ahead is a year.
 *
 * @throws PolykindError `PLUGIN_FAILED` for what is no {@link Result}: neither a `NaN` nor a time that is over may spin.
 */
export function requeueAfterMsOf(returned: Result | undefined): number | undefined {
  // A plugin in plain JavaScript may return anything.
  const result: unknown = returned;
  if (result === undefined || result === null) return undefined;
  if (typeof result !== "object") throw invalid(`it returned ${typeof result === "string" ? "a string" : String(result)}`);
  const afterMs: unknown = "requeueAfterMs" in result ? result.requeueAfterMs : undefined;
  if (afterMs === undefined || afterMs === null) return undefined;
  if (typeof afterMs !== "number") throw invalid(`its requeueAfterMs is a ${typeof afterMs}`);
  if (Number.isNaN(afterMs) || afterMs < 0) throw invalid(`its requeueAfterMs is ${afterMs}, which is no time to come`);
  return Math.min(afterMs, LONGEST_MS);
}

function invalid(why: string): PolykindError {
  return new PolykindError(
    "PLUGIN_FAILED",
    `cannot tell when to reconcile again: ${why}; return undefined or { requeueAfterMs } of at least 0`,
  );
}
