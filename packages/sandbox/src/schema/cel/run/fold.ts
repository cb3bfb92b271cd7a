import type { Fold } from "../lang/syntax.ts";
import { isList, isMap, noSuchOverload } from "../values/kinds.ts";
import { makeMap } from "../values/maps.ts";
import { CelError, makeList, type Value } from "../values/value.ts";
import type { Frame, Plan } from "./plan.ts";

/** The parts of a macro, ready to be evaluated. */
export interface FoldPlans {
  readonly range: Plan;
  readonly filter: Plan | undefined;
  readonly body: Plan;
}

/** Evaluates for each item of a list or key of a map. */
type Each = (frame: Frame | undefined) => Iterable<Frame>;

/** Makes a macro that goes over a list or map ready to be evaluated. */
export function planFold(expr: Fold, { range, filter, body }: FoldPlans): Plan {
  const each = framesOf(expr.variables, range);
  switch (expr.macro) {
    case "all":
      return (frame) => quantify(each(frame), body, false);
    case "exists":
      return (frame) => quantify(each(frame), body, true);
    case "exists_one":
      return (frame) => Iterator.from(each(frame)).reduce((count, at) => count + Number(truth(body(at))), 0) === 1;
    case "filter":
      return (frame) => makeList([...each(frame)].filter((at) => truth(body(at))).map(({ value }) => value));
    case "map":
    case "transformList":
      return (frame) => makeList([...kept(each(frame), filter)].map(body));
    case "transformMap":
      return (frame) => makeMap([...kept(each(frame), filter)].map((at) => [keyOf(at), body(at)] as const));
    case "transformMapEntry":
      return (frame) => joinEntries([...kept(each(frame), filter)].map(body));
  }
}

function framesOf([first, second]: Fold["variables"], range: Plan): Each {
  return function* frames(outer) {
    const value = range(outer);
    if (!isList(value) && !isMap(value)) throw noSuchOverload();
    for (const [key, item] of entriesOf(value, second !== undefined)) {
      if (second === undefined) yield { name: first, value: isList(value) ? item : key, outer };
      else yield { name: second, value: item, outer: { name: first, value: key, outer } };
    }
  };
}

function* entriesOf(value: Value, isPaired: boolean): Generator<readonly [Value, Value]> {
  if (isList(value)) {
    for (let index = 0; index < value.size; index++) yield [BigInt(index), value.at(index)];
  } else if (isMap(value)) {
    for (const key of value.keys()) yield [key, isPaired ? (value.find(key) ?? null) : key];
  }
}

function keyOf({ outer }: Frame): Value {
  return outer?.value ?? null;
}

function truth(value: Value): boolean {
  if (typeof value !== "boolean") throw noSuchOverload();
  return value;
}

function* kept(frames: Iterable<Frame>, filter: Plan | undefined): Generator<Frame> {
  for (const frame of frames) if (filter === undefined || truth(filter(frame))) yield frame;
}

/** An error counts only if no item decides. */
function quantify(frames: Iterable<Frame>, body: Plan, decisive: boolean): boolean {
  let failure: CelError | undefined;
  for (const frame of frames) {
    try {
      const value = body(frame);
      if (value === decisive) return decisive;
      if (typeof value !== "boolean") failure ??= noSuchOverload();
    } catch (cause) {
      if (!(cause instanceof CelError)) throw cause;
      failure ??= cause;
    }
  }
  if (failure !== undefined) throw failure;
  return !decisive;
}

function joinEntries(maps: readonly Value[]): Value {
  const entries: (readonly [Value, Value])[] = [];
  for (const map of maps) {
    if (!isMap(map)) throw noSuchOverload();
    for (const key of map.keys()) {
      if (makeMap(entries).find(key) !== undefined) throw new CelError(`insert failed: key ${String(key)} already exists`);
      entries.push([key, map.find(key) ?? null]);
    }
  }
  return makeMap(entries);
}
