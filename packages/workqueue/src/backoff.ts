import type { Clock, Random } from "@polykind/core";
import { TokenBucket } from "./token-bucket.ts";

/** How retries are spread in time. */
export interface BackoffOptions {
  /** The delay after the first failure of a key, in milliseconds. It doubles with each further one. Default: 5. */
  readonly leastMs?: number;
  /** No key waits longer than this, in milliseconds, for its own failures. Default: 1,000,000. */
  readonly mostMs?: number;
  /** Retries of all keys together, in the long run. Default: 10. */
  readonly perSecond?: number;
  /** Retries that may come at once before `perSecond` counts. Default: 100. */
  readonly burst?: number;
}

/** So much of a delay is left to chance, so that keys that failed together do not come back together. */
const JITTER = 0.1;

/**
 * Counts the failures of each key and tells how long its next retry waits: the longer of its own exponential delay and of its turn in the
 * overall rate. A key's own delay grows with each failure until it is within a tenth of the longest.
 */
export class Backoff {
  readonly #leastMs: number;
  readonly #mostMs: number;
  readonly #random: Random;
  readonly #bucket: TokenBucket;
  readonly #failures = new Map<string, number>();

  constructor(
    { leastMs = 5, mostMs = 1_000_000, perSecond = 10, burst = 100 }: BackoffOptions,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
  ) {
    this.#leastMs = leastMs;
    this.#mostMs = mostMs;
    this.#random = random;
    this.#bucket = new TokenBucket({ perSecond, burst, clock });
  }

  /** Keys that have failed since they were last forgotten. */
  get size(): number {
    return this.#failures.size;
  }

  failuresOf(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Counts a failure. @returns the milliseconds to wait before the next try. */
  next(key: string): number {
    const failures = this.failuresOf(key);
    this.#failures.set(key, failures + 1);
    const fullMs = Math.min(this.#leastMs * 2 ** failures, this.#mostMs);
    return Math.max(fullMs * (1 - JITTER * this.#random()), this.#bucket.reserve());
  }

  /** The key has succeeded, or is of no more interest. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  clear(): void {
    this.#failures.clear();
  }
}
