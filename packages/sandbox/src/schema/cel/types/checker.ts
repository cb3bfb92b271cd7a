import type { Bind, Call, Expr, Fold, Literal, Select, SourceError } from "../lang/syntax.ts";
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  ERROR,
  formatType,
  INT,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  STRING,
  type Type,
  UINT,
} from "../lang/types.ts";
import { typeNameOf } from "../values/kinds.ts";
import { type CheckEnv, isFit, mismatch, newParam, type Scope, type State, tell, undeclared } from "./check-state.ts";
import { type CelFunction, type Overload, parametersOf } from "./function.ts";
import { assignAll, isDyn, mostGeneral, substitute } from "./unify.ts";

/** What the checker found out of an expression. */
export interface Checked {
  readonly type: Type;
  readonly errors: readonly SourceError[];
  /** The signatures that each call may have. */
  readonly overloads: ReadonlyMap<Expr, readonly Overload[]>;
  /** Calls and selections that are in truth qualified names: `optional.of`, `google.protobuf.Duration`. */
  readonly qualified: ReadonlyMap<Expr, string>;
  readonly types: ReadonlyMap<Expr, Type>;
  /** The variables that are used. */
  readonly used: ReadonlySet<string>;
}

/** Finds out the types of an expression, as the compiler of the API server does. Never throws. */
export function checkExpr(expr: Expr, env: CheckEnv): Checked {
  const state: State = {
    env,
    errors: [],
    overloads: new Map(),
    qualified: new Map(),
    types: new Map(),
    used: new Set(),
    known: new Map(),
    fresh: 0,
  };
  const type = check(expr, state, undefined);
  const types = new Map([...state.types].map(([each, found]) => [each, substitute(state.known, found, true)]));
  return { ...state, type: substitute(state.known, type, true), types };
}

function check(expr: Expr, state: State, scope: Scope | undefined): Type {
  const type = typeOf(expr, state, scope);
  state.types.set(expr, type);
  return type;
}

function typeOf(expr: Expr, state: State, scope: Scope | undefined): Type {
  switch (expr.kind) {
    case "literal":
      return typeOfLiteral(expr);
    case "ident":
      return lookUp(expr.name, state, scope) ?? undeclared(expr.name, expr.at, state);
    case "select":
      return typeOfSelect(expr, state, scope);
    case "call":
      return typeOfCall(expr, state, scope);
    case "list":
      return typeOfList(expr, state, scope);
    case "map":
      return typeOfMap(expr, state, scope);
    case "struct":
      return typeOfStruct(expr, state, scope);
    case "fold":
      return typeOfFold(expr, state, scope);
    case "bind":
      return typeOfBind(expr, state, scope);
  }
}

const LITERAL_TYPES: Readonly<Record<string, Type>> = {
  bool: BOOL,
  bytes: BYTES,
  double: DOUBLE,
  int: INT,
  null_type: NULL,
  string: STRING,
  uint: UINT,
};

function typeOfLiteral({ value }: Literal): Type {
  return LITERAL_TYPES[typeNameOf(value)] ?? ERROR;
}

function lookUp(name: string, state: State, scope: Scope | undefined): Type | undefined {
  const plain = name.startsWith(".") ? name.slice(1) : name;
  for (let at = name.startsWith(".") ? undefined : scope; at !== undefined; at = at.outer) if (at.name === plain) return at.type;
  const type = state.env.variables.get(plain);
  if (type !== undefined) state.used.add(plain);
  return type ?? state.env.typeNames.get(plain);
}

/** `a.b.c` as text, if the expression is nothing else. */
function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind !== "select" || expr.isTest || expr.isOptional) return undefined;
  const operand = qualifiedName(expr.operand);
  return operand === undefined ? undefined : `${operand}.${expr.field}`;
}

function typeOfSelect(expr: Select, state: State, scope: Scope | undefined): Type {
  const name = qualifiedName(expr);
  const type = name === undefined ? undefined : state.env.typeNames.get(name);
  if (name !== undefined && type !== undefined) {
    state.qualified.set(expr, name);
    return type;
  }
  const operand = substitute(state.known, check(expr.operand, state, scope), false);
  const isOptionalTarget = operand.kind === "optional";
  const field = fieldType(isOptionalTarget ? operand.of : operand, expr, state);
  if (expr.isTest) return BOOL;
  return isOptionalTarget || expr.isOptional ? optionalOf(field) : field;
}

function fieldType(target: Type, { field, at }: Select, state: State): Type {
  switch (target.kind) {
    case "map":
      return target.value;
    case "object": {
      const type = target.fields?.get(field);
      if (type !== undefined) return type;
      if (target.fields === undefined) tell(state, at, `unexpected failed resolution of '${target.name}'`);
      else tell(state, at, `undefined field '${field}'`);
      return ERROR;
    }
    case "param":
      isFit(state, DYN, target);
      return DYN;
    default:
      if (target.kind !== "dyn" && target.kind !== "error")
        tell(state, at, `type '${formatType(target)}' does not support field selection`);
      return DYN;
  }
}

