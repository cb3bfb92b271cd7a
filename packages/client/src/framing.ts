import { PolykindError } from "@polykind/core";

const LINE_FEED = 0x0a;
const NO_BYTES = Buffer.alloc(0);
/** Room for a torn line at first. */
const LEAST_BYTES = 4096;

/** The longest line of a watch that is taken, unless told otherwise: 16 MiB; etcd's own limit for an object is 1.5 MiB. */
export const LINE_BYTES_MAX: number = 16 * 1024 * 1024;

/**
 * Cuts a stream of bytes into lines, wherever the pieces were split: also inside a UTF-8 sequence, since only the byte of the line feed is looked for.
 *
 * Guarantees: a line is valid until the next piece is pushed: it is a view of its piece, or, when it came in several, of memory that is used again; empty lines are passed over;
 * what follows the last line feed is kept for the next piece and is never a line by itself. Between lines nothing is held.
 *
 * @example
 * const framer = new LineFramer();
 * const lines: Uint8Array[] = [];
 * framer.push(Buffer.from('{"a":1}\n{"b"'), lines);
 * framer.push(Buffer.from(":2}\n"), lines);
 * lines.map(String);
 * // => ['{"a":1}', '{"b":2}']
 */
export class LineFramer {
  readonly #maxBytes: number;
  readonly #watched: { readonly path: string; readonly host: string } | undefined;
  /** The bytes since the last line feed, and room for more. */
  #torn: Buffer = NO_BYTES;
  #tornBytes = 0;
  /** Where the next torn line goes while this one is still looked at. */
  #spare: Buffer = NO_BYTES;

  /** @param options.watched what is read, for messages. */
  constructor({
    maxBytes = LINE_BYTES_MAX,
    watched,
  }: { readonly maxBytes?: number; readonly watched?: { readonly path: string; readonly host: string } } = {}) {
    this.#maxBytes = maxBytes;
    this.#watched = watched;
  }

  /** The bytes since the last line feed. */
  get tornBytes(): number {
    return this.#tornBytes;
  }

  /**
   * Appends to `lines` those that `piece` completes.
   *
   * @throws PolykindError `API_PROTOCOL` when a line is longer than the limit; lines before it have been appended.
   */
  push(piece: Buffer, lines: Uint8Array[]): void {
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, start)) {
      this.#check(end - start);
      const line = this.#complete(piece, start, end);
      if (line.length > 0) lines.push(line);
      start = end + 1;
    }
    if (start === piece.length && this.#tornBytes === 0) this.#letGo();
    else {
      this.#check(piece.length - start);
      this.#keep(piece, start, piece.length);
    }
  }

  #complete(piece: Buffer, start: number, end: number): Buffer {
    if (this.#tornBytes === 0) return piece.subarray(start, end);
    this.#keep(piece, start, end);
    const line = this.#torn.subarray(0, this.#tornBytes);
    [this.#torn, this.#spare] = [this.#spare, this.#torn];
    this.#tornBytes = 0;
    return line;
  }

  #keep(piece: Buffer, start: number, end: number): void {
    const bytes = this.#tornBytes + end - start;
    if (bytes > this.#torn.length) {
      const torn = Buffer.allocUnsafeSlow(Math.max(bytes, this.#torn.length * 2, LEAST_BYTES));
      this.#torn.copy(torn, 0, 0, this.#tornBytes);
      this.#torn = torn;
    }
    piece.copy(this.#torn, this.#tornBytes, start, end);
    this.#tornBytes = bytes;
  }

  /** Most watches are at rest: they hold no memory for what is torn. */
  #letGo(): void {
    this.#torn = NO_BYTES;
    this.#spare = NO_BYTES;
  }

  #check(moreBytes: number): void {
    const bytes = this.#tornBytes + moreBytes;
    if (bytes <= this.#maxBytes) return;
    const of = this.#watched === undefined ? "" : ` of ${this.#watched.path} at ${this.#watched.host}`;
    throw new PolykindError("API_PROTOCOL", `cannot read watch${of}: a line is longer than ${this.#maxBytes} bytes`, {
      facts: { bytes, maxBytes: this.#maxBytes },
    });
  }
}
