import type { Clock } from "@polykind/core";

/**
 * A rate with bursts: each reservation has its turn, `perSecond` of them in the long run and `burst` at once after a rest.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: Clock;
  /** Below zero: turns that were given out and have not come yet. */
  #tokens: number;
  #filledAtMs: number;

  constructor({ perSecond, burst, clock }: { readonly perSecond: number; readonly burst: number; readonly clock: Clock }) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#filledAtMs = clock.elapsed();
  }

  /** Takes a turn. @returns the milliseconds until it comes; 0: it is now. */
  reserve(): number {
    const nowMs = this.#clock.elapsed();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledAtMs) * this.#perMs) - 1;
    this.#filledAtMs = nowMs;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }
}
