/** Names that no identifier of CEL can have. */
const RESERVED: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);

const ESCAPES: Readonly<Record<string, string>> = { __: "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__" };
const UNESCAPES: Readonly<Record<string, string>> = { underscores: "__", dot: ".", dash: "-", slash: "/" };

/** The name by which rules call a field of an object: `a-b` is `a__dash__b`; `undefined` for a field that has none. */
export function escapeField(name: string): string | undefined {
  if (name === "" || /^[0-9]/.test(name)) return undefined;
  if (RESERVED.has(name)) return `__${name}__`;
  if (/[^a-zA-Z0-9_./-]/.test(name)) return undefined;
  return name.replace(/__|[-./]/g, (match) => ESCAPES[match] ?? match);
}

/** The field that rules call by a name; `undefined` for a name that is that of none. */
export function unescapeField(name: string): string | undefined {
  if (!name.includes("__")) return name;
  let isRight = true;
  const field = name.replace(/__([^_]+)__/g, (match, content: string) => {
    const plain = UNESCAPES[content];
    if (plain !== undefined) return plain;
    if (!RESERVED.has(content) || match.length !== name.length) isRight = false;
    return content;
  });
  return isRight ? field : undefined;
}
