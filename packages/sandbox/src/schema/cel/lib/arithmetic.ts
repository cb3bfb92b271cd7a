import { BYTES, DOUBLE, DURATION, INT, listOf, param, STRING, TIMESTAMP, type Type, UINT } from "../lang/types.ts";
import { type CelFunction, fn, global, type Run } from "../types/function.ts";
import { Duration, Timestamp, Uint } from "../values/scalars.ts";
import { CelError, type CelList, INT_END, itemsOf, makeList, type Value } from "../values/value.ts";

const A = param("A");

/** An int within 64 bits. Throws {@link CelError}. */
export function int(value: bigint): bigint {
  if (value >= INT_END || value < -INT_END) throw new CelError("integer overflow");
  return value;
}

/** An unsigned int within 64 bits. Throws {@link CelError}. */
export function uint(value: bigint): Uint {
  if (value < 0n || value >= INT_END * 2n) throw new CelError("unsigned integer overflow");
  return new Uint(value);
}

/** A duration within 64 bits of nanoseconds. Throws {@link CelError}. */
export function duration(nanoseconds: bigint): Duration {
  if (nanoseconds >= INT_END || nanoseconds < -INT_END) throw new CelError("duration overflow");
  return new Duration(nanoseconds);
}

/** A time from year 1 to year 9999. Throws {@link CelError}. */
export function timestamp(nanoseconds: bigint): Timestamp {
  const seconds = nanoseconds / 1_000_000_000n;
  if (seconds < -62_135_596_800n || seconds > 253_402_300_799n) throw new CelError("timestamp overflow");
  return new Timestamp(nanoseconds);
}

function whole(operate: (a: bigint, b: bigint) => bigint, byZero?: string): readonly [Run, Run] {
  const checked = (a: bigint, b: bigint): bigint => {
    if (byZero !== undefined && b === 0n) throw new CelError(byZero);
    return operate(a, b);
  };
  return [(a: bigint, b: bigint) => int(checked(a, b)), (a: Uint, b: Uint) => uint(checked(a.value, b.value))];
}

function same(type: Type, run: Run): ReturnType<typeof global> {
  return global([type, type], type, run);
}

const [addInts, addUints] = whole((a, b) => a + b);
const [subtractInts, subtractUints] = whole((a, b) => a - b);
const [multiplyInts, multiplyUints] = whole((a, b) => a * b);
const [divideInts, divideUints] = whole((a, b) => a / b, "division by zero");
const [moduloInts, moduloUints] = whole((a, b) => a % b, "modulus by zero");

function addLists(a: CelList, b: CelList): Value {
  return a.concat === undefined ? makeList([...itemsOf(a), ...itemsOf(b)]) : a.concat(b);
}

const moveTime = (at: Timestamp, by: Duration): Value => timestamp(at.nanoseconds + by.nanoseconds);

/** `+ - * / %` and the negative. */
export const ARITHMETIC: readonly CelFunction[] = [
  fn(
    "_+_",
    same(BYTES, (a: Uint8Array, b: Uint8Array) => new Uint8Array(Buffer.concat([a, b]))),
    same(DOUBLE, (a: number, b: number) => a + b),
    same(DURATION, (a: Duration, b: Duration) => duration(a.nanoseconds + b.nanoseconds)),
    global([DURATION, TIMESTAMP], TIMESTAMP, (by: Duration, at: Timestamp) => moveTime(at, by)),
    global([TIMESTAMP, DURATION], TIMESTAMP, moveTime),
    same(INT, addInts),
    same(listOf(A), addLists),
    same(STRING, (a: string, b: string) => a + b),
    same(UINT, addUints),
  ),
  fn(
    "_-_",
    same(DOUBLE, (a: number, b: number) => a - b),
    same(DURATION, (a: Duration, b: Duration) => duration(a.nanoseconds - b.nanoseconds)),
    same(INT, subtractInts),
    global([TIMESTAMP, DURATION], TIMESTAMP, (at: Timestamp, by: Duration) => timestamp(at.nanoseconds - by.nanoseconds)),
    global([TIMESTAMP, TIMESTAMP], DURATION, (a: Timestamp, b: Timestamp) => duration(a.nanoseconds - b.nanoseconds)),
    same(UINT, subtractUints),
  ),
  fn(
    "_*_",
    same(DOUBLE, (a: number, b: number) => a * b),
    same(INT, multiplyInts),
    same(UINT, multiplyUints),
  ),
  fn(
    "_/_",
    same(DOUBLE, (a: number, b: number) => a / b),
    same(INT, divideInts),
    same(UINT, divideUints),
  ),
  fn("_%_", same(INT, moduloInts), same(UINT, moduloUints)),
  fn(
    "-_",
    global([DOUBLE], DOUBLE, (a: number) => -a),
    global([INT], INT, (a: bigint) => int(-a)),
  ),
];
