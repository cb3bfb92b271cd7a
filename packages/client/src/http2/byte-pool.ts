/** Small pieces share blocks of this size. */
const BLOCK_BYTES = 64 * 1024;
/** Larger pieces have one of their own. */
const SHARED_BYTES_MAX = 16 * 1024;

/** Copies pieces of a buffer that is written again into memory that is theirs for as long as they are held; many share one block. */
export class BytePool {
  #block: Buffer = Buffer.alloc(0);
  #used = 0;

  copy(piece: Buffer): Buffer {
    const { length } = piece;
    if (length > SHARED_BYTES_MAX) return Buffer.from(piece);
    if (this.#used + length > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += piece.copy(this.#block, from);
    return this.#block.subarray(from, this.#used);
  }
}
