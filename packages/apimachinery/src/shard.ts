/** One of `count` equal parts of all objects of a kind, by the hash of their uids. Parts of one count are disjoint, and together they are all. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/**
 * The shard as servers take it in the parameter `shardSelector` of lists and watches (KEP-5866).
 *
 * @throws RangeError when there is no such shard.
 *
 * @example
 * shardSelectorOf({ index: 1, count: 2 });
 * // => "shardRange(object.metadata.uid, '0x8000000000000000', '0x10000000000000000')"
 */
export function shardSelectorOf(shard: Shard): string {
  const { from, to } = rangeOf(shard);
  return `shardRange(object.metadata.uid, '${hexOf(from)}', '${hexOf(to)}')`;
}

/**
 * Tells which uids belong to the shard, by the servers' own hash: FNV-1a of 64 bits. A server that does not know the parameter ignores it silently, and sends everything.
 *
 * @throws RangeError when there is no such shard.
 */
export function shardFilterOf(shard: Shard): (uid: string) => boolean {
  const { from, to } = rangeOf(shard);
  const [first, end] = [halvesOf(from), halvesOf(to)];
  return (uid) => {
    const hash = hashOf(uid);
    return !isBelow(hash, first) && isBelow(hash, end);
  };
}

/** A number of 64 bits, or the one that follows the largest. Kept in halves, since objects come by the million and large integers are slow. */
interface Halves {
  readonly high: number;
  readonly low: number;
}

const ALL = 2n ** 64n;

/** Server 1.36 takes exactly sixteen digits, but for the end of the last range. */
function hexOf(value: bigint): string {
  return `0x${value.toString(16).padStart(16, "0")}`;
}

function rangeOf({ index, count }: Shard): { readonly from: bigint; readonly to: bigint } {
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(index) || index < 0 || index >= count)
    throw new RangeError(`cannot select shard ${index} of ${count}: shards are numbered from 0 up to their count`);
  const startOf = (shard: number): bigint => (ALL * BigInt(shard)) / BigInt(count);
  return { from: startOf(index), to: startOf(index + 1) };
}

function halvesOf(value: bigint): Halves {
  return { high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) };
}

function isBelow(a: Halves, b: Halves): boolean {
  return a.high < b.high || (a.high === b.high && a.low < b.low);
}

const UTF8 = new TextEncoder();

/** FNV-1a of 64 bits. The prime is 2⁴⁰ + 435: the product is put together from that of the small factor and a shift. */
function hashOf(text: string): Halves {
  let [high, low] = [0xcbf2_9ce4, 0x8422_2325];
  for (const byte of UTF8.encode(text)) {
    low = (low ^ byte) >>> 0;
    const product = low * 435;
    high = (Math.imul(high, 435) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product % 2 ** 32;
  }
  return { high, low };
}
