import { Uint } from "../values/scalars.ts";
import { INT_END, type Value } from "../values/value.ts";
import { SyntaxProblem, type Token } from "./lexer.ts";

/** The value of a literal token; `isNegative` where a minus stands before a number. Throws {@link SyntaxProblem}. */
export function literalValue(token: Token, isNegative: boolean): Value {
  switch (token.kind) {
    case "int": {
      const value = BigInt(token.text) * (isNegative ? -1n : 1n);
      if (value >= INT_END || value < -INT_END) throw new SyntaxProblem(token.at, "Syntax error: invalid int literal");
      return value;
    }
    case "uint": {
      const value = BigInt(token.text.slice(0, -1));
      if (value >= INT_END * 2n) throw new SyntaxProblem(token.at, "Syntax error: invalid uint literal");
      return new Uint(value);
    }
    case "double":
      return Number(token.text) * (isNegative ? -1 : 1);
    case "bytes":
      return unescapeBytes(token);
    default:
      return unescapeText(token);
  }
}

interface Quoted {
  readonly body: string;
  readonly isRaw: boolean;
}

function unquote(text: string): Quoted {
  const isRaw = /^[rR]/.test(text);
  const quoted = isRaw ? text.slice(1) : text;
  const width = /^("""|''')/.test(quoted) ? 3 : 1;
  return { body: quoted.slice(width, quoted.length - width).replace(/\r\n?/g, "\n"), isRaw };
}

const ESCAPE = /\\(?:([0-3][0-7]{2})|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S])|$)/g;
const SIMPLE: Readonly<Record<string, string>> = { a: "\u0007", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function unescapeText(token: Token): string {
  const { body, isRaw } = unquote(token.text);
  if (isRaw) return body;
  return body.replace(ESCAPE, (...match: readonly (string | undefined)[]) => unescaped(match, token));
}

function unescaped([whole = "", octal, hex, short, long, simple]: readonly (string | undefined)[], token: Token): string {
  if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
  const code = hex ?? short ?? long;
  return code === undefined ? simpleEscape(simple, whole, token) : codePoint(Number.parseInt(code, 16), token);
}

function codePoint(code: number, token: Token): string {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw new SyntaxProblem(token.at, "Syntax error: unable to unescape string");
  return String.fromCodePoint(code);
}

function simpleEscape(char: string | undefined, match: string, token: Token): string {
  const found = char === undefined ? undefined : (SIMPLE[char] ?? (/[\\?"'`]/.test(char) ? char : undefined));
  if (found === undefined) throw new SyntaxProblem(token.at, `Syntax error: unable to unescape string, found '${match}'`);
  return found;
}

function unescapeBytes(token: Token): Uint8Array {
  const { body, isRaw } = unquote(token.text.slice(1));
  if (isRaw) return new TextEncoder().encode(body);
  const parts: Buffer[] = [];
  let last = 0;
  for (const match of body.matchAll(ESCAPE)) {
    parts.push(Buffer.from(body.slice(last, match.index)));
    const [whole, octal, hex, , , simple] = match;
    if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8)]));
    else if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]));
    else parts.push(Buffer.from(simpleEscape(simple, whole, token)));
    last = match.index + whole.length;
  }
  parts.push(Buffer.from(body.slice(last)));
  return new Uint8Array(Buffer.concat(parts));
}
