import type { Clock } from "@polykind/core";

/** Cancels at once; servers bear 500 (Envoy) to 1,000 (Node) before they give up a connection, against attacks that open and cancel (CVE-2023-44487). */
const BURST = 300;
/** Cancels a second that come back; what Node's servers allow. */
const PER_SECOND = 33;

/**
 * Counts the streams of one session that were cancelled, so that a session is retired before the server takes it for an attack.
 *
 * Guarantee: a session that takes no more streams once this is spent sees at most 300 cancels, those regained, and one for each stream open then.
 */
export class ResetBudget {
  readonly #clock: Clock;
  #left = BURST;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.elapsed();
  }

  /** Counts one cancel. */
  spend(): void {
    this.#regain();
    this.#left -= 1;
  }

  get isSpent(): boolean {
    this.#regain();
    return this.#left <= 0;
  }

  #regain(): void {
    const now = this.#clock.elapsed();
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) / 1000) * PER_SECOND);
    this.#at = now;
  }
}
