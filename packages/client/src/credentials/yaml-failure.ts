interface Words {
  readonly when: RegExp;
  readonly say: string;
}

/** By how the parser's reason begins. */
const WORDS: readonly Words[] = [
  { when: /^unidentified alias|^name of an alias/, say: "it names an anchor that is not there; a value that begins with * needs quotes" },
  {
    when: /^(?:unknown \w+ )?tag|^undeclared tag|^cannot resolve a node/,
    say: "it has a tag that is not known; a value that begins with ! needs quotes",
  },
  {
    when: /^bad indentation|^deficient indentation|^tab characters/,
    say: "it is not YAML: the indentation is wrong, or a value needs quotes",
  },
  { when: /^unexpected end/, say: "it is not YAML: a bracket or a quote is not closed" },
  { when: /^duplicated mapping key/, say: "a key stands there twice" },
];

/** What the YAML parser could not read, and where: without a word of the text, which its own message quotes and which may be a secret. */
export function yamlFailureOf(cause: unknown): string {
  const { reason, mark } = (cause ?? {}) as {
    readonly reason?: unknown;
    readonly mark?: { readonly line: number; readonly column: number };
  }; // as the parser's errors are
  const say = WORDS.find(({ when }) => typeof reason === "string" && when.test(reason))?.say ?? "it is not YAML";
  return mark === undefined ? say : `line ${mark.line + 1}, column ${mark.column + 1}: ${say}`;
}
