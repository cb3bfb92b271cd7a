import type { Bind, Call, Expr, Select } from "../lang/syntax.ts";
import type { Overload } from "../types/function.ts";
import type { Checked } from "../types/checker.ts";
import { isList, isMap, isOptional, noSuchOverload } from "../values/kinds.ts";
import { makeMap } from "../values/maps.ts";
import { Uint } from "../values/scalars.ts";
import { CelError, type CelList, makeList, makeOptional, type Value } from "../values/value.ts";
import { planFold } from "./fold.ts";
import { matchesType } from "./match-type.ts";
import { sortBy } from "./sort.ts";

/** The variables that an expression sees, innermost first. */
export interface Frame {
  readonly name: string;
  readonly value: Value;
  readonly outer: Frame | undefined;
}

/** Evaluates an expression. Throws {@link CelError}. */
export type Plan = (frame: Frame | undefined) => Value;

/** Makes a checked expression ready to be evaluated any number of times. */
export function planExpr(expr: Expr, checked: Checked): Plan {
  switch (expr.kind) {
    case "literal":
      return () => expr.value;
    case "ident":
      return planIdent(expr.name);
    case "select":
      return planSelect(expr, checked);
    case "call":
      return planCall(expr, checked);
    case "list":
      return planList(expr, checked);
    case "map":
      return planMap(expr, checked);
    case "struct":
      return () => fail(`unknown type: '${expr.name}'`);
    case "fold":
      return planFold(expr, {
        range: planExpr(expr.range, checked),
        filter: expr.filter && planExpr(expr.filter, checked),
        body: planExpr(expr.body, checked),
      });
    case "bind":
      return planBind(expr, checked);
  }
}

function fail(message: string): never {
  throw new CelError(message);
}

function planIdent(name: string): Plan {
  const plain = name.startsWith(".") ? name.slice(1) : name;
  return (frame) => {
    for (let at = frame; at !== undefined; at = at.outer) if (at.name === plain) return at.value;
    return typeByName(plain);
  };
}

function typeByName(name: string): Value {
  return { shape: "type", name };
}

function planSelect(expr: Select, checked: Checked): Plan {
  const qualified = checked.qualified.get(expr);
  if (qualified !== undefined) return () => typeByName(qualified);
  const operand = planExpr(expr.operand, checked);
  const { field, isTest, isOptional: isAsked } = expr;
  return (frame) => {
    const target = operand(frame);
    const isChained = isOptional(target);
    const value = isChained ? target.value : target;
    const found = value === undefined ? undefined : findField(value, field);
    if (isTest) return found !== undefined;
    if (isAsked || isChained) return makeOptional(found);
    return found ?? fail(`no such key: ${field}`);
  };
}

function findField(target: Value, field: string): Value | undefined {
  if (isMap(target)) return target.find(field);
  throw noSuchOverload();
}

function planCall(expr: Call, checked: Checked): Plan {
  const qualified = checked.qualified.get(expr);
  const args = (expr.target === undefined || qualified !== undefined ? expr.args : [expr.target, ...expr.args]).map((arg) =>
    planExpr(arg, checked),
  );
  const [first, second, third] = args;
  switch (qualified ?? expr.name) {
    case "_&&_":
      return planLogic(first, second, false);
    case "_||_":
      return planLogic(first, second, true);
    case "_?_:_":
      return planCondition(first, second, third);
    case "_[_]":
      return planIndex(first, second, false);
    case "_[?_]":
      return planIndex(first, second, true);
    case "or":
    case "orValue":
      return expr.target === undefined ? planOverloads(expr, checked, args) : planOr(first, second, expr.name === "orValue");
    default:
      return planOverloads(expr, checked, args);
  }
}

function run(plan: Plan | undefined, frame: Frame | undefined): Value {
  return plan === undefined ? fail("an operator lacks an operand") : plan(frame);
}

/** `&&` and `||` do not mind an error on one side if the other side decides. */
function planLogic(left: Plan | undefined, right: Plan | undefined, decisive: boolean): Plan {
  return (frame) => {
    let failure: unknown;
    try {
      const value = run(left, frame);
      if (value === decisive) return decisive;
      if (typeof value !== "boolean") failure = noSuchOverload();
    } catch (cause) {
      failure = errorOf(cause);
    }
    const value = run(right, frame);
    if (value === decisive) return decisive;
    if (failure !== undefined) throw errorOf(failure);
    return typeof value === "boolean" ? value : fail("no such overload");
  };
}

function errorOf(cause: unknown): CelError {
  if (cause instanceof CelError) return cause;
  throw cause;
}

