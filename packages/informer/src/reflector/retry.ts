import { retryAfterMsOf, statusOf } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import type { Memory } from "./state.ts";

/** Health for so long forgets earlier failures. */
export const HEALTHY_MS = 120_000;
/** Health for so long allows quick tries anew. */
export const SETTLED_MS = 10_000;
/** Failures that are tried again almost at once: a connection that broke, or a server that is being replaced, is mostly back by then. */
export const QUICK_TRIES = 4;
/** A server that says it is starting is asked so often at the quick pace: it is ready within a second. */
export const STARTING_TRIES = 20;
const FIRST_BACKOFF_MS = 800;
const LONGEST_BACKOFF_MS = 30_000;
/** A kind that has just been established may be unknown to some replicas for so long. */
const SETTLING_MS = 30_000;

/** What a delay is reckoned from. */
export interface Attempt {
  readonly memory: Pick<Memory, "failures" | "refusals" | "tries" | "starting" | "startedAt" | "version">;
  /** Absent: the server ended the call in order, but without any use. */
  readonly error: PolykindError | undefined;
  readonly elapsedMs: number;
  readonly draw: number;
}

/**
 * The milliseconds to wait before the next call after a failed one; `memory` counts it already.
 *
 * 50–150 ms for the first {@link QUICK_TRIES} failures that a moment may heal, and for a version that the server does not know; else 0.8 s, doubled each time up to 30 s, plus up to as much again. Never
 * less than the server's `Retry-After`, unless the server says that it is just starting: it then asks for seconds where it takes milliseconds. Answers of the server
 * are counted apart from the times when there was none.
 */
export function retryDelayMs({ memory, error, elapsedMs, draw }: Attempt): number {
  const quickMs = 50 + 100 * draw;
  if (isStarting(error) && memory.starting <= STARTING_TRIES) return quickMs;
  const ownMs = ownDelayMs({ memory, error, elapsedMs, draw }, quickMs);
  const askedMs = error === undefined ? undefined : retryAfterMsOf(error);
  return askedMs === undefined ? ownMs : Math.max(ownMs, askedMs + draw * Math.max(100, askedMs / 5));
}

function ownDelayMs({ memory, error, elapsedMs, draw }: Attempt, quickMs: number): number {
  if (error?.code === "KIND_NOT_SERVED" && memory.version === "" && elapsedMs - memory.startedAt < SETTLING_MS) {
    return Math.min(2_000, 250 * 2 ** (memory.failures - 1)) * (0.5 + draw / 2);
  }
  // Denied twice it is asked for no more, so there is nothing to back off from but the time that the server names.
  if (error !== undefined && isTooLarge(error)) return quickMs;
  const isQuick = isPassing(error);
  // A large cache may take seconds to be filled: what was tried at the quick pace before says nothing of how long it still takes.
  if (isStarting(error)) return backoffMs(memory.starting - STARTING_TRIES, draw);
  const failures = isRefusal(error) ? memory.refusals : memory.failures;
  if (isQuick && Math.min(memory.tries, failures) <= QUICK_TRIES) return quickMs;
  return backoffMs(failures - (isQuick ? QUICK_TRIES : 0), draw);
}

/** Whether the server itself has answered so, or has ended a call. It is there then, and what was waited for it before is no reason to wait longer now. */
export function isRefusal(error: PolykindError | undefined): boolean {
  return error?.code !== "API_UNREACHABLE" && error?.code !== "TIMED_OUT" && !isStarting(error);
}

/** The wait after so many failures in a row. */
function backoffMs(failures: number, draw: number): number {
  const doublings = Math.max(0, failures - 1);
  return Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(doublings, 10)) * (1 + draw);
}

/** Whether a moment may heal it: the connection, silence, a compacted version, a watch that ended too early. */
function isPassing(error: PolykindError | undefined): boolean {
  switch (error?.code) {
    case undefined:
    case "API_UNREACHABLE":
    case "API_GONE":
    case "TIMED_OUT":
      return true;
    default:
      return isStarting(error);
  }
}

/**
 * Whether the server says that it, or its watch cache for the kind, is still starting.
 *
 * Seen on Kubernetes 1.36: 503 with `Retry-After: 5` until all paths are installed, then 429 with `Retry-After: 1` until the watch cache is filled,
 * each for about 0.1 s.
 */
export function isStarting(error: PolykindError | undefined): boolean {
  if (error === undefined) return false;
  const message = statusOf(error)?.message ?? "";
  return (
    (error.code === "API_THROTTLED" && message.includes("initializing")) ||
    (error.code === "API_UNAVAILABLE" && message.includes("before all known HTTP paths"))
  );
}

/** Whether the server does not know of the version asked for yet: it lags behind, or has lost history. */
export function isTooLarge(error: PolykindError): boolean {
  const status = statusOf(error);
  if (status === undefined) return false;
  return (
    status.details?.causes?.some(({ reason }) => reason === "ResourceVersionTooLarge") === true ||
    status.message?.includes("Too large resource version") === true
  );
}
