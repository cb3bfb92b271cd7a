/**
 * How many bits the code of each byte has (RFC 7541, appendix B). The code is canonical, so the lengths say all: codes count up, shorter before longer, and bytes of one
 * length in their order.
 */
const CODE_BITS: readonly number[] = [
  "13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28",
  "6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10",
  "13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6",
  "15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28",
  "20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24",
  "22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23",
  "26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27",
  "20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26",
]
  .flatMap((row) => row.split(" "))
  .map(Number);

const SHORTEST = 5;
const LONGEST = 30;

/** Of each length: its first code, where its bytes begin in `symbols`, and how many they are. */
interface Lengths {
  readonly first: Uint32Array;
  readonly start: Uint16Array;
  readonly count: Uint16Array;
  readonly symbols: Uint8Array;
}

function lengthsOf(bits: readonly number[]): Lengths {
  const [first, start, count] = [new Uint32Array(LONGEST + 1), new Uint16Array(LONGEST + 1), new Uint16Array(LONGEST + 1)];
  for (const length of bits) count[length]! += 1; // lengths are at most LONGEST
  for (let length = 1; length <= LONGEST; length += 1) {
    first[length] = (first[length - 1]! + count[length - 1]!) * 2; // as above
    start[length] = start[length - 1]! + count[length - 1]!; // as above
  }
  const symbols = bits.map((length, symbol) => ({ length, symbol })).toSorted((a, b) => a.length - b.length || a.symbol - b.symbol);
  return { first, start, count, symbols: Uint8Array.from(symbols, ({ symbol }) => symbol) };
}

const { first, start, count, symbols } = lengthsOf(CODE_BITS);

/**
 * The text of `bytes` in HPACK's Huffman code.
 *
 * @returns `undefined` for what no encoder writes: a code that there is not, padding of a whole byte, or padding that is not all ones (RFC 7541, section 5.2).
 *
 * @example
 * decodeHuffman(Uint8Array.of(0x64, 0x02))
 * // => "302"
 */
export function decodeHuffman(bytes: Uint8Array): string | undefined {
  const text = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / SHORTEST));
  let size = 0;
  let code = 0;
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!; // at is below the length
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((byte >> bit) & 1);
      length += 1;
      if (length < SHORTEST) continue;
      if (length > LONGEST) return undefined;
      const place = code - first[length]!; // length is at most LONGEST
      if (place < 0 || place >= count[length]!) continue; // as above
      text[size++] = symbols[start[length]! + place]!; // as above
      code = 0;
      length = 0;
    }
  }
  const isPadding = length < 8 && code === 2 ** length - 1;
  return isPadding ? text.toString("latin1", 0, size) : undefined;
}
