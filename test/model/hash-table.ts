/**
 * Numbers texts in the order in which they first come, and keeps 64 bits of each.
 *
 * Two texts that differ are taken for one with a chance of n²/2⁶⁵ for n texts: of ten million, one in 370,000.
 */
export class HashTable {
  #mask = (1 << 16) - 1;
  /** Each place: the two halves of the hash, and the number of the text plus one. */
  #places = new Int32Array((this.#mask + 1) * 3);
  #size = 0;

  /** How many texts there are. */
  get size(): number {
    return this.#size;
  }

  /** The number of `text`: the size before the call when it is new. */
  add(text: string): number {
    if (this.#size * 2 > this.#mask) this.#grow();
    const [low, high] = hashOf(text);
    const place = this.#find(low, high);
    const known = this.#places[place + 2] ?? 0;
    if (known !== 0) return known - 1;
    this.#places.set([low, high, this.#size + 1], place);
    this.#size += 1;
    return this.#size - 1;
  }

  #find(low: number, high: number): number {
    let at = low & this.#mask;
    while (true) {
      const place = at * 3;
      if (this.#places[place + 2] === 0 || (this.#places[place] === low && this.#places[place + 1] === high)) return place;
      at = (at + 1) & this.#mask;
    }
  }

  #grow(): void {
    const old = this.#places;
    this.#mask = this.#mask * 2 + 1;
    this.#places = new Int32Array((this.#mask + 1) * 3);
    for (let place = 0; place < old.length; place += 3) {
      const [low = 0, high = 0, number = 0] = old.subarray(place, place + 3);
      if (number !== 0) this.#places.set([low, high, number], this.#find(low, high));
    }
  }
}

/** Two hashes of 32 bits: each character goes into both, by other multipliers, and the bits are mixed at the end. */
function hashOf(text: string): readonly [number, number] {
  let low = 0x9e3779b9;
  let high = 0x85ebca6b;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(high + code, 0x5bd1e995);
    high ^= high >>> 13;
  }
  return [mix(low ^ (high >>> 7)), mix(high + low)];
}

function mix(bits: number): number {
  const half = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  const more = Math.imul(half ^ (half >>> 15), 0x846ca68b);
  return (more ^ (more >>> 16)) | 0;
}