function typeOfCall(expr: Call, state: State, scope: Scope | undefined): Type {
  const args = expr.args.map((arg) => check(arg, state, scope));
  const { functions } = state.env;
  if (expr.target === undefined) {
    const found = functions.get(expr.name.replace(/^\./, ""));
    return found === undefined ? undeclared(expr.name, expr.at, state) : resolve(expr, { found, isMember: false, args }, state);
  }
  const prefix = qualifiedName(expr.target);
  const qualified = prefix === undefined ? undefined : functions.get(`${prefix}.${expr.name}`);
  if (qualified !== undefined) {
    state.qualified.set(expr, qualified.name);
    return resolve(expr, { found: qualified, isMember: false, args }, state);
  }
  const target = check(expr.target, state, scope);
  const found = functions.get(expr.name);
  return found === undefined
    ? undeclared(expr.name, expr.at, state)
    : resolve(expr, { found, isMember: true, args: [target, ...args] }, state);
}

/** A function that is called, with the types of its arguments; those of a method begin with its target's. */
interface Resolution {
  readonly found: CelFunction;
  readonly isMember: boolean;
  readonly args: readonly Type[];
}

function resolve(call: Call, resolution: Resolution, state: State): Type {
  const { found, isMember, args } = resolution;
  if (found.name === "_&&_" || found.name === "_||_") return resolveLogic(call, found, args, state);
  const fitting: Overload[] = [];
  let result: Type | undefined;
  for (const overload of found.overloads.filter((each) => each.isMember === isMember)) {
    const names = new Map([...parametersOf(overload)].map((name) => [name, newParam(state)]));
    const known = assignAll(
      state.known,
      args,
      overload.args.map((type) => substitute(names, type, false)),
    );
    if (known === undefined) continue;
    state.known = known;
    fitting.push(overload);
    const type = substitute(known, substitute(names, overload.result, false), false);
    if (result === undefined) result = type;
    else if (!isDyn(result) && formatType(type) !== formatType(result)) result = DYN;
  }
  if (result === undefined) return noOverload(call.at, resolution, state);
  state.overloads.set(call, fitting);
  return result;
}

function resolveLogic(call: Call, found: CelFunction, args: readonly Type[], state: State): Type {
  const wrong = args.map((type, index) => {
    const arg = call.args[index];
    return arg === undefined || isFit(state, type, BOOL) ? undefined : mismatch(state, arg.at, BOOL, type);
  });
  state.overloads.set(call, found.overloads);
  return wrong.some((type) => type !== undefined) ? ERROR : BOOL;
}

function noOverload(at: number, { found, isMember, args }: Resolution, state: State): Type {
  const shown = args.map((type) => formatType(substitute(state.known, type, true)));
  const signature = isMember ? `${shown[0] ?? ""}.(${shown.slice(1).join(", ")})` : `(${shown.join(", ")})`;
  return tell(state, at, `found no matching overload for '${found.name}' applied to '${signature}'`);
}

function join(state: State, previous: Type | undefined, current: Type): Type {
  if (previous === undefined) return current;
  // What does not go together is told of later, since arguments of `format` may be mixed.
  return isFit(state, previous, current) ? mostGeneral(previous, current) : DYN;
}

function unwrapOptional(type: Type, at: number, state: State): Type {
  if (type.kind === "optional") return type.of;
  if (!isDyn(type)) mismatch(state, at, optionalOf(type), type);
  return type;
}

function typeOfList(expr: Expr & { readonly kind: "list" }, state: State, scope: Scope | undefined): Type {
  let type: Type | undefined;
  for (const { value, isOptional } of expr.items) {
    const found = check(value, state, scope);
    type = join(state, type, isOptional ? unwrapOptional(found, value.at, state) : found);
  }
  return listOf(type ?? newParam(state));
}

function typeOfMap(expr: Expr & { readonly kind: "map" }, state: State, scope: Scope | undefined): Type {
  let [keyType, valueType]: [Type | undefined, Type | undefined] = [undefined, undefined];
  for (const { key, value, isOptional } of expr.entries) {
    keyType = join(state, keyType, check(key, state, scope));
    const found = check(value, state, scope);
    valueType = join(state, valueType, isOptional ? unwrapOptional(found, value.at, state) : found);
  }
  return mapOf(keyType ?? newParam(state), valueType ?? newParam(state));
}

function typeOfStruct(expr: Expr & { readonly kind: "struct" }, state: State, scope: Scope | undefined): Type {
  for (const { value } of expr.fields) check(value, state, scope);
  return undeclared(expr.name, expr.at, state);
}

