import type { Clock } from "@polykind/core";

/** A place among the lists that run, or in the queue for one. */
export interface ListPlace {
  /** Resolves when the list may run, or when {@link leave} was called. */
  readonly admitted: Promise<void>;
  /** Tells how an answer came, from which the gate learns how much the server bears. */
  report(answer: { readonly tookMs: number; readonly isThrottled: boolean }): void;
  /** Gives the place back, or leaves the queue; harmless when called twice. */
  leave(): void;
}

/** Bounds the lists that run at once. */
export interface ListGate {
  /** Asks for a place; they are given in the order of asking. */
  ask(): ListPlace;
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

const AT_ONCE = Promise.resolve();

/**
 * A gate that lets in fifty lists at first, and adapts, as TCP does: each good answer adds one, up to `most`, until the first sign of trouble. That is a 429, or an answer
 * that takes far longer than usual: it halves what is let in (never below one), and from then on a round of good answers adds one.
 */
export class AdaptiveListGate implements ListGate {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #waiting = new Set<Place>();
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

  ask(): ListPlace {
    if (this.#inside >= this.limit || this.#waiting.size > 0) {
      const place = new Place(this);
      this.#waiting.add(place);
      return place;
    }
    this.#inside += 1;
    return new Place(this, AT_ONCE);
  }

  /** @internal `place` is wanted no more. */
  leave(place: Place): void {
    if (this.#waiting.delete(place)) return;
    this.#inside -= 1;
    this.#admit();
  }

  #admit(): void {
    for (const place of this.#waiting) {
      if (this.#inside >= this.limit) return;
      this.#waiting.delete(place);
      this.#inside += 1;
      place.admit();
    }
  }

  /** @internal Learns from an answer. */
  learn({ tookMs, isThrottled }: { readonly tookMs: number; readonly isThrottled: boolean }): void {
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

class Place implements ListPlace {
  readonly admitted: Promise<void>;
  readonly #gate: AdaptiveListGate;
  /** Ends the wait. */
  #admit: (() => void) | undefined;
  #hasLeft = false;

  /** @param admitted absent: it waits for {@link admit}. */
  constructor(gate: AdaptiveListGate, admitted?: Promise<void>) {
    this.#gate = gate;
    this.admitted = admitted ?? new Promise((resolve) => (this.#admit = resolve));
  }

  admit(): void {
    this.#admit?.();
  }

  report(answer: { readonly tookMs: number; readonly isThrottled: boolean }): void {
    this.#gate.learn(answer);
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#gate.leave(this);
    this.admit();
  }
}
