import { compilePattern } from "../../re2.ts";
import type { Call, Expr, SourceError } from "../lang/syntax.ts";
import { formatType, isSameType, type Type } from "../lang/types.ts";
import { clauseProblem, parseTemplate } from "../lib/format-template.ts";
import { FUNCTIONS } from "../lib/library.ts";
import { CelError } from "../values/value.ts";
import type { Checked } from "./checker.ts";
import type { Overload } from "./function.ts";

/** What is wrong with constants: durations, times and patterns that are none, templates, lists and maps whose parts are of several types. */
export function literalErrors(root: Expr, checked: Checked): readonly SourceError[] {
  const errors: SourceError[] = [];
  visit(root, (expr) => {
    if (expr.kind === "call") errors.push(...argumentErrors(expr), ...templateErrors(expr, checked));
  });
  visitUnmixed(root, (expr) => errors.push(...partErrors(expr, checked)));
  return errors;
}

function partErrors(expr: Expr, { types }: Checked): readonly SourceError[] {
  if (expr.kind === "list") return mixedErrors(expr.items, types);
  if (expr.kind !== "map") return [];
  return [
    ...mixedErrors(
      expr.entries.map(({ key }) => ({ value: key, isOptional: false })),
      types,
    ),
    ...mixedErrors(expr.entries, types),
  ];
}

/** Visits all but the arguments of `format`, which may be mixed. */
function visitUnmixed(expr: Expr, tell: (expr: Expr) => void): void {
  tell(expr);
  const isFormat = expr.kind === "call" && expr.name === "format";
  for (const below of isFormat && expr.target !== undefined ? [expr.target] : partsOf(expr)) visitUnmixed(below, tell);
}

function templateErrors({ name, target, args: [arg], at }: Call, { types }: Checked): readonly SourceError[] {
  if (name !== "format" || target?.kind !== "literal" || typeof target.value !== "string" || arg?.kind !== "list") return [];
  const values = arg.items.map(({ value }) => value);
  let next = 0;
  for (const part of parseTemplate(target.value)) {
    if (typeof part === "string") continue;
    const value = values[next];
    if (part.verb !== "" && value === undefined) return [{ at, message: `index ${next} out of range` }];
    const type = value === undefined ? undefined : types.get(value);
    const problem =
      type?.kind === "dyn" ? clauseProblem(part.verb, "int") : clauseProblem(part.verb, type === undefined ? "" : typeName(type));
    if (problem !== undefined && (problem.isOfVerb || type?.kind !== "dyn"))
      return [{ at: problem.isOfVerb ? at : (value?.at ?? at), message: problem.message }];
    next++;
  }
  const given = values.length;
  return given > next ? [{ at, message: `too many arguments supplied to string.format (expected ${next}, got ${given})` }] : [];
}

/** The name of a type without its parts. */
function typeName(type: Type): string {
  return type.kind === "object" ? type.name : type.kind;
}

/** Functions that are evaluated already when a program is made, if what they are given is constant. */
const FOLDED: ReadonlySet<string> = new Set(["bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"]);

/** Why no program can be made of an expression that is right; `undefined` when one can. */
export function instantiationProblem(root: Expr, { overloads }: Checked): string | undefined {
  let problem: string | undefined;
  visit(root, (expr) => {
    if (expr.kind === "call") problem ??= constantProblem(expr, overloads.get(expr)?.[0]);
  });
  return problem;
}

function constantProblem({ name, args, target }: Call, overload: Overload | undefined): string | undefined {
  const [arg] = args;
  const last = args[target === undefined ? 1 : 0];
  const isPattern = name === "find" || name === "findAll" || name === "matches";
  if (isPattern) return last?.kind === "literal" && typeof last.value === "string" ? compilePattern(last.value).error : undefined;
  if (!FOLDED.has(name) || arg?.kind !== "literal" || args.length !== 1) return undefined;
  try {
    overload?.run(arg.value);
    return undefined;
  } catch (cause) {
    if (cause instanceof CelError) return cause.message;
    throw cause;
  }
}

function visit(expr: Expr, tell: (expr: Expr) => void): void {
  tell(expr);
  for (const below of partsOf(expr)) visit(below, tell);
}

/** The expressions that an expression is made of. */
function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "literal":
    case "ident":
      return [];
    case "select":
      return [expr.operand];
    case "call":
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case "list":
      return expr.items.map(({ value }) => value);
    case "map":
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case "struct":
      return expr.fields.map(({ value }) => value);
    case "fold":
      return expr.filter === undefined ? [expr.range, expr.body] : [expr.range, expr.filter, expr.body];
    case "bind":
      return [expr.target, expr.body];
  }
}

function argumentErrors({ name, args }: Call): readonly SourceError[] {
  const [arg] = args;
  if (arg?.kind !== "literal" || typeof arg.value !== "string") return [];
  const text = arg.value;
  const isWrong =
    name === "matches"
      ? compilePattern(text).error !== undefined
      : (name === "duration" || name === "timestamp") && !canConvert(name, text);
  return isWrong ? [{ at: arg.at, message: `invalid ${name} argument` }] : [];
}

function canConvert(name: string, text: string): boolean {
  const overload = FUNCTIONS.get(name)?.overloads.find(({ args }) => args[0]?.kind === "string");
  try {
    overload?.run(text);
    return true;
  } catch (cause) {
    if (cause instanceof CelError) return false;
    throw cause;
  }
}

function mixedErrors(
  parts: readonly { readonly value: Expr; readonly isOptional: boolean }[],
  types: ReadonlyMap<Expr, Type>,
): readonly SourceError[] {
  const typed = parts.map(({ value, isOptional }) => ({ at: value.at, type: unwrapped(types.get(value), isOptional) }));
  const [first] = typed;
  const other = typed.find(({ type }) => first?.type !== undefined && type !== undefined && !isSameType(type, first.type));
  if (first?.type === undefined || other?.type === undefined) return [];
  return [{ at: other.at, message: `expected type '${formatType(first.type)}' but found '${formatType(other.type)}'` }];
}

function unwrapped(type: Type | undefined, isOptional: boolean): Type | undefined {
  return isOptional && type?.kind === "optional" ? type.of : type;
}
