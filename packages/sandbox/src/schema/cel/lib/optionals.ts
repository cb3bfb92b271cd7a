import { BOOL, listOf, optionalOf, param } from "../lang/types.ts";
import { type CelFunction, fn, global, member } from "../types/function.ts";
import { isList, isMap, isOptional, noSuchOverload } from "../values/kinds.ts";
import { Duration, Timestamp, Uint } from "../values/scalars.ts";
import { CelError, type CelList, itemsOf, makeList, makeOptional, type OptionalValue, type Value } from "../values/value.ts";

const V = param("V");
const LIST = listOf(V);
const OPTIONAL = optionalOf(V);

function isZero(value: Value): boolean {
  if (value === null || value === 0n || value === 0 || value === "" || value === false) return true;
  if (typeof value !== "object") return false;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanoseconds === 0n;
  // The zero of times is the year 1.
  if (value instanceof Timestamp) return value.nanoseconds === -62_135_596_800_000_000_000n;
  if (isOptional(value)) return value.value === undefined;
  return (isList(value) || isMap(value)) && value.size === 0;
}

function valueOf({ value }: OptionalValue): Value {
  if (value === undefined) throw new CelError("optional.none() dereference");
  return value;
}

function unwrap(list: CelList): Value {
  return makeList(itemsOf(list).flatMap((item) => (isOptional(item) ? (item.value ?? []) : [item])));
}

/** Evaluated by the plan, since the second operand may not be needed. */
function lazily(): never {
  throw noSuchOverload();
}

/** Values that may be missing. */
export const OPTIONALS: readonly CelFunction[] = [
  fn(
    "optional.of",
    global([V], OPTIONAL, (value: Value) => makeOptional(value)),
  ),
  fn(
    "optional.ofNonZeroValue",
    global([V], OPTIONAL, (value: Value) => makeOptional(isZero(value) ? undefined : value)),
  ),
  fn(
    "optional.none",
    global([], OPTIONAL, () => makeOptional(undefined)),
  ),
  fn("optional.unwrap", global([listOf(OPTIONAL)], LIST, unwrap)),
  fn("unwrapOpt", member([listOf(OPTIONAL)], LIST, unwrap)),
  fn("value", member([OPTIONAL], V, valueOf)),
  fn(
    "hasValue",
    member([OPTIONAL], BOOL, ({ value }: OptionalValue) => value !== undefined),
  ),
  fn("or", member([OPTIONAL, OPTIONAL], OPTIONAL, lazily)),
  fn("orValue", member([OPTIONAL, V], V, lazily)),
  fn(
    "first",
    member([LIST], OPTIONAL, (list: CelList) => makeOptional(list.size === 0 ? undefined : list.at(0))),
  ),
  fn(
    "last",
    member([LIST], OPTIONAL, (list: CelList) => makeOptional(list.size === 0 ? undefined : list.at(list.size - 1))),
  ),
];
