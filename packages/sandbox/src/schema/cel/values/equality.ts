import { Duration, Timestamp, Uint } from "./scalars.ts";
import { isList, isMap, isOpaque, isOptional, isTypeValue, noSuchOverload } from "./kinds.ts";
import { CelError, type CelList, type CelMap, type Value } from "./value.ts";

/** Whether two values are equal. Numbers are compared across their types; values of other types that differ are not equal. */
export function isEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b) === 0;
  if (typeof a !== "object" || a === null) return false;
  if (isList(a)) return isList(b) ? areListsEqual(a, b) : false;
  if (isMap(a)) return isMap(b) ? areMapsEqual(a, b) : false;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanoseconds === b.nanoseconds;
  if (a instanceof Duration) return b instanceof Duration && a.nanoseconds === b.nanoseconds;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (isTypeValue(a)) return typeof b === "object" && b !== null && isTypeValue(b) && a.name === b.name;
  if (isOptional(a))
    return isOptional(b) && (a.value === undefined || b.value === undefined ? a.value === b.value : isEqual(a.value, b.value));
  return isOpaque(a) && isOpaque(b) && a.type.name === b.type.name && a.equals(b);
}

function areListsEqual(a: CelList, b: CelList): boolean {
  if (a.isEqual !== undefined) return a.isEqual(b);
  if (a.size !== b.size) return false;
  for (let index = 0; index < a.size; index++) if (!isEqual(a.at(index), b.at(index))) return false;
  return true;
}

function areMapsEqual(a: CelMap, b: CelMap): boolean {
  if (a.isEqual !== undefined) return a.isEqual(b);
  if (a.size !== b.size) return false;
  return a.keys().every((key) => {
    const [left, right] = [a.find(key), b.find(key)];
    return left !== undefined && right !== undefined && isEqual(left, right);
  });
}

/** Whether a value is a number. */
export function isNumeric(value: Value): value is Uint | bigint | number {
  return typeof value === "bigint" || typeof value === "number" || value instanceof Uint;
}

function compareNumbers(a: Uint | bigint | number, b: Uint | bigint | number): number {
  const [left, right] = [a instanceof Uint ? a.value : a, b instanceof Uint ? b.value : b];
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
  // JavaScript compares bigint and number by their exact values.
  return Number(left > right) - Number(left < right);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** -1, 0 or 1 as `a` is before, like or after `b`. Throws {@link CelError} where the two have no order. */
export function compareValues(a: Value, b: Value): number {
  if (isNumeric(a) && isNumeric(b)) {
    const order = compareNumbers(a, b);
    if (Number.isNaN(order)) throw new CelError("NaN values cannot be ordered");
    return order;
  }
  if (typeof a === "string" && typeof b === "string") return Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  const isTimed = (a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration);
  if (isTimed) return Number(a.nanoseconds > b.nanoseconds) - Number(a.nanoseconds < b.nanoseconds);
  throw noSuchOverload();
}

/** Whether a value can be compared with others of its type. */
export function isComparable(value: Value): boolean {
  return (
    isNumeric(value) ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    value instanceof Uint8Array ||
    value instanceof Timestamp ||
    value instanceof Duration
  );
}
