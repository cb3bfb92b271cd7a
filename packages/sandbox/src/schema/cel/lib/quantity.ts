import { BOOL, DOUBLE, INT, opaque, STRING } from "../lang/types.ts";
import { type CelFunction, fn, global, member, type Overload } from "../types/function.ts";
import { CelError, INT_END, type Opaque, type Value } from "../values/value.ts";

const QUANTITY = opaque("kubernetes.Quantity");

/** An amount such as `500m` or `1.5Gi`. */
interface Quantity {
  /** In billionths, rounded up: no quantity is finer. */
  readonly nano: bigint;
  /** The amount if it was written as a whole one that fits into 64 bits. */
  readonly whole: bigint | undefined;
}

const NANO = 1_000_000_000n;

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

const FORMAT_RULE = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** The amount that a text names. Throws {@link CelError}. */
function parseQuantity(text: string): Quantity {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(text);
  if (match === null || text === "") throw new CelError(FORMAT_RULE);
  const [, sign = "", integer = "", fraction = "", suffix = ""] = match;
  const binary = BINARY[suffix];
  const exponent = binary === undefined ? exponentOf(suffix) : 0;
  if (`${integer}${fraction}` === "" && !/^[+-]?$/.test(text)) throw new CelError("unable to parse numeric part of quantity");
  const digits = BigInt(`${integer}${fraction}` || "0") << (binary ?? 0n);
  const scale = exponent - fraction.length;
  const size = scaledNano(digits, scale);
  const isBig = integer.length + fraction.length > 18 || digits >= INT_END;
  const whole = isBig || scale < 0 ? undefined : digits * 10n ** BigInt(scale);
  const isNegative = sign === "-";
  return signed({ nano: size, whole: whole !== undefined && whole < INT_END ? whole : undefined }, isNegative);
}

function exponentOf(suffix: string): number {
  const plain = DECIMAL[suffix];
  if (plain !== undefined) return plain;
  const match = /^[eE]([+-]?\d+)$/.exec(suffix);
  if (match === null) throw new CelError("unable to parse quantity's suffix");
  return Number(match[1]);
}

/** Digits times a power of ten in billionths, rounded up. */
function scaledNano(digits: bigint, scale: number): bigint {
  const power = scale + 9;
  if (power >= 0) return digits * 10n ** BigInt(Math.min(power, 400));
  const unit = 10n ** BigInt(Math.min(-power, 400));
  return (digits + unit - 1n) / unit;
}

function signed({ nano, whole }: Quantity, isNegative: boolean): Quantity {
  return isNegative ? { nano: -nano, whole: whole === undefined ? undefined : -whole } : { nano, whole };
}

function make(content: Quantity): Opaque {
  return { shape: "opaque", type: QUANTITY as Opaque["type"], content, equals: (other) => contentOf(other).nano === content.nano }; // `opaque` makes objects.
}

function contentOf({ content }: Opaque): Quantity {
  return content as Quantity; // Only values of this library have its type.
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch (cause) {
    if (cause instanceof CelError) return false;
    throw cause;
  }
}

function compare(a: Opaque, b: Opaque): bigint {
  const [left, right] = [contentOf(a).nano, contentOf(b).nano];
  return left < right ? -1n : left > right ? 1n : 0n;
}

function add(a: Quantity, b: Quantity, sign: bigint): Value {
  const whole = a.whole === undefined || b.whole === undefined ? undefined : a.whole + sign * b.whole;
  const fits = whole !== undefined && whole < INT_END && whole >= -INT_END;
  return make({ nano: a.nano + sign * b.nano, whole: fits ? whole : undefined });
}

function sum(sign: bigint): readonly Overload[] {
  return [
    member([QUANTITY, QUANTITY], QUANTITY, (a: Opaque, b: Opaque) => add(contentOf(a), contentOf(b), sign)),
    member([QUANTITY, INT], QUANTITY, (a: Opaque, b: bigint) => add(contentOf(a), { nano: b * NANO, whole: b }, sign)),
  ];
}

function asInteger(value: Opaque): Value {
  const { whole } = contentOf(value);
  if (whole === undefined) throw new CelError("cannot convert value to integer");
  return whole;
}

/** Amounts of resources. */
export const QUANTITY_LIBRARY: readonly CelFunction[] = [
  fn(
    "quantity",
    global([STRING], QUANTITY, (text: string) => make(parseQuantity(text))),
  ),
  fn("isQuantity", global([STRING], BOOL, isQuantity)),
  fn(
    "sign",
    global([QUANTITY], INT, (value: Opaque) => compare(value, make({ nano: 0n, whole: 0n }))),
  ),
  fn(
    "asApproximateFloat",
    member([QUANTITY], DOUBLE, (value: Opaque) => Number(contentOf(value).nano) / 1e9),
  ),
  fn("asInteger", member([QUANTITY], INT, asInteger)),
  fn(
    "isInteger",
    member([QUANTITY], BOOL, (value: Opaque) => contentOf(value).whole !== undefined),
  ),
  fn("add", ...sum(1n)),
  fn("sub", ...sum(-1n)),
];

/** Comparisons of amounts; versions have functions of the same names. */
export const QUANTITY_ORDER: { readonly isGreaterThan: Overload; readonly isLessThan: Overload; readonly compareTo: Overload } = {
  isGreaterThan: member([QUANTITY, QUANTITY], BOOL, (a: Opaque, b: Opaque) => compare(a, b) > 0n),
  isLessThan: member([QUANTITY, QUANTITY], BOOL, (a: Opaque, b: Opaque) => compare(a, b) < 0n),
  compareTo: member([QUANTITY, QUANTITY], INT, compare),
};
