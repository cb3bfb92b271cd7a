import type { LineFramer } from "./framing.ts";
import type { BodySink } from "./transport/exchange.ts";

/** Where a body flows to whose lines are taken as they come. */
export class LineFlow implements BodySink {
  /** Resolves with why there are no more lines; with `undefined` when the body is complete, or nobody wants more. Never rejects. */
  readonly whenEnded: Promise<unknown>;
  readonly #framer: LineFramer;
  readonly #take: (batch: readonly Uint8Array[]) => void;
  /** Of the piece that is looked at. */
  readonly #lines: Uint8Array[] = [];
  #resolve!: (failure: unknown) => void;
  #isOver = false;

  /** @param take is given the lines that each piece completes; they, and the array, are valid during the call only. */
  constructor(framer: LineFramer, take: (batch: readonly Uint8Array[]) => void) {
    this.#framer = framer;
    this.#take = take;
    this.whenEnded = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** From now on no line is taken. */
  end(failure?: unknown): void {
    this.#isOver = true;
    this.#resolve(failure);
  }

  piece(bytes: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#frame(bytes);
    } catch (failure) {
      this.end(failure);
    }
  }

  ended(failure: unknown): void {
    this.end(failure);
  }

  /** Lines before one that is too long are taken, too. */
  #frame(bytes: Buffer): void {
    try {
      this.#framer.push(bytes, this.#lines);
    } finally {
      if (this.#lines.length > 0) this.#take(this.#lines);
      this.#lines.length = 0;
    }
  }
}
