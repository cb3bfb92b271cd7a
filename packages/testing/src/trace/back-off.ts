import type { CallFailure } from "./event.ts";

/** A failure, and how many there were in a row. */
export interface FailureInRow extends CallFailure {
  readonly at: number;
  readonly inRow: number;
}

const BACKOFF = { firstMs: 800, longestMs: 30_000, leastMs: 50 };
/** Quick tries are spread over so long. */
const QUICK_SPREAD_MS = 100;
const PASSING: ReadonlySet<string> = new Set(["API_UNREACHABLE", "API_GONE", "API_INVALID", "KIND_NOT_SERVED", "TIMED_OUT"]);

/** Whether a moment may heal it, so that it is tried again almost at once. */
export function isPassing({ code, isStarting, isTooLarge }: CallFailure): boolean {
  return isStarting === true || isTooLarge === true || PASSING.has(code);
}

/** The least pause after a failure. A connection that was lost may be tried anew as soon as another kind sees the server. */
export function leastPauseMs({ code, retryAfterMs = 0, isStarting, isTooLarge, inRow }: FailureInRow): number {
  if (isStarting === true || code === "API_UNREACHABLE" || code === "API_GONE" || code === "API_INVALID") return 0;
  if (isTooLarge === true || code === "KIND_NOT_SERVED" || code === "TIMED_OUT") return Math.max(retryAfterMs, BACKOFF.leastMs);
  return Math.max(retryAfterMs, growing(inRow));
}

/** Over how long at least the attempts of many are spread that failed so; `undefined`: they are woken as soon as the server is back. */
export function spreadMsOf(failure: FailureInRow): number | undefined {
  if (failure.isStarting === true || failure.code === "API_UNREACHABLE") return undefined;
  const ownMs = isPassing(failure) ? QUICK_SPREAD_MS : growing(failure.inRow);
  return failure.retryAfterMs === undefined ? ownMs : Math.min(ownMs, Math.max(QUICK_SPREAD_MS, failure.retryAfterMs / 5));
}

function growing(inRow: number): number {
  return Math.min(BACKOFF.longestMs, BACKOFF.firstMs * 2 ** (inRow - 1));
}
