/** No block is made larger than this for pieces that are smaller. */
const BLOCK_BYTES = 16 * 1024;
const NO_BYTES = Buffer.alloc(0);

/**
 * Pieces of a body that are kept for later, in the order in which they came.
 *
 * Guarantees: a piece is copied, and may be written again. What is kept takes at most twice its bytes, and a few objects, however small the pieces were: they are put together to
 * blocks, each as large as all before it, up to {@link BLOCK_BYTES}.
 *
 * @example
 * const pieces = new Pieces();
 * for (const text of ["a", "b", "c"]) pieces.push(Buffer.from(text));
 * [pieces.bytes, String(pieces.whole())]
 * // => [3, "abc"]
 */
export class Pieces {
  #blocks: Buffer[] = [];
  /** How much of the last block is written. */
  #written = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(piece: Buffer): void {
    const last = this.#blocks.at(-1) ?? NO_BYTES;
    const fitting = piece.copy(last, this.#written);
    this.#written += fitting;
    if (fitting < piece.length) this.#append(piece.subarray(fitting));
    this.#bytes += piece.length;
  }

  /** Takes the first block; `undefined` when nothing is left. */
  shift(): Buffer | undefined {
    const block = this.#blocks.shift();
    if (block === undefined) return undefined;
    const taken = this.#blocks.length === 0 ? block.subarray(0, this.#written) : block;
    if (this.#blocks.length === 0) this.#written = 0;
    this.#bytes -= taken.length;
    return taken;
  }

  /** All that is kept, in one piece. */
  whole(): Buffer {
    const [first = NO_BYTES] = this.#blocks;
    return this.#blocks.length > 1 ? Buffer.concat(this.#blocks, this.#bytes) : first.subarray(0, this.#written);
  }

  #append(piece: Buffer): void {
    const block = Buffer.allocUnsafe(Math.max(piece.length, Math.min(this.#bytes, BLOCK_BYTES)));
    this.#written = piece.copy(block);
    this.#blocks.push(block);
  }
}
