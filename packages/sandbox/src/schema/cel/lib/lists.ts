import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, param, STRING, TIMESTAMP, type Type, UINT } from "../lang/types.ts";
import { sortBy } from "../run/sort.ts";
import { type CelFunction, fn, global, member } from "../types/function.ts";
import { compareValues, isEqual } from "../values/equality.ts";
import { isList, noSuchOverload } from "../values/kinds.ts";
import { Duration, Uint } from "../values/scalars.ts";
import { CelError, type CelList, itemsOf, makeList, type Value } from "../values/value.ts";
import { duration, int, uint } from "./arithmetic.ts";
import { TEXT_INDEX } from "./strings.ts";

const A = param("A");
const LIST = listOf(A);
const COMPARABLE: readonly Type[] = [INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES];

function isSorted(list: CelList): boolean {
  const items = itemsOf(list);
  return items.every((item, index) => {
    const before = items[index - 1];
    return index === 0 || before === undefined || compareValues(before, item) <= 0;
  });
}

function extreme(name: string, sign: number): (list: CelList) => Value {
  return (list) => {
    const [first, ...rest] = itemsOf(list);
    if (first === undefined) throw new CelError(`${name} called on empty list`);
    return rest.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best), first);
  };
}

function sum(zero: Value): (list: CelList) => Value {
  return (list) => itemsOf(list).reduce(add, zero);
}

function add(a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") return int(a + b);
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a instanceof Uint && b instanceof Uint) return uint(a.value + b.value);
  if (a instanceof Duration && b instanceof Duration) return duration(a.nanoseconds + b.nanoseconds);
  throw noSuchOverload();
}

const ZEROS: readonly (readonly [Type, Value])[] = [
  [INT, 0n],
  [UINT, new Uint(0n)],
  [DOUBLE, 0],
  [DURATION, new Duration(0n)],
];

function slice(list: CelList, start: bigint, end: bigint): Value {
  const call = `cannot slice(${start}, ${end})`;
  if (start < 0n || end < 0n) throw new CelError(`${call}, negative indexes not supported`);
  if (start > end) throw new CelError(`${call}, start index must be less than or equal to end index`);
  if (end > BigInt(list.size)) throw new CelError(`${call}, list is length ${list.size}`);
  return makeList(itemsOf(list).slice(Number(start), Number(end)));
}

function flatten(list: CelList, depth = 1n): CelList {
  if (depth < 0n) throw new CelError("level must be non-negative");
  return makeList(itemsOf(list).flatMap((item) => (depth > 0n && isList(item) ? itemsOf(flatten(item, depth - 1n)) : [item])));
}

function distinct(list: CelList): Value {
  const found: Value[] = [];
  for (const item of itemsOf(list)) if (!found.some((each) => isEqual(each, item))) found.push(item);
  return makeList(found);
}

function range(count: bigint): Value {
  if (count < 0n) throw new CelError(`lists.range: size must be non-negative, got ${count}`);
  if (count > 1_000_000n) throw new CelError(`lists.range: size ${count} exceeds maximum allowed (1000000)`);
  return makeList(Array.from({ length: Number(count) }, (_, index) => BigInt(index)));
}

function has(list: CelList, value: Value): boolean {
  return itemsOf(list).some((item) => isEqual(item, value));
}

function containsAll(list: CelList, values: CelList): boolean {
  return itemsOf(values).every((value) => has(list, value));
}

/** Functions of lists, and lists as sets. */
export const LISTS: readonly CelFunction[] = [
  fn("isSorted", ...COMPARABLE.map((type) => member([listOf(type)], BOOL, isSorted))),
  fn("sum", ...ZEROS.map(([type, zero]) => member([listOf(type)], type, sum(zero)))),
  fn("max", ...COMPARABLE.map((type) => member([listOf(type)], type, extreme("max", 1)))),
  fn("min", ...COMPARABLE.map((type) => member([listOf(type)], type, extreme("min", -1)))),
  fn(
    "indexOf",
    ...TEXT_INDEX.indexOf,
    member([LIST, A], INT, (list: CelList, value: Value) => BigInt(itemsOf(list).findIndex((item) => isEqual(item, value)))),
  ),
  fn(
    "lastIndexOf",
    ...TEXT_INDEX.lastIndexOf,
    member([LIST, A], INT, (list: CelList, value: Value) => BigInt(itemsOf(list).findLastIndex((item) => isEqual(item, value)))),
  ),
  fn("slice", member([LIST, INT, INT], LIST, slice)),
  fn("flatten", member([listOf(LIST)], LIST, flatten), member([listOf(DYN), INT], listOf(DYN), flatten)),
  fn("sort", ...COMPARABLE.map((type) => member([listOf(type)], listOf(type), (list: CelList) => sortBy(list, (item) => item)))),
  fn("lists.range", global([INT], listOf(INT), range)),
  fn(
    "reverse",
    member([LIST], LIST, (list: CelList) => makeList(itemsOf(list).toReversed())),
  ),
  fn("distinct", member([LIST], LIST, distinct)),
  fn("sets.contains", global([LIST, LIST], BOOL, containsAll)),
  fn(
    "sets.equivalent",
    global([LIST, LIST], BOOL, (a: CelList, b: CelList) => containsAll(a, b) && containsAll(b, a)),
  ),
  fn(
    "sets.intersects",
    global([LIST, LIST], BOOL, (a: CelList, b: CelList) => itemsOf(a).some((item) => has(b, item))),
  ),
];
