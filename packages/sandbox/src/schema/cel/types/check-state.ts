import type { Expr, SourceError } from "../lang/syntax.ts";
import { ERROR, formatType, param, type Type } from "../lang/types.ts";
import type { CelFunction, Overload } from "./function.ts";
import { assign, type Substitution } from "./unify.ts";

/** Functions by name. */
export type FunctionTable = ReadonlyMap<string, CelFunction>;

/** What an expression may use. */
export interface CheckEnv {
  readonly functions: FunctionTable;
  readonly variables: ReadonlyMap<string, Type>;
  /** Names of types as values, such as `int` or `google.protobuf.Duration`. */
  readonly typeNames: ReadonlyMap<string, Type>;
}

/** What a check has found so far. */
export interface State {
  readonly env: CheckEnv;
  readonly errors: SourceError[];
  readonly overloads: Map<Expr, readonly Overload[]>;
  readonly qualified: Map<Expr, string>;
  readonly types: Map<Expr, Type>;
  readonly used: Set<string>;
  known: Substitution;
  fresh: number;
}

/** Variables of macros, innermost first. */
export interface Scope {
  readonly name: string;
  readonly type: Type;
  readonly outer: Scope | undefined;
}

/** Notes an error; its type fits everywhere. */
export function tell(state: State, at: number, message: string): Type {
  state.errors.push({ at, message });
  return ERROR;
}

/** Notes a name that nothing declares. */
export function undeclared(name: string, at: number, state: State): Type {
  return tell(state, at, `undeclared reference to '${name}' (in container '')`);
}

/** Notes a type that is not the one expected. */
export function mismatch(state: State, at: number, expected: Type, found: Type): Type {
  return tell(state, at, `expected type '${formatType(expected)}' but found '${formatType(found)}'`);
}

/** Whether a value of one type may stand where another is expected; what that says of unknown types is kept. */
export function isFit(state: State, from: Type, to: Type): boolean {
  const known = assign(state.known, from, to);
  if (known !== undefined) state.known = known;
  return known !== undefined;
}

/** A type that is not known yet. */
export function newParam(state: State): Type {
  return param(`_var${state.fresh++}`);
}
