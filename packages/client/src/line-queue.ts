import type { LineFramer } from "./framing.ts";
import type { Answer } from "./transport/exchange.ts";

/** Bytes of lines that wait for the consumer before the server is held back. */
const WAITING_BYTES_MAX = 1 << 20;

/** The next lines, in order; or how the body ended. */
export type Lines = { readonly lines: readonly Uint8Array[] } | { readonly failure: Error | undefined };

/**
 * The lines of a body, as many at a time as came in one turn of the event loop, at the pace of the consumer.
 *
 * Guarantees: lines that were complete before a failure come before it; a torn last line never comes; once {@link WAITING_BYTES_MAX} wait, the body is
 * paused until they are taken. A consumer that waits is told once in a turn, however many pieces come in it: what it costs to wake it is shared by all of them.
 */
export class LineQueue {
  readonly #answer: Answer;
  readonly #framer: LineFramer;
  #lines: Uint8Array[] = [];
  #bytes = 0;
  #end: { readonly failure: Error | undefined } | undefined;
  #tell: ((next: Lines) => void) | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(answer: Answer, framer: LineFramer) {
    this.#answer = answer;
    this.#framer = framer;
    answer.read({
      piece: (bytes) => this.#take(bytes),
      ended: (failure) => this.#finish({ failure }),
    });
  }

  /** Calls `tell` once with what is next: at once if it is there, and otherwise when it comes. One consumer may wait at a time. */
  next(tell: (next: Lines) => void): void {
    const next = this.#shift();
    if (next === undefined) this.#tell = tell;
    else tell(next);
  }

  /** Ends it for the consumer, who is told at once and gets no line any more. */
  close(): void {
    this.#lines = [];
    this.#end = { failure: undefined };
    this.#wake();
  }

  #shift(): Lines | undefined {
    if (this.#lines.length === 0) return this.#end;
    const lines = this.#lines;
    this.#lines = [];
    if (this.#bytes > WAITING_BYTES_MAX) this.#answer.resume();
    this.#bytes = 0;
    return { lines };
  }

  #take(bytes: Buffer): void {
    if (this.#end !== undefined) return;
    const failure = this.#frame(bytes);
    if (failure !== undefined) return this.#finish({ failure });
    const before = this.#bytes;
    this.#bytes += bytes.length;
    // A torn line must be let in to its end; the framer limits it.
    if (this.#lines.length === 0) this.#bytes = 0;
    else if (before <= WAITING_BYTES_MAX && this.#bytes > WAITING_BYTES_MAX) this.#answer.pause();
    if (this.#lines.length > 0) this.#wakeSoon();
  }

  /** Why the bytes are no lines, if so; the lines before were taken. */
  #frame(bytes: Buffer): Error | undefined {
    const lines: Uint8Array[] = [];
    try {
      this.#framer.push(bytes, lines);
    } catch (failure) {
      return failure as Error; // the framer throws nothing else
    } finally {
      // They are valid until the next bytes come, and the consumer may come later.
      for (const line of lines) this.#lines.push(Buffer.from(line));
    }
    return undefined;
  }

  #finish(end: { readonly failure: Error | undefined }): void {
    this.#end ??= end;
    this.#wakeSoon();
  }

  #wakeSoon(): void {
    if (this.#tell !== undefined) this.#turn ??= setImmediate(this.#wake);
  }

  readonly #wake = (): void => {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const tell = this.#tell;
    const next = tell && this.#shift();
    if (next === undefined) return;
    this.#tell = undefined;
    tell?.(next);
  };
}