function planCondition(condition: Plan | undefined, then: Plan | undefined, otherwise: Plan | undefined): Plan {
  return (frame) => {
    const value = run(condition, frame);
    if (typeof value !== "boolean") throw noSuchOverload();
    return run(value ? then : otherwise, frame);
  };
}

function planIndex(operand: Plan | undefined, index: Plan | undefined, isAsked: boolean): Plan {
  return (frame) => {
    const target = run(operand, frame);
    const key = run(index, frame);
    const isChained = isOptional(target);
    const value = isChained ? target.value : target;
    const isMissing = value === undefined;
    if (isAsked || isChained) return makeOptional(isMissing ? undefined : findIndex(value, key));
    return isMissing ? fail("no such overload") : (findIndex(value, key) ?? missing(value, key));
  };
}

function findIndex(target: Value, key: Value): Value | undefined {
  if (isMap(target)) return target.find(key);
  if (!isList(target)) throw noSuchOverload();
  const index = indexOf(key);
  return index >= 0 && index < target.size ? target.at(index) : undefined;
}

function indexOf(key: Value): number {
  if (typeof key === "bigint") return Number(key);
  if (key instanceof Uint) return Number(key.value);
  if (typeof key === "number" && Number.isInteger(key)) return key;
  return fail(`unsupported index type '${typeof key}' in list`);
}

function missing(target: Value, key: Value): never {
  const shown = key instanceof Uint ? String(key.value) : String(key);
  return fail(isMap(target) ? `no such key: ${shown}` : `index out of bounds: ${shown}`);
}

function planOr(left: Plan | undefined, right: Plan | undefined, isValue: boolean): Plan {
  return (frame) => {
    const value = run(left, frame);
    if (!isOptional(value)) throw noSuchOverload();
    if (value.value === undefined) return run(right, frame);
    return isValue ? value.value : value;
  };
}

function planOverloads(expr: Call, checked: Checked, args: readonly Plan[]): Plan {
  const overloads = checked.overloads.get(expr) ?? [];
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    const overload = overloads.find((each) => fits(each, values));
    if (overload === undefined) throw noSuchOverload();
    return overload.run(...values);
  };
}

function fits({ args }: Overload, values: readonly Value[]): boolean {
  return values.every((value, index) => {
    const type = args[index];
    return type !== undefined && matchesType(value, type);
  });
}

function planList(expr: Expr & { readonly kind: "list" }, checked: Checked): Plan {
  const items = expr.items.map(({ value, isOptional: isAsked }) => ({ plan: planExpr(value, checked), isAsked }));
  if (items.every(({ isAsked }) => !isAsked)) {
    const plans = items.map(({ plan }) => plan);
    if (expr.items.every(({ value }) => value.kind === "literal")) {
      const constant: CelList = makeList(plans.map((plan) => plan(undefined)));
      return () => constant;
    }
    return (frame) => makeList(plans.map((plan) => plan(frame)));
  }
  return (frame) => makeList(items.flatMap(({ plan, isAsked }) => present(plan(frame), isAsked, "list element")));
}

function present(value: Value, isAsked: boolean, what: string): readonly Value[] {
  if (!isAsked) return [value];
  if (!isOptional(value)) return fail(`cannot initialize optional ${what} from non-optional value`);
  return value.value === undefined ? [] : [value.value];
}

function planMap(expr: Expr & { readonly kind: "map" }, checked: Checked): Plan {
  const entries = expr.entries.map(({ key, value, isOptional: isAsked }) => ({
    key: planExpr(key, checked),
    value: planExpr(value, checked),
    isAsked,
  }));
  return (frame) =>
    makeMap(
      entries.flatMap(({ key, value, isAsked }) => {
        const at = key(frame);
        return present(value(frame), isAsked, "entry").map((each) => [at, each] as const);
      }),
    );
}

function planBind(expr: Bind, checked: Checked): Plan {
  const target = planExpr(expr.target, checked);
  const body = planExpr(expr.body, checked);
  const withName = (value: Value, outer: Frame | undefined): Value => body({ name: expr.variable, value, outer });
  if (expr.macro === "sortBy") {
    return (frame) => {
      const list = target(frame);
      if (!isList(list)) throw noSuchOverload();
      return sortBy(list, (item) => withName(item, frame));
    };
  }
  return (frame) => {
    const value = target(frame);
    if (!isOptional(value)) throw noSuchOverload();
    if (value.value === undefined) return value;
    const found = withName(value.value, frame);
    return expr.macro === "optMap" ? makeOptional(found) : found;
  };
}
