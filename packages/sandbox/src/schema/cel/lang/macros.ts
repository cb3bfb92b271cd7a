import { SyntaxProblem } from "./lexer.ts";
import type { Expr, Fold, FoldMacro } from "./syntax.ts";

/** A call that may be that of a macro. */
export interface MacroCall {
  readonly name: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
  readonly at: number;
}

/** What a macro stands for; `undefined` for calls that are none. Throws {@link SyntaxProblem} where its arguments are not right. */
export function expandMacro(call: MacroCall): Expr | undefined {
  const { name, target, args } = call;
  if (target === undefined) return name === "has" && args.length === 1 ? expandHas(args[0]) : undefined;
  const count = args.length;
  switch (name) {
    case "all":
    case "exists":
    case "exists_one":
    case "existsOne":
      return count === 2 || count === 3 ? expandQuantifier(call, target) : undefined;
    case "map":
      return count === 2 || count === 3 ? expandMap(call, target) : undefined;
    case "filter":
      return count === 2
        ? fold(call, target, { macro: "filter", variables: oneName(args), filter: undefined, body: argAt(args, 1) })
        : undefined;
    case "transformList":
    case "transformMap":
    case "transformMapEntry":
      return count === 3 || count === 4 ? expandTransform(call, target, name) : undefined;
    case "optMap":
    case "optFlatMap":
    case "sortBy":
      return count === 2 ? expandBind(call, target, name) : undefined;
    default:
      return undefined;
  }
}

function expandHas(arg: Expr | undefined): Expr {
  if (arg?.kind !== "select" || arg.isTest) throw new SyntaxProblem(arg?.at ?? 0, "invalid argument to has() macro");
  return { ...arg, isTest: true };
}

function argAt(args: readonly Expr[], index: number): Expr {
  const arg = args[index];
  if (arg === undefined) throw new RangeError("a macro was expanded with too few arguments");
  return arg;
}

function fold(call: MacroCall, range: Expr, rest: Pick<Fold, "body" | "filter" | "macro" | "variables">): Fold {
  return { kind: "fold", at: call.at, range, ...rest };
}

function expandQuantifier(call: MacroCall, target: Expr): Expr {
  const { args } = call;
  const macro: FoldMacro = call.name === "all" || call.name === "exists" ? call.name : "exists_one";
  const variables = args.length === 3 ? twoNames(args) : ([nameOf(argAt(args, 0), "argument must be a simple name")] as const);
  return fold(call, target, { macro, variables, filter: undefined, body: argAt(args, args.length - 1) });
}

function expandMap(call: MacroCall, target: Expr): Expr {
  const { args } = call;
  const filter = args.length === 3 ? args[1] : undefined;
  return fold(call, target, { macro: "map", variables: oneName(args), filter, body: argAt(args, args.length - 1) });
}

function expandTransform(call: MacroCall, target: Expr, macro: FoldMacro): Expr {
  const { args } = call;
  return fold(call, target, {
    macro,
    variables: twoNames(args),
    filter: args.length === 4 ? args[2] : undefined,
    body: argAt(args, args.length - 1),
  });
}

function expandBind(call: MacroCall, target: Expr, macro: "optFlatMap" | "optMap" | "sortBy"): Expr {
  const rule = macro === "sortBy" ? "argument is not an identifier" : `${macro}() variable name must be a simple identifier`;
  const isSortable = macro !== "sortBy" || !["literal", "map", "struct"].includes(target.kind);
  if (!isSortable)
    throw new SyntaxProblem(target.at, "sortBy can only be applied to a list, identifier, comprehension, call or select expression");
  return { kind: "bind", at: call.at, macro, target, variable: nameOf(argAt(call.args, 0), rule), body: argAt(call.args, 1) };
}

function oneName(args: readonly Expr[]): readonly [string] {
  return [nameOf(argAt(args, 0), "argument is not an identifier")];
}

function twoNames(args: readonly Expr[]): readonly [string, string] {
  const [first, second] = [argAt(args, 0), argAt(args, 1)];
  const names = [nameOf(first, "argument must be a simple name"), nameOf(second, "argument must be a simple name")] as const;
  if (names[0] === names[1]) throw new SyntaxProblem(second.at, `duplicate variable name: ${names[0]}`);
  return names;
}

function nameOf(arg: Expr, rule: string): string {
  if (arg.kind !== "ident") throw new SyntaxProblem(arg.at, rule);
  if (arg.name === "__result__") throw new SyntaxProblem(arg.at, "iteration variable overwrites accumulator variable");
  return arg.name;
}
