import { displayErrors } from "./lang/display.ts";
import { parseCel } from "./lang/parser.ts";
import type { Type } from "./lang/types.ts";
import { FUNCTIONS, TYPE_NAMES } from "./lib/library.ts";
import { type Frame, planExpr } from "./run/plan.ts";
import { type Checked, checkExpr } from "./types/checker.ts";
import { instantiationProblem, literalErrors } from "./types/literals.ts";
import type { Expr } from "./lang/syntax.ts";
import type { Value } from "./values/value.ts";

/** A compiled expression. */
export interface Program {
  readonly expr: Expr;
  readonly checked: Checked;
  /** Evaluates with these values of the variables. Throws `CelError`. */
  run(variables: ReadonlyMap<string, Value>): Value;
}

/** A compiled expression, or the compiler's messages as the server shows them. */
export type Compiled = { readonly program: Program } | { readonly problem: string };

/** Compiles an expression with variables of these types. Never throws. */
export function compileCel(source: string, variables: ReadonlyMap<string, Type>): Compiled {
  const parsed = parseCel(source);
  if ("errors" in parsed) return { problem: `compilation failed: ${displayErrors(source, parsed.errors)}` };
  const checked = checkExpr(parsed.expr, { functions: FUNCTIONS, variables, typeNames: TYPE_NAMES });
  if (checked.errors.length > 0) return { problem: `compilation failed: ${displayErrors(source, checked.errors)}` };
  const wrong = literalErrors(parsed.expr, checked);
  if (wrong.length > 0) return { problem: `compilation failed: ${displayErrors(source, wrong)}` };
  const refused = instantiationProblem(parsed.expr, checked);
  if (refused !== undefined) return { problem: `program instantiation failed: ${refused}` };
  const plan = planExpr(parsed.expr, checked);
  const run = (values: ReadonlyMap<string, Value>): Value => {
    let frame: Frame | undefined;
    for (const [name, value] of values) frame = { name, value, outer: frame };
    return plan(frame);
  };
  return { program: { expr: parsed.expr, checked, run } };
}
