import { parseGoDuration } from "../../formats/time.ts";
import { goFloat, goQuote } from "../../go-text.ts";
import { BOOL, BYTES, DOUBLE, DURATION, INT, opaque, STRING, TIMESTAMP, type Type, UINT } from "../lang/types.ts";
import { type CelFunction, fn, global, type Run } from "../types/function.ts";
import { Duration, type Timestamp, Uint } from "../values/scalars.ts";
import { formatDuration, formatTimestamp, parseDateTime } from "../values/times.ts";
import { CelError, INT_END, type Opaque, type Value } from "../values/value.ts";
import { timestamp } from "./arithmetic.ts";

function fail(from: string, to: string): never {
  throw new CelError(`type conversion error from '${from}' to '${to}'`);
}

function to(result: Type, ...from: readonly (readonly [Type, Run])[]): readonly ReturnType<typeof global>[] {
  return from.map(([type, run]) => global([type], result, run));
}

const keep = (value: Value): Value => value;

function parseWhole(text: string, name: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) return fail("string", name);
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= INT_END || value < -INT_END ? fail("string", name) : value;
}

function parseUint(text: string): Value {
  const isRight = /^\d+$/.test(text) && BigInt(text) < INT_END * 2n;
  return isRight ? new Uint(BigInt(text)) : fail("string", "uint");
}

function parseDouble(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : fail("string", "double");
  }
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return fail("string", "double");
}

function parseBool(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(text) ? false : fail("string", "bool");
}

function cut(value: number, [low, high]: readonly [number, number], rule: string): bigint {
  if (!Number.isFinite(value) || value <= low || value >= high) throw new CelError(rule);
  return BigInt(Math.trunc(value));
}

function parseTimestamp(text: string): Value {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text))
    throw new CelError(`invalid RFC 3339 timestamp ${goQuote(text)}`);
  const nanoseconds = parseDateTime(text);
  return nanoseconds === undefined ? overflow(`invalid RFC 3339 timestamp ${goQuote(text)}`) : timestamp(nanoseconds);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
  }
}

const shown = ({ content }: Opaque): Value => (content as { readonly text: string }).text; // Addresses and networks carry their text.

/** Conversions between types. */
export const CONVERSION: readonly CelFunction[] = [
  fn("bool", ...to(BOOL, [BOOL, keep], [STRING, parseBool])),
  fn("bytes", ...to(BYTES, [BYTES, keep], [STRING, (text: string) => new TextEncoder().encode(text)])),
  fn(
    "double",
    ...to(
      DOUBLE,
      [DOUBLE, keep],
      [INT, (value: bigint) => Number(value)],
      [STRING, parseDouble],
      [UINT, ({ value }: Uint) => Number(value)],
    ),
  ),
  fn(
    "duration",
    ...to(
      DURATION,
      [DURATION, keep],
      [STRING, (text: string) => new Duration(parseGoDuration(text) ?? fail("string", "google.protobuf.Duration"))],
    ),
  ),
  fn(
    "int",
    ...to(
      INT,
      [INT, keep],
      [DOUBLE, (value: number) => cut(value, [-(2 ** 63), 2 ** 63], "integer overflow")],
      [DURATION, ({ nanoseconds }: Duration) => nanoseconds],
      [STRING, (text: string) => parseWhole(text, "int")],
      [
        TIMESTAMP,
        ({ nanoseconds }: Timestamp) =>
          (nanoseconds - (((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n,
      ],
      [UINT, ({ value }: Uint) => (value < INT_END ? value : overflow("integer overflow"))],
    ),
  ),
  fn(
    "string",
    ...to(
      STRING,
      [STRING, keep],
      [BOOL, (value: boolean) => String(value)],
      [BYTES, decode],
      [DOUBLE, goFloat],
      [DURATION, ({ nanoseconds }: Duration) => formatDuration(nanoseconds)],
      [INT, (value: bigint) => String(value)],
      [TIMESTAMP, ({ nanoseconds }: Timestamp) => formatTimestamp(nanoseconds)],
      [UINT, ({ value }: Uint) => String(value)],
      [opaque("net.IP"), shown],
      [opaque("net.CIDR"), shown],
    ),
  ),
  fn(
    "timestamp",
    ...to(TIMESTAMP, [TIMESTAMP, keep], [INT, (seconds: bigint) => timestamp(seconds * 1_000_000_000n)], [STRING, parseTimestamp]),
  ),
  fn(
    "uint",
    ...to(
      UINT,
      [UINT, keep],
      [DOUBLE, (value: number) => new Uint(cut(value, [-1, 2 ** 64], "unsigned integer overflow"))],
      [INT, (value: bigint) => (value >= 0n ? new Uint(value) : overflow("unsigned integer overflow"))],
      [STRING, parseUint],
    ),
  ),
];

function overflow(message: string): never {
  throw new CelError(message);
}
