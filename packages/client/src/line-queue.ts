import { LineFramer } from "./framing.ts";
import type { Answer } from "./transport/exchange.ts";

/** Bytes of lines that wait for the consumer before the server is held back. */
const WAITING_BYTES_MAX = 1 << 20;

/**
 * The lines of a body, as many at a time as came together, at the pace of the consumer.
 *
 * Guarantees: lines that were complete before a failure come before it; a torn last line never comes; once {@link WAITING_BYTES_MAX} wait, the body is
 * paused until they are taken.
 */
export class LineQueue {
  readonly #answer: Answer;
  readonly #framer: LineFramer;
  readonly #signal: AbortSignal;
  #lines: Uint8Array[] = [];
  #bytes = 0;
  #end: { readonly failure: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(
    answer: Answer,
    { maxLineBytes, what, signal }: { readonly maxLineBytes: number; readonly what: string; readonly signal: AbortSignal },
  ) {
    this.#answer = answer;
    this.#signal = signal;
    this.#framer = new LineFramer({ maxBytes: maxLineBytes, what });
    answer.read({
      piece: (bytes) => this.#take(bytes),
      ended: (failure) => this.#finish(failure),
    });
  }

  /** The next lines, or `undefined` at the end and on abort. Rejects with what ended the body early. */
  async next(): Promise<readonly Uint8Array[] | undefined> {
    while (this.#lines.length === 0 && this.#end === undefined && !this.#signal.aborted) await this.#arrival();
    if (this.#signal.aborted) return undefined;
    if (this.#lines.length > 0) return this.#takeAll();
    if (this.#end?.failure !== undefined) throw this.#end.failure;
    return undefined;
  }

  async #arrival(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    await promise;
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#wake?.();

  #takeAll(): readonly Uint8Array[] {
    const lines = this.#lines;
    this.#lines = [];
    if (this.#bytes > WAITING_BYTES_MAX) this.#answer.resume();
    this.#bytes = 0;
    return lines;
  }

  #take(bytes: Buffer): void {
    if (this.#end !== undefined) return;
    try {
      this.#framer.push(bytes, this.#lines);
    } catch (failure) {
      this.#finish(failure as Error); // the framer throws nothing else
      return;
    }
    const before = this.#bytes;
    this.#bytes += bytes.length;
    // A torn line must be let in to its end; the framer limits it.
    if (this.#lines.length === 0) this.#bytes = 0;
    else if (before <= WAITING_BYTES_MAX && this.#bytes > WAITING_BYTES_MAX) this.#answer.pause();
    if (this.#lines.length > 0) this.#wake?.();
  }

  #finish(failure: Error | undefined): void {
    this.#end ??= { failure };
    this.#wake?.();
  }
}
