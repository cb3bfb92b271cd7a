import type { Random } from "@polykind/core";
import type { Loss } from "./failure.ts";

/**
 * What a call may be retried for. `read`: it changes nothing. `write`: only what the server cannot have acted upon. `stream`: its caller has a backoff of its own,
 * so only what costs nothing.
 */
export type CallKind = "read" | "write" | "stream";

/** How an attempt failed: without an answer, or with one that asks to come again. */
export type AttemptFailure = { readonly loss: Loss } | { readonly status: number; readonly retryAfterMs: number | undefined };

/** One attempt of a call. */
export interface Attempt {
  readonly kind: CallKind;
  /** From 1. */
  readonly number: number;
  /** What is left of the call's time. */
  readonly leftMs: number;
}

const ATTEMPTS_MAX = 4;
const FIRST_BACKOFF_MS = 100;

/**
 * After how many milliseconds to try again, or `undefined` when the failure stands.
 *
 * Never less than the server asked for by `Retry-After`; never later than the call's time allows. Jitter is up to one half on top.
 */
export function retryDelayMs({ kind, number, leftMs }: Attempt, failure: AttemptFailure, random: Random): number | undefined {
  if (number >= ATTEMPTS_MAX || !isRetried(kind, number, failure)) return undefined;
  const delayMs = delayOf(number, failure) * (1 + random() / 2);
  return delayMs < leftMs ? delayMs : undefined;
}

function isRetried(kind: CallKind, number: number, failure: AttemptFailure): boolean {
  if ("status" in failure) return kind === "read" && (failure.status === 429 || failure.status === 503);
  switch (failure.loss) {
    case "refused":
      return kind !== "stream" || number === 1;
    case "crowded":
      return kind === "read" || (kind === "stream" && number === 1);
    case "unreachable":
      return kind !== "stream";
    case "stale":
      return kind === "read" || (kind === "stream" && number === 1);
    case "lost":
      return kind === "read";
  }
}

function delayOf(number: number, failure: AttemptFailure): number {
  // Another connection may well take it at once.
  if ("loss" in failure && number === 1 && (failure.loss === "refused" || failure.loss === "stale")) return 0;
  const backoffMs = FIRST_BACKOFF_MS * 2 ** (number - 1);
  return "status" in failure ? Math.max(backoffMs, failure.retryAfterMs ?? 0) : backoffMs;
}

/**
 * The milliseconds that a `Retry-After` field asks to wait: a number of seconds or an HTTP date. `undefined` when it is neither.
 *
 * @example
 * parseRetryAfter("2", 0);
 * // => 2000
 */
export function parseRetryAfter(field: string | undefined, now: number): number | undefined {
  if (field === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(field)) return Number(field) * 1000;
  const at = Date.parse(field);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
