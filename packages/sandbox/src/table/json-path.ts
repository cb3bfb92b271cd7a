import { isJsonObject } from "../patch/json-object.ts";
import { type PathStep, parseJsonPath } from "./json-path-syntax.ts";

/** Finds the values that a JSONPath leads to; `undefined` when it fails on the object, as on an index that is out of bounds. */
export type JsonPath = (object: unknown) => readonly unknown[] | undefined;

/**
 * Makes a JSONPath ready for many objects. Keys that are missing lead nowhere and are no failure.
 *
 * @returns `undefined` for what is no JSONPath.
 */
export function compileJsonPath(text: string): JsonPath | undefined {
  const steps = parseJsonPath(text);
  return steps === undefined ? undefined : (object) => follow([object], steps);
}

function follow(from: readonly unknown[], steps: readonly PathStep[]): readonly unknown[] | undefined {
  let values: readonly unknown[] | undefined = from;
  for (const step of steps) {
    if (values === undefined) return undefined;
    values = followStep(values, step);
  }
  return values;
}

function followStep(values: readonly unknown[], step: PathStep): readonly unknown[] | undefined {
  switch (step.kind) {
    case "field":
      return values.flatMap((value) => (isJsonObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : []));
    case "wildcard":
      return values.flatMap(childrenOf);
    case "recursive":
      return values.flatMap(containersIn);
    case "literal":
      return values.map(() => step.value);
    case "slice":
      return flatMapAll(values, (value) => sliceOf(value, step));
    case "filter":
      return flatMapAll(values, (value) => filterOf(value, step));
    case "union":
      return flatMapAll(step.paths, (path) => follow(values, path));
  }
}

/** As `flatMap`, but one failure fails all. */
function flatMapAll<T>(values: readonly T[], map: (value: T) => readonly unknown[] | undefined): readonly unknown[] | undefined {
  const all: unknown[] = [];
  for (const value of values) {
    const mapped = map(value);
    if (mapped === undefined) return undefined;
    all.push(...mapped);
  }
  return all;
}

function childrenOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
}

function containersIn(value: unknown): readonly unknown[] {
  const children = childrenOf(value);
  return children.length === 0 ? [] : [value, ...children.flatMap(containersIn)];
}

function sliceOf(value: unknown, { from = 0, to, step = 1 }: Extract<PathStep, { kind: "slice" }>): readonly unknown[] | undefined {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value) || step <= 0) return undefined;
  const start = from < 0 ? from + value.length : from;
  const wanted = to === "one" ? from + 1 : (to ?? value.length);
  const end = wanted < 0 || (wanted === 0 && to === "one") ? wanted + value.length : wanted;
  if (start === end) return [];
  if (start < 0 || start >= value.length || end < start || end > value.length) return undefined;
  return value.slice(start, end).filter((_, index) => index % step === 0);
}

function filterOf(value: unknown, { left, operator, right }: Extract<PathStep, { kind: "filter" }>): readonly unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const kept: unknown[] = [];
  for (const item of value) {
    const lefts = follow([item], left);
    if (operator === "exists") {
      if (lefts !== undefined && lefts.length > 0) kept.push(item);
      continue;
    }
    const rights = follow([item], right);
    if (lefts === undefined || rights === undefined || lefts.length > 1 || rights.length > 1) return undefined;
    if (lefts.length === 0 || rights.length === 0) continue;
    const isKept = compare(lefts[0], operator, rights[0]);
    if (isKept === undefined) return undefined;
    if (isKept) kept.push(item);
  }
  return kept;
}

/** @returns `undefined` when the two cannot be compared. */
function compare(left: unknown, operator: string, right: unknown): boolean | undefined {
  if (typeof left !== typeof right) return undefined;
  if (typeof left === "boolean" && operator !== "==" && operator !== "!=") return undefined;
  if ((typeof left === "string" || typeof left === "number" || typeof left === "boolean") && left !== null) {
    const [a, b] = [left, right as typeof left]; // Of the same type, as checked above.
    const compared: Readonly<Record<string, boolean>> = {
      "==": a === b,
      "!=": a !== b,
      "<": a < b,
      "<=": a <= b,
      ">": a > b,
      ">=": a >= b,
    };
    return compared[operator];
  }
  return undefined;
}
