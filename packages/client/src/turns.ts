/** So long after others have brought bytes one is not alone. */
const ALONE_AFTER_MS = 1_000;

// Of this process, which has one event loop.
let flows = 0;
let turn = 0;
/** Whether the end of this turn is waited for. */
let isAsked = false;
/** Who has brought bytes last, and when. */
let last = 0;
let lastAtMs = Number.NEGATIVE_INFINITY;
/** Until when who has brought bytes last is not alone. */
let sharedUntilMs = Number.NEGATIVE_INFINITY;

/** What one body takes of the turns of the event loop. A turn is one look at all sockets and what follows from it. */
export class TurnShare {
  readonly #flow = (flows += 1);
  #turn = -1;
  #bytes = 0;

  /** Whether nobody else has brought bytes in the last second. To be asked whenever bytes have come. */
  isAlone(): boolean {
    const now = performance.now();
    if (last !== this.#flow) sharedUntilMs = lastAtMs + ALONE_AFTER_MS;
    last = this.#flow;
    lastAtMs = now;
    return now >= sharedUntilMs;
  }

  /** How many bytes were taken in this turn. */
  get bytes(): number {
    if (!isAsked) {
      isAsked = true;
      setImmediate(endTurn);
    }
    return this.#turn === turn ? this.#bytes : 0;
  }

  /** So many bytes more are taken in this turn. */
  took(bytes: number): void {
    this.#bytes = this.bytes + bytes;
    this.#turn = turn;
  }
}

function endTurn(): void {
  turn += 1;
  isAsked = false;
}
