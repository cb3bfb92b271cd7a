import { PolykindError } from "@polykind/core";

const LINE_FEED = 0x0a;

/** The longest line of a watch that is taken, unless told otherwise: 16 MiB; etcd's own limit for an object is 1.5 MiB. */
export const LINE_BYTES_MAX: number = 16 * 1024 * 1024;

/**
 * Cuts a stream of bytes into lines, wherever the pieces were split: also inside a UTF-8 sequence, since only the byte of the line feed is looked for.
 *
 * Guarantees: a line is a view of the bytes that came, copied only when it came in several pieces; empty lines are passed over; what follows the last line feed
 * is kept for the next piece and is never a line by itself.
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
  readonly #what: string;
  #torn: Buffer[] = [];
  #tornBytes = 0;

  /** @param options.what what is read, for messages. */
  constructor({ maxBytes = LINE_BYTES_MAX, what = "watch" }: { readonly maxBytes?: number; readonly what?: string } = {}) {
    this.#maxBytes = maxBytes;
    this.#what = what;
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
      const line = this.#complete(start === 0 && end === piece.length ? piece : piece.subarray(start, end));
      if (line.length > 0) lines.push(line);
      start = end + 1;
    }
    if (start === piece.length) return;
    this.#check(piece.length - start);
    this.#torn.push(start === 0 ? piece : piece.subarray(start));
    this.#tornBytes += piece.length - start;
  }

  #complete(tail: Buffer): Buffer {
    if (this.#tornBytes === 0) return tail;
    const line = Buffer.concat([...this.#torn, tail], this.#tornBytes + tail.length);
    this.#torn = [];
    this.#tornBytes = 0;
    return line;
  }

  #check(moreBytes: number): void {
    const bytes = this.#tornBytes + moreBytes;
    if (bytes <= this.#maxBytes) return;
    throw new PolykindError("API_PROTOCOL", `cannot read ${this.#what}: a line is longer than ${this.#maxBytes} bytes`, {
      facts: { bytes, maxBytes: this.#maxBytes },
    });
  }
}
