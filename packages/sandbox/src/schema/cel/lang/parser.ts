import { SyntaxProblem, type Token, tokenize } from "./lexer.ts";
import { literalValue } from "./literals.ts";
import { expandMacro } from "./macros.ts";
import type { Expr, ListItem, MapEntry, SourceError, StructField } from "./syntax.ts";

/** An expression, or why the source is none. */
export type Parsed = { readonly expr: Expr } | { readonly errors: readonly SourceError[] };

/** Parses CEL with the syntax of optional values. Never throws. */
export function parseCel(source: string): Parsed {
  try {
    const cursor: Cursor = { tokens: tokenize(source), next: 0 };
    const expr = parseExpr(cursor);
    const rest = peek(cursor);
    if (rest.kind !== "end") throw unexpected(rest, "<EOF>");
    return { expr };
  } catch (cause) {
    if (cause instanceof SyntaxProblem) return { errors: [{ at: cause.at, message: cause.message }] };
    throw cause;
  }
}

interface Cursor {
  readonly tokens: readonly Token[];
  next: number;
}

/** Names that no variable can have. */
const RESERVED: ReadonlySet<string> = new Set(
  "as break const continue else false for function if import in let loop namespace null package return true var void while".split(" "),
);

function peek({ tokens, next }: Cursor): Token {
  return tokens[next] ?? END;
}

const END: Token = { kind: "end", text: "<EOF>", at: 0 };

function take(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.next++;
  return token;
}

function isOp(cursor: Cursor, ...texts: readonly string[]): boolean {
  const { kind, text } = peek(cursor);
  return kind === "op" && texts.includes(text);
}

function takeIf(cursor: Cursor, ...texts: readonly string[]): Token | undefined {
  return isOp(cursor, ...texts) ? take(cursor) : undefined;
}

function expect(cursor: Cursor, text: string): Token {
  const token = take(cursor);
  if (token.kind !== "op" || token.text !== text) throw unexpected(token, `'${text}'`);
  return token;
}

function unexpected({ at, text }: Token, expected: string): SyntaxProblem {
  return new SyntaxProblem(at, `Syntax error: mismatched input '${text}' expecting ${expected}`);
}

const PRIMARY_START = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

function parseExpr(cursor: Cursor): Expr {
  const condition = parseBinary(cursor, 0);
  const question = takeIf(cursor, "?");
  if (question === undefined) return condition;
  const then = parseBinary(cursor, 0);
  expect(cursor, ":");
  return operator("_?_:_", question.at, [condition, then, parseExpr(cursor)]);
}

function operator(name: string, at: number, args: readonly Expr[]): Expr {
  return { kind: "call", at, name, target: undefined, args };
}

/** Operators by how tightly they bind, loosest first. */
const LEVELS: readonly (readonly string[])[] = [["||"], ["&&"], ["<", "<=", ">=", ">", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]];

function parseBinary(cursor: Cursor, level: number): Expr {
  const operators = LEVELS[level];
  if (operators === undefined) return parseUnary(cursor);
  let left = parseBinary(cursor, level + 1);
  for (;;) {
    const token = binaryAt(cursor, operators);
    if (token === undefined) return left;
    const name = token.text === "in" ? "@in" : `_${token.text}_`;
    left = operator(name, token.at, [left, parseBinary(cursor, level + 1)]);
  }
}

function binaryAt(cursor: Cursor, operators: readonly string[]): Token | undefined {
  const { kind, text } = peek(cursor);
  const isOperator = (kind === "op" || (kind === "ident" && text === "in")) && operators.includes(text);
  return isOperator ? take(cursor) : undefined;
}

function parseUnary(cursor: Cursor): Expr {
  const first = takeIf(cursor, "!", "-");
  if (first === undefined) return parseMember(cursor);
  const number = peek(cursor);
  const isNumber = first.text === "-" && (number.kind === "int" || number.kind === "double");
  if (isNumber) {
    take(cursor);
    return parseSuffixes(cursor, { kind: "literal", at: first.at, value: literalValue(number, true) });
  }
  let count = 1;
  while (takeIf(cursor, first.text) !== undefined) count++;
  const operand = parseMember(cursor);
  return count % 2 === 0 ? operand : operator(first.text === "!" ? "!_" : "-_", first.at, [operand]);
}

function parseMember(cursor: Cursor): Expr {
  return parseSuffixes(cursor, parsePrimary(cursor));
}

function parseSuffixes(cursor: Cursor, primary: Expr): Expr {
  let expr = primary;
  for (;;) {
    const dot = takeIf(cursor, ".", "[");
    if (dot === undefined) return expr;
    expr = dot.text === "." ? parseSelect(cursor, expr, dot) : parseIndex(cursor, expr, dot);
  }
}

function parseIndex(cursor: Cursor, operand: Expr, { at }: Token): Expr {
  const isOptional = takeIf(cursor, "?") !== undefined;
  const index = parseExpr(cursor);
  expect(cursor, "]");
  return operator(isOptional ? "_[?_]" : "_[_]", at, [operand, index]);
}

