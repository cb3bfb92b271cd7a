import type { Clock } from "@polykind/core";

/** So long after others have brought bytes one is not alone. */
const ALONE_AFTER_MS = 1_000;

/** The turns of the event loop as the bodies of one client share them. A turn is one look at all sockets and what follows from it. */
export class Turns {
  readonly #clock: Clock;
  #shares = 0;
  #turn = 0;
  /** Whether the end of this turn is waited for. */
  #isAsked = false;
  /** Who has brought bytes last, and when. */
  #last = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  /** Until when who has brought bytes last is not alone. */
  #sharedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What one more body takes of them. */
  share(): TurnShare {
    return new TurnShare(this, (this.#shares += 1));
  }

  /** @internal The turn that runs now, as a number that each turn has another of. */
  now(): number {
    if (!this.#isAsked) {
      this.#isAsked = true;
      setImmediate(() => {
        this.#turn += 1;
        this.#isAsked = false;
      });
    }
    return this.#turn;
  }

  /** @internal */
  isAlone(share: number): boolean {
    const now = this.#clock.elapsed();
    if (this.#last !== share) this.#sharedUntilMs = this.#lastAtMs + ALONE_AFTER_MS;
    this.#last = share;
    this.#lastAtMs = now;
    return now >= this.#sharedUntilMs;
  }
}

/** What one body takes of the turns. */
export class TurnShare {
  readonly #turns: Turns;
  readonly #id: number;
  #turn = -1;
  #bytes = 0;

  /** @internal */
  constructor(turns: Turns, id: number) {
    this.#turns = turns;
    this.#id = id;
  }

  /** Whether nobody else has brought bytes in the last second. To be asked whenever bytes have come. */
  isAlone(): boolean {
    return this.#turns.isAlone(this.#id);
  }

  /** How many bytes were taken in this turn. */
  get bytes(): number {
    return this.#turn === this.#turns.now() ? this.#bytes : 0;
  }

  /** So many bytes more are taken in this turn. */
  took(bytes: number): void {
    this.#bytes = this.bytes + bytes;
    this.#turn = this.#turns.now();
  }
}
