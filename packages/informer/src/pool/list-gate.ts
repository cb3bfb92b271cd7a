import type { Clock } from "@polykind/core";

/** A place among the lists that run now. */
export interface ListTicket {
  /** Tells how an answer came, from which the gate learns how much the server bears. */
  report(answer: { readonly tookMs: number; readonly isThrottled: boolean }): void;
  /** Gives the place back; harmless when called twice. */
  leave(): void;
}

/** Bounds the lists that run at once. */
export interface ListGate {
  /** Waits for a place, in the order of coming; rejects with the reason of `signal`. */
  enter(signal: AbortSignal): Promise<ListTicket>;
}

/** At most one halving in this time: answers that were under way when it happened say nothing new. */
const HALVE_EVERY_MS = 1_000;
/** An answer is slow when it takes so many times the usual, and at least so long. */
const SLOW = { times: 4, leastMs: 500 };

/**
 * What it lets in before it has seen how the server answers: half of what one connection to kube-apiserver carries. Ten are too few where kinds are many and small: 1,000 of them take
 * four round trips more.
 */
const FIRST_LIMIT = 50;

interface Waiting {
  readonly admit: () => void;
}

/**
 * A gate that lets in fifty lists at first, and adapts, as TCP does: each good answer adds one, up to `most`, until the first sign of trouble. That is a 429, or an answer
 * that takes far longer than usual: it halves what is let in (never below one), and from then on a round of good answers adds one.
 */
export class AdaptiveListGate implements ListGate {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #inside = 0;
  #limit: number;
  #hasSeenTrouble = false;
  #usualMs: number | undefined;
  #halvedAt = Number.NEGATIVE_INFINITY;

  constructor({ most, clock }: { readonly most: number; readonly clock: Clock }) {
    this.#most = most;
    this.#limit = Math.min(most, FIRST_LIMIT);
    this.#clock = clock;
  }

  /** How many it lets in now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** How many are inside, and how many wait. */
  get load(): { readonly inside: number; readonly waiting: number } {
    return { inside: this.#inside, waiting: this.#waiting.size };
  }

  async enter(signal: AbortSignal): Promise<ListTicket> {
    signal.throwIfAborted();
    if (this.#inside < this.limit && this.#waiting.size === 0) this.#inside += 1;
    else await this.#waitForPlace(signal);
    let isInside = true;
    return {
      report: (answer) => this.#learn(answer),
      leave: () => {
        if (!isInside) return;
        isInside = false;
        this.#inside -= 1;
        this.#admit();
      },
    };
  }

  async #waitForPlace(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { admit: resolve };
    const abort = (): void => {
      // Once admitted it is taken out of the waiting, and has to leave by its ticket.
      if (this.#waiting.delete(waiting)) reject(signal.reason);
    };
    this.#waiting.add(waiting);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (this.#inside >= this.limit) return;
      this.#waiting.delete(waiting);
      this.#inside += 1;
      waiting.admit();
    }
  }

  #learn({ tookMs, isThrottled }: { readonly tookMs: number; readonly isThrottled: boolean }): void {
    const usualMs = this.#usualMs ?? tookMs;
    const isSlow = tookMs >= SLOW.leastMs && tookMs > usualMs * SLOW.times;
    if (isThrottled || isSlow) this.#halve();
    else this.#limit = Math.min(this.#most, this.#limit + (this.#hasSeenTrouble ? 1 / this.#limit : 1));
    if (!isThrottled) this.#usualMs = usualMs + (tookMs - usualMs) / 8;
    this.#admit();
  }

  #halve(): void {
    this.#hasSeenTrouble = true;
    const at = this.#clock.elapsed();
    if (at - this.#halvedAt < HALVE_EVERY_MS) return;
    this.#halvedAt = at;
    this.#limit = Math.max(1, this.#limit / 2);
  }
}
