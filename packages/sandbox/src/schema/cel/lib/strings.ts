import { BOOL, INT, listOf, STRING } from "../lang/types.ts";
import { DYN } from "../lang/types.ts";
import { type CelFunction, fn, global, member } from "../types/function.ts";
import { CelError, type CelList, itemsOf, makeList, type Value } from "../values/value.ts";
import { formatText } from "./format-text.ts";

const STRINGS = listOf(STRING);

function outOfRange(index: bigint): never {
  throw new CelError(`index out of range: ${index}`);
}

function charAt(text: string, at: bigint): Value {
  const chars = Array.from(text);
  return at < 0n || at > BigInt(chars.length) ? outOfRange(at) : (chars[Number(at)] ?? "");
}

function indexOf(text: string, part: string, from = 0n): Value {
  if (from < 0n) return outOfRange(from);
  const [chars, wanted] = [Array.from(text), Array.from(part)];
  if (part === "") return from > BigInt(chars.length) ? BigInt(chars.length) : from;
  for (let at = Number(from); at <= chars.length - wanted.length; at++) if (startsAt(chars, wanted, at)) return BigInt(at);
  return -1n;
}

function startsAt(chars: readonly string[], wanted: readonly string[], at: number): boolean {
  return wanted.every((char, index) => chars[at + index] === char);
}

function lastIndexOf(text: string, part: string, from?: bigint): Value {
  const [chars, wanted] = [Array.from(text), Array.from(part)];
  if (from === undefined && (part === "" || wanted.length > chars.length)) return part === "" ? BigInt(chars.length) : -1n;
  const start = from ?? BigInt(chars.length - 1);
  if (start < 0n) return outOfRange(start);
  if (part === "") return start > BigInt(chars.length) ? BigInt(chars.length) : start;
  if (start >= BigInt(chars.length)) return -1n;
  for (let at = Math.min(Number(start), chars.length - wanted.length); at >= 0; at--) if (startsAt(chars, wanted, at)) return BigInt(at);
  return -1n;
}

function replace(text: string, old: string, by: string, limit = -1n): Value {
  if (limit < 0n) return text.replaceAll(old, () => by);
  const parts = old === "" ? ["", ...Array.from(text), ""] : text.split(old);
  const count = Math.min(Number(limit), parts.length - 1);
  return (
    parts.slice(0, count + 1).join(by) +
    parts
      .slice(count + 1)
      .map((part) => old + part)
      .join("")
  );
}

function split(text: string, by: string, limit = -1n): Value {
  if (limit === 0n) return makeList([]);
  const parts = by === "" ? Array.from(text) : text.split(by);
  if (limit < 0n || parts.length <= limit) return makeList(parts);
  const count = Number(limit) - 1;
  return makeList([...parts.slice(0, count), parts.slice(count).join(by)]);
}

function substring(text: string, start: bigint, end?: bigint): Value {
  const chars = Array.from(text);
  const size = BigInt(chars.length);
  const stop = end ?? size;
  if (end !== undefined && start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > size) return outOfRange(start);
  return stop < 0n || stop > size ? outOfRange(stop) : chars.slice(Number(start), Number(stop)).join("");
}

function join(list: CelList, by = ""): Value {
  const parts = itemsOf(list).map((item) => (typeof item === "string" ? item : fail(`join: invalid input: ${String(item as bigint)}`))); // Only scalars get here.
  return parts.join(by);
}

function fail(message: string): never {
  throw new CelError(message);
}

/** White space as Unicode defines it. */
const SPACE = "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

function trim(text: string): string {
  return text.replace(new RegExp(`^${SPACE}+|${SPACE}+$`, "g"), "");
}

const QUOTED: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** Functions of text: the standard ones, and the extension that Kubernetes adds. */
export const STRINGS_LIBRARY: readonly CelFunction[] = [
  fn(
    "contains",
    member([STRING, STRING], BOOL, (text: string, part: string) => text.includes(part)),
  ),
  fn(
    "startsWith",
    member([STRING, STRING], BOOL, (text: string, part: string) => text.startsWith(part)),
  ),
  fn(
    "endsWith",
    member([STRING, STRING], BOOL, (text: string, part: string) => text.endsWith(part)),
  ),
  fn("charAt", member([STRING, INT], STRING, charAt)),
  fn(
    "lowerAscii",
    member([STRING], STRING, (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())),
  ),
  fn(
    "upperAscii",
    member([STRING], STRING, (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())),
  ),
  fn("replace", member([STRING, STRING, STRING], STRING, replace), member([STRING, STRING, STRING, INT], STRING, replace)),
  fn("split", member([STRING, STRING], STRINGS, split), member([STRING, STRING, INT], STRINGS, split)),
  fn("substring", member([STRING, INT], STRING, substring), member([STRING, INT, INT], STRING, substring)),
  fn("trim", member([STRING], STRING, trim)),
  fn("join", member([STRINGS], STRING, join), member([STRINGS, STRING], STRING, join)),
  fn("format", member([STRING, listOf(DYN)], STRING, formatText)),
  fn(
    "strings.quote",
    global(
      [STRING],
      STRING,
      (text: string) => `"${text.toWellFormed().replace(/[\u0007\b\f\n\r\t\v\\"]/g, (char) => QUOTED[char] ?? char)}"`,
    ),
  ),
];

/** `indexOf` and `lastIndexOf` of texts; lists have functions of the same names. */
export const TEXT_INDEX: { readonly indexOf: CelFunction["overloads"]; readonly lastIndexOf: CelFunction["overloads"] } = {
  indexOf: [member([STRING, STRING], INT, indexOf), member([STRING, STRING, INT], INT, indexOf)],
  lastIndexOf: [member([STRING, STRING], INT, lastIndexOf), member([STRING, STRING, INT], INT, lastIndexOf)],
};
