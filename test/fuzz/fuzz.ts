import { LineFramer } from "@polykind/client";
import { Draws } from "../sim/random.ts";
import { eventOf } from "./corpus.ts";
import { compare } from "./differential.ts";

/** What was tried, and how it came out. */
export interface FuzzTally {
  bytes: number;
  lines: number;
  /** Lines that say the same as `JSON.parse` says of them. */
  equal: number;
  /** Lines that were refused with a typed error. */
  refused: number;
  /** Lines that a truncated stream ended in, which must not come out. */
  torn: number;
}

const LINE_FEED = 0x0a;

/**
 * Streams of events, cut anywhere, truncated and with bytes changed, through the framer and the decoders.
 *
 * @throws Error at the first crash, silent drop or difference, with the seed and the line.
 */
export function fuzz({ bytes, seed }: { readonly bytes: number; readonly seed: number }): FuzzTally {
  const tally: FuzzTally = { bytes: 0, lines: 0, equal: 0, refused: 0, torn: 0 };
  for (let round = 0; tally.bytes < bytes; round += 1) {
    try {
      fuzzStream(new Draws(seed * 1_000_003 + round), tally);
    } catch (cause) {
      throw new Error(`stream ${round} of seed ${seed} fails`, { cause });
    }
  }
  return tally;
}

function fuzzStream(draws: Draws, tally: FuzzTally): void {
  const whole = streamOf(draws);
  const stream = draws.chance(0.3) ? whole.subarray(0, draws.below(whole.length + 1)) : whole;
  if (draws.chance(0.6)) flip(stream, draws);
  tally.bytes += stream.length;
  const framed: Uint8Array[] = [];
  const framer = new LineFramer();
  const most = draws.pick([1, 7, 100, 5_000]);
  for (let start = 0; start < stream.length; ) {
    const end = start + 1 + draws.below(most);
    const lines: Uint8Array[] = [];
    // A piece of its own, so that reading beyond it would be noticed.
    framer.push(Buffer.from(stream.subarray(start, end)), lines);
    // They are valid until the next piece.
    for (const line of lines) framed.push(Buffer.from(line));
    start = end;
  }
  checkFraming({ stream, framed, tornBytes: framer.tornBytes }, tally);
  for (const line of framed) checkLine(line, tally);
}

function streamOf(draws: Draws): Buffer {
  const lines = Array.from({ length: 1 + draws.below(30) }, (_, index) => {
    const text = JSON.stringify(eventOf(draws, 100 + index));
    return draws.chance(0.05) ? `${text}\n\n` : `${text}\n`;
  });
  return Buffer.from(lines.join(""));
}

/** Changes, doubles or swaps some bytes in place. */
function flip(stream: Buffer, draws: Draws): void {
  if (stream.length === 0) return;
  for (let times = 1 + draws.below(4); times > 0; times -= 1) {
    const at = draws.below(stream.length);
    switch (draws.below(4)) {
      case 0:
        stream[at] = (stream[at] ?? 0) ^ (1 << draws.below(8));
        break;
      case 1:
        stream[at] = draws.below(256);
        break;
      case 2:
        stream[at] = draws.pick([LINE_FEED, 0x0d, 0x22, 0x5c, 0x7b, 0x7d, 0x2c, 0x3a, 0xff, 0x00]);
        break;
      default:
        stream.copyWithin(at, draws.below(stream.length), draws.below(stream.length));
    }
  }
}

/** The lines are the pieces between line feeds, but for the empty ones and the torn last one. */
function checkFraming(
  { stream, framed, tornBytes }: { readonly stream: Buffer; readonly framed: readonly Uint8Array[]; readonly tornBytes: number },
  tally: FuzzTally,
): void {
  let index = 0;
  let start = 0;
  for (let end = 0; end < stream.length; end += 1) {
    if (stream[end] !== LINE_FEED) continue;
    if (end > start) {
      const line = framed[index];
      if (line === undefined || Buffer.compare(line, stream.subarray(start, end)) !== 0)
        throw new Error(`line ${index} was framed wrongly: ${stream.subarray(start, end).toString()}`);
      index += 1;
    }
    start = end + 1;
  }
  if (index !== framed.length) throw new Error(`${framed.length} lines were framed, of ${index}`);
  if (tornBytes !== stream.length - start) throw new Error(`${tornBytes} bytes are kept as torn, of ${stream.length - start}`);
  if (tornBytes > 0) tally.torn += 1;
}

function checkLine(line: Uint8Array, tally: FuzzTally): void {
  tally.lines += 1;
  const before = Buffer.from(line);
  tally[compare(line)] += 1;
  if (Buffer.compare(before, line) !== 0) throw new Error(`the bytes were written to: ${before.toString()}`);
}
