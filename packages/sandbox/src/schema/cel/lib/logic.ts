import { BOOL, BYTES, DOUBLE, DURATION, INT, listOf, mapOf, optionalOf, param, STRING, TIMESTAMP, type Type, UINT } from "../lang/types.ts";
import { type CelFunction, fn, global, member, type Overload } from "../types/function.ts";
import { compareValues, isEqual } from "../values/equality.ts";
import { noSuchOverload, typeNameOf } from "../values/kinds.ts";
import { type CelList, type CelMap, itemsOf, type Value } from "../values/value.ts";

const A = param("A");
const B = param("B");
const LIST = listOf(A);
const MAP = mapOf(A, B);

const ORDERED: readonly (readonly [Type, Type])[] = [
  [BOOL, BOOL],
  [INT, INT],
  [INT, DOUBLE],
  [INT, UINT],
  [UINT, UINT],
  [UINT, DOUBLE],
  [UINT, INT],
  [DOUBLE, DOUBLE],
  [DOUBLE, INT],
  [DOUBLE, UINT],
  [STRING, STRING],
  [BYTES, BYTES],
  [TIMESTAMP, TIMESTAMP],
  [DURATION, DURATION],
];

function order(name: string, test: (order: number) => boolean): CelFunction {
  const overloads = ORDERED.map((args) => global(args, BOOL, (a: Value, b: Value) => test(compareValues(a, b))));
  return fn(name, ...overloads);
}

/** Indexing, `&&`, `||` and `?:` are evaluated by the plan; here are only their signatures. */
function signature(args: readonly Type[], result: Type): Overload {
  return global(args, result, () => {
    throw noSuchOverload();
  });
}

function sizeOf(type: Type, size: (value: never) => number): readonly [Overload, Overload] {
  const run = (value: never): Value => BigInt(size(value));
  return [global([type], INT, run), member([type], INT, run)];
}

function isIn(value: Value, list: CelList): boolean {
  return itemsOf(list).some((item) => isEqual(value, item));
}

/** Comparisons, logic, indexing, `in`, `size`, `type` and `dyn`. */
export const LOGIC: readonly CelFunction[] = [
  fn("_?_:_", signature([BOOL, A, A], A)),
  fn("_&&_", signature([BOOL, BOOL], BOOL)),
  fn("_||_", signature([BOOL, BOOL], BOOL)),
  fn(
    "!_",
    global([BOOL], BOOL, (a: boolean) => !a),
  ),
  fn(
    "_==_",
    global([A, A], BOOL, (a: Value, b: Value) => isEqual(a, b)),
  ),
  fn(
    "_!=_",
    global([A, A], BOOL, (a: Value, b: Value) => !isEqual(a, b)),
  ),
  order("_<_", (found) => found < 0),
  order("_<=_", (found) => found <= 0),
  order("_>_", (found) => found > 0),
  order("_>=_", (found) => found >= 0),
  fn(
    "_[_]",
    signature([LIST, INT], A),
    signature([MAP, A], B),
    signature([optionalOf(LIST), INT], optionalOf(A)),
    signature([optionalOf(MAP), A], optionalOf(B)),
  ),
  fn(
    "_[?_]",
    signature([LIST, INT], optionalOf(A)),
    signature([optionalOf(LIST), INT], optionalOf(A)),
    signature([MAP, A], optionalOf(B)),
    signature([optionalOf(MAP), A], optionalOf(B)),
  ),
  fn(
    "@in",
    global([A, LIST], BOOL, isIn),
    global([A, MAP], BOOL, (key: Value, map: CelMap) => map.find(key) !== undefined),
  ),
  fn(
    "size",
    ...sizeOf(BYTES, (value: Uint8Array) => value.length),
    ...sizeOf(LIST, ({ size }: CelList) => size),
    ...sizeOf(MAP, ({ size }: CelMap) => size),
    ...sizeOf(STRING, (value: string) => Array.from(value).length),
  ),
  fn(
    "type",
    global([A], { kind: "type", of: A }, (value: Value) => ({ shape: "type", name: typeNameOf(value) })),
  ),
  fn(
    "dyn",
    global([A], { kind: "dyn" }, (value: Value) => value),
  ),
];