function typeOfFold(expr: Fold, state: State, scope: Scope | undefined): Type {
  const range = substitute(state.known, check(expr.range, state, scope), false);
  const inner = foldScope(expr, range, state, scope);
  const filter = expr.filter === undefined ? undefined : check(expr.filter, state, inner);
  const body = check(expr.body, state, inner);
  const result = foldResult(expr, { body, first: lookUp(expr.variables[0], state, inner) ?? ERROR }, state);
  const condition = expr.macro === "exists_one" || expr.macro === "filter" ? body : filter;
  if (condition !== undefined && !isFit(state, condition, BOOL)) mismatchedCondition(expr, condition, result, state);
  return result;
}

interface FoldTypes {
  readonly body: Type;
  /** The type of the first variable. */
  readonly first: Type;
}

function foldResult(expr: Fold, { body, first }: FoldTypes, state: State): Type {
  switch (expr.macro) {
    case "all":
    case "exists":
      if (!isFit(state, body, BOOL)) mismatch(state, expr.body.at, BOOL, body);
      return BOOL;
    case "exists_one":
      return BOOL;
    case "filter":
      return listOf(substitute(state.known, first, false));
    case "map":
    case "transformList":
      return listOf(substitute(state.known, body, false));
    case "transformMap":
      return mapOf(substitute(state.known, first, false), substitute(state.known, body, false));
    case "transformMapEntry":
      return typeOfEntries(expr, body, state);
  }
}

/** Conditions are arguments of `_?_:_` in what the macro stands for, and so is the message. */
function mismatchedCondition({ at, macro }: Fold, type: Type, result: Type, state: State): void {
  const shown = (each: Type): string => formatType(substitute(state.known, each, true));
  const other = shown(macro === "exists_one" ? INT : result);
  tell(state, at, `found no matching overload for '_?_:_' applied to '(${shown(type)}, ${other}, ${other})'`);
}

function typeOfEntries(expr: Fold, body: Type, state: State): Type {
  const entry = mapOf(newParam(state), newParam(state));
  if (!isFit(state, body, entry))
    tell(state, expr.at, `found no matching overload for 'cel.@mapInsert' applied to '(map(dyn, dyn), ${formatType(body)})'`);
  return substitute(state.known, entry, false);
}

function foldScope(expr: Fold, range: Type, state: State, outer: Scope | undefined): Scope {
  const [first, second] = expr.variables;
  const [one, two] = variableTypes(expr, range, state);
  if (second === undefined) return { name: first, type: range.kind === "list" ? two : one, outer };
  return { name: second, type: two, outer: { name: first, type: one, outer } };
}

/** The types of index (or key) and item (or value). */
function variableTypes(expr: Fold, range: Type, state: State): readonly [Type, Type] {
  switch (range.kind) {
    case "list":
      return [INT, range.of];
    case "map":
      return [range.key, range.value];
    case "dyn":
    case "error":
    case "param":
      isFit(state, DYN, range);
      return [DYN, DYN];
    default:
      tell(
        state,
        expr.range.at,
        `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
      return [ERROR, ERROR];
  }
}

function typeOfBind(expr: Bind, state: State, scope: Scope | undefined): Type {
  const target = substitute(state.known, check(expr.target, state, scope), false);
  if (expr.macro === "sortBy") return typeOfSort(expr, target, state, scope);
  const inner = newParam(state);
  const call = (name: string): Type =>
    tell(state, expr.at, `found no matching overload for '${name}' applied to '${formatType(target)}.()'`);
  if (!isFit(state, target, optionalOf(inner))) return call("hasValue");
  const body = check(expr.body, state, { name: expr.variable, type: substitute(state.known, inner, false), outer: scope });
  if (expr.macro === "optMap") return optionalOf(substitute(state.known, body, false));
  const result = optionalOf(newParam(state));
  if (!isFit(state, body, result)) {
    return tell(
      state,
      expr.at,
      `found no matching overload for '_?_:_' applied to '(bool, ${formatType(substitute(state.known, body, true))}, optional_type(dyn))'`,
    );
  }
  return substitute(state.known, result, false);
}

const SORTABLE: ReadonlySet<Type["kind"]> = new Set<Type["kind"]>([
  "int",
  "uint",
  "double",
  "bool",
  "duration",
  "timestamp",
  "string",
  "bytes",
  "dyn",
  "error",
  "param",
]);

function typeOfSort(expr: Bind, target: Type, state: State, scope: Scope | undefined): Type {
  const item = newParam(state);
  const isListLike = isFit(state, target, listOf(item));
  if (!isListLike)
    tell(
      state,
      expr.target.at,
      `expression of type '${formatType(target)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    );
  const key = substitute(
    state.known,
    check(expr.body, state, { name: expr.variable, type: substitute(state.known, item, false), outer: scope }),
    false,
  );
  const list = listOf(substitute(state.known, item, false));
  if (SORTABLE.has(key.kind)) return list;
  return tell(
    state,
    expr.at,
    `found no matching overload for '@sortByAssociatedKeys' applied to '${formatType(list)}.(${formatType(listOf(key))})'`,
  );
}