function parseSelect(cursor: Cursor, operand: Expr, { at }: Token): Expr {
  const isOptional = takeIf(cursor, "?") !== undefined;
  const token = take(cursor);
  const isName = token.kind === "ident" && !["in", "true", "false", "null"].includes(token.text);
  if (!isName && token.kind !== "escaped")
    throw new SyntaxProblem(token.at, `Syntax error: no viable alternative at input '.${token.text}'`);
  const name = token.kind === "escaped" ? token.text.slice(1, -1) : token.text;
  const open = isOptional || token.kind === "escaped" ? undefined : takeIf(cursor, "(");
  if (open === undefined) return { kind: "select", at, operand, field: name, isTest: false, isOptional };
  const args = parseArgs(cursor, ")");
  return expandMacro({ name, target: operand, args, at: open.at }) ?? { kind: "call", at: open.at, name, target: operand, args };
}

function parseArgs(cursor: Cursor, end: string): readonly Expr[] {
  const args: Expr[] = [];
  if (takeIf(cursor, end) !== undefined) return args;
  do args.push(parseExpr(cursor));
  while (takeIf(cursor, ",") !== undefined);
  expect(cursor, end);
  return args;
}

function parsePrimary(cursor: Cursor): Expr {
  const token = take(cursor);
  switch (token.kind) {
    case "op":
      return parseBracketed(cursor, token);
    case "ident":
      return parseName(cursor, token, "");
    case "end":
    case "escaped":
      throw unexpected(token, PRIMARY_START);
    default:
      return { kind: "literal", at: token.at, value: literalValue(token, false) };
  }
}

function parseBracketed(cursor: Cursor, token: Token): Expr {
  switch (token.text) {
    case "(": {
      const expr = parseExpr(cursor);
      expect(cursor, ")");
      return expr;
    }
    case "[":
      return { kind: "list", at: token.at, items: parseItems(cursor) };
    case "{":
      return { kind: "map", at: token.at, entries: parseEntries(cursor) };
    case ".": {
      const name = take(cursor);
      if (name.kind !== "ident") throw unexpected(name, "IDENTIFIER");
      return parseName(cursor, name, ".");
    }
    default:
      throw unexpected(token, PRIMARY_START);
  }
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

function parseName(cursor: Cursor, { text, at }: Token, prefix: string): Expr {
  const constant = prefix === "" ? CONSTANTS.get(text) : undefined;
  if (constant !== undefined) return { kind: "literal", at, value: constant };
  if (text === "in") throw unexpected({ kind: "ident", text, at }, PRIMARY_START);
  const struct = structName(cursor, text);
  if (struct !== undefined) return { kind: "struct", at: struct.at, name: `${prefix}${struct.name}`, fields: parseFields(cursor) };
  if (RESERVED.has(text)) throw new SyntaxProblem(at, `Syntax error: reserved identifier: ${text}`);
  const open = takeIf(cursor, "(");
  if (open === undefined) return { kind: "ident", at, name: `${prefix}${text}` };
  const args = parseArgs(cursor, ")");
  const name = `${prefix}${text}`;
  return expandMacro({ name, target: undefined, args, at: open.at }) ?? { kind: "call", at: open.at, name, target: undefined, args };
}

/** Looks ahead for `a.b.C{`, and takes it up to the brace. */
function structName(cursor: Cursor, first: string): { readonly name: string; readonly at: number } | undefined {
  let [name, next] = [first, cursor.next];
  const tokenAt = (index: number): Token => cursor.tokens[index] ?? END;
  while (tokenAt(next).text === "." && tokenAt(next).kind === "op" && tokenAt(next + 1).kind === "ident") {
    name += `.${tokenAt(next + 1).text}`;
    next += 2;
  }
  const brace = tokenAt(next);
  if (brace.kind !== "op" || brace.text !== "{") return undefined;
  cursor.next = next + 1;
  return { name, at: brace.at };
}

function parseItems(cursor: Cursor): readonly ListItem[] {
  return parseList(cursor, "]", () => {
    const isOptional = takeIf(cursor, "?") !== undefined;
    return { value: parseExpr(cursor), isOptional };
  });
}

function parseEntries(cursor: Cursor): readonly MapEntry[] {
  return parseList(cursor, "}", () => {
    const isOptional = takeIf(cursor, "?") !== undefined;
    const key = parseExpr(cursor);
    expect(cursor, ":");
    return { key, value: parseExpr(cursor), isOptional };
  });
}

function parseFields(cursor: Cursor): readonly StructField[] {
  return parseList(cursor, "}", () => {
    const token = take(cursor);
    if (token.kind !== "ident") throw unexpected(token, "IDENTIFIER");
    const colon = expect(cursor, ":");
    return { name: token.text, at: colon.at, value: parseExpr(cursor) };
  });
}

function parseList<T>(cursor: Cursor, end: string, parseOne: () => T): readonly T[] {
  const all: T[] = [];
  while (takeIf(cursor, end) === undefined) {
    all.push(parseOne());
    if (takeIf(cursor, ",") === undefined) {
      expect(cursor, end);
      break;
    }
  }
  return all;
}
