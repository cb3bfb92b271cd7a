import type { SourceError } from "./syntax.ts";

/** A token. `text` is as it stands in the source. */
export interface Token {
  readonly kind: "bytes" | "double" | "end" | "escaped" | "ident" | "int" | "op" | "string" | "uint";
  readonly text: string;
  readonly at: number;
}

/** Thrown where the source is no expression. */
export class SyntaxProblem extends Error implements SourceError {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const PATTERNS: readonly (readonly [Token["kind"] | "space", RegExp])[] = [
  ["space", /[\t \r\n\f]+|\/\/[^\n]*/],
  [
    "bytes",
    /[bB](?:[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')|(?:"""(?:\\[\s\S]|[\s\S])*?"""|'''(?:\\[\s\S]|[\s\S])*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'))/,
  ],
  [
    "string",
    /[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')|"""(?:\\[\s\S]|[\s\S])*?"""|'''(?:\\[\s\S]|[\s\S])*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'/,
  ],
  ["double", /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/],
  ["uint", /(?:0x[0-9a-fA-F]+|\d+)[uU]/],
  ["int", /0x[0-9a-fA-F]+|\d+/],
  ["escaped", /`[A-Za-z0-9_.\-/ ]+`/],
  ["ident", /[A-Za-z_][A-Za-z0-9_]*/],
  ["op", /==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]/],
];

const TOKEN = PATTERNS.map(([kind, pattern]) => `(?<${kind}>${pattern.source})`).join("|");

/** The tokens of a source, the last of kind `end`. Throws {@link SyntaxProblem}. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (const match of source.matchAll(new RegExp(TOKEN, "gy"))) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? ["space"];
    if (kind !== "space") tokens.push({ kind: kind as Token["kind"], text: match[0], at }); // The groups are named by kinds.
    at += match[0].length;
  }
  if (at < source.length) throw new SyntaxProblem(at, `Syntax error: token recognition error at: '${source.slice(at, at + 1)}'`);
  tokens.push({ kind: "end", text: "<EOF>", at });
  return tokens;
}
