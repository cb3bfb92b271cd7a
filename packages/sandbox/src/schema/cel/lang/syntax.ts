import type { Value } from "../values/value.ts";

/** An expression. `at` is where it stands in the source, in UTF-16 units: its operator, its dot, its parenthesis. */
export type Expr =
  | Literal
  | { readonly kind: "ident"; readonly at: number; readonly name: string }
  | Select
  | Call
  | { readonly kind: "list"; readonly at: number; readonly items: readonly ListItem[] }
  | { readonly kind: "map"; readonly at: number; readonly entries: readonly MapEntry[] }
  | { readonly kind: "struct"; readonly at: number; readonly name: string; readonly fields: readonly StructField[] }
  | Fold
  | Bind;

/** A constant. */
export interface Literal {
  readonly kind: "literal";
  readonly at: number;
  readonly value: Value;
}

/** `operand.field`; with `isTest` it is `has(operand.field)`, with `isOptional` `operand.?field`. */
export interface Select {
  readonly kind: "select";
  readonly at: number;
  readonly operand: Expr;
  readonly field: string;
  readonly isTest: boolean;
  readonly isOptional: boolean;
}

/** A call of a function, of a method of `target`, or of an operator (`_+_`, `_[_]`, `_?_:_`). */
export interface Call {
  readonly kind: "call";
  readonly at: number;
  readonly name: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}

/** An item of a list literal; an optional one (`?x`) is left out when it has no value. */
export interface ListItem {
  readonly value: Expr;
  readonly isOptional: boolean;
}

/** An entry of a map literal. */
export interface MapEntry {
  readonly key: Expr;
  readonly value: Expr;
  readonly isOptional: boolean;
}

/** A field of a message literal. */
export interface StructField {
  readonly name: string;
  readonly at: number;
  readonly value: Expr;
}

/** The macros that go over a list or map. */
export type FoldMacro = "all" | "exists" | "exists_one" | "filter" | "map" | "transformList" | "transformMap" | "transformMapEntry";

/** A macro that evaluates expressions for each item of a list or map. */
export interface Fold {
  readonly kind: "fold";
  readonly at: number;
  readonly macro: FoldMacro;
  readonly range: Expr;
  /** One variable for the item (or key), or two for index and item (or key and value). */
  readonly variables: readonly [string] | readonly [string, string];
  readonly filter: Expr | undefined;
  /** What is tested or made of each item. */
  readonly body: Expr;
}

/** A macro that gives a name to a value: `optMap`, `optFlatMap`, and what `sortBy` is made of. */
export interface Bind {
  readonly kind: "bind";
  readonly at: number;
  readonly macro: "optFlatMap" | "optMap" | "sortBy";
  readonly target: Expr;
  readonly variable: string;
  readonly body: Expr;
}

/** What is wrong in the source of an expression, with the place. */
export interface SourceError {
  readonly at: number;
  readonly message: string;
}
