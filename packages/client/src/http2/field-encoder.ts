import { STATIC_FIELDS } from "./static-table.ts";

/** Says that our encoder keeps no table. */
export const EMPTY_TABLE = 0x20;
/** Of what an intermediary must not put into a table either (RFC 7541, section 7.1). */
const SECRET: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie"]);
/** No line may end within a value, nor a name within a name: that is how one request becomes two. */
const FORBIDDEN = /[^\x20-\x7e\x80-\xff\t]/;

/** A token in lower case, or a pseudo-field. */
const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;

const INDEXED = STATIC_FIELDS.map(({ name, value }, at) => ({ name, value, index: at + 1 }));
/** Of a name that stands there more than once the first. */
const INDEX_BY_NAME: ReadonlyMap<string, number> = new Map(INDEXED.toReversed().map(({ name, index }) => [name, index]));
const INDEX_BY_FIELD: ReadonlyMap<string, number> = new Map(
  INDEXED.filter(({ value }) => value !== "").map(({ name, value, index }) => [`${name} ${value}`, index]),
);

/**
 * Fields as a block in HPACK (RFC 7541), which needs no table that both sides keep.
 *
 * @param fields names, in lower case, and values in turn; those that begin with a colon first.
 * @throws Error for a value that is no field value, such as one with a line feed.
 *
 * @example
 * encodeFields([":method", "GET", "accept", "a"]).toString("hex")
 * // => "820f040161"
 */
export function encodeFields(fields: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < fields.length; i += 2) parts.push(encodeField(fields[i]!, fields[i + 1]!)); // in turn
  return Buffer.concat(parts);
}

/** One field, as {@link encodeFields}. */
export function encodeField(name: string, value: string): Buffer {
  if (!NAME.test(name)) throw new Error(`cannot send field ${JSON.stringify(name)}: that is not a name of a field`);
  if (FORBIDDEN.test(value)) throw new Error(`cannot send field ${name}: its value has characters that no field may have`);
  const known = INDEX_BY_FIELD.get(`${name} ${value}`);
  // Each text takes its length in bytes, and at most 5 bytes for what is said of it.
  const block = Buffer.allocUnsafe(name.length + value.length + 20);
  if (known !== undefined) return block.subarray(0, writeInteger(block, 0, { value: known, prefixBits: 7, flags: 0x80 }));
  const index = INDEX_BY_NAME.get(name) ?? 0;
  let at = writeInteger(block, 0, { value: index, prefixBits: 4, flags: SECRET.has(name) ? 0x10 : 0 });
  if (index === 0) at = writeText(block, at, name);
  return block.subarray(0, writeText(block, at, value));
}

function writeText(block: Buffer, from: number, text: string): number {
  const at = writeInteger(block, from, { value: text.length, prefixBits: 7, flags: 0 });
  return at + block.write(text, at, "latin1");
}

function writeInteger(
  block: Buffer,
  from: number,
  { value, prefixBits, flags }: { readonly value: number; readonly prefixBits: number; readonly flags: number },
): number {
  const most = 2 ** prefixBits - 1;
  if (value < most) {
    block[from] = flags | value;
    return from + 1;
  }
  block[from] = flags | most;
  let at = from + 1;
  let rest = value - most;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) block[at++] = (rest % 0x80) + 0x80;
  block[at] = rest;
  return at + 1;
}
