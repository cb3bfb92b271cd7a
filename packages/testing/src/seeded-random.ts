import type { Random } from "@polykind/core";

/**
 * Random numbers that are the same for the same seed, on every machine: for what must be drawn and repeated. Not for secrets.
 *
 * @example
 * seededRandom(1)() === seededRandom(1)();
 * // => true
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  // "mulberry32": 32 bits of state, equally distributed.
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
