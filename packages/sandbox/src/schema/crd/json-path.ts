import { hasAdditional, propertyOf, type SchemaProps, valuesOf } from "../schema-props.ts";

/** Where a path in a schema leads: the path as messages write it, and the schema there. */
export type FoundPath =
  | { readonly path: string; readonly root: string; readonly schema: SchemaProps | undefined }
  | { readonly error: string };

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};

/** Follows a path such as `.spec.ports` or `.metadata['a.b']` through a schema. Never throws. */
export function followPath(jsonPath: string, schema: SchemaProps, { allowsBrackets }: { readonly allowsBrackets: boolean }): FoundPath {
  const tokens = jsonPath.match(/'(?:[^'\\]|\\.)*'?|[.[\]]|[^.[\]']+'?[^.[\]]*/gs) ?? [];
  let at: SchemaProps | undefined = schema;
  let [path, root] = ["", ""];
  for (let next = 0; next < tokens.length; ) {
    const step = readStep(tokens, next, allowsBrackets);
    if ("error" in step) return step;
    const isNamed: boolean = at?.properties !== undefined;
    if (!isNamed && !hasAdditional(at)) return { error: "does not refer to a valid field" };
    at = isNamed ? propertyOf(at, step.name) : valuesOf(at);
    if (isNamed && at === undefined) return { error: "does not refer to a valid field" };
    path = isNamed ? (path === "" ? step.name : `${path}.${step.name}`) : `${path}[${step.name}]`;
    if (root === "") root = step.name;
    next = step.next;
  }
  return { path, root, schema: at };
}

type Step = { readonly name: string; readonly next: number } | { readonly error: string };

function readStep(tokens: readonly string[], at: number, allowsBrackets: boolean): Step {
  const [token, name] = [tokens[at] ?? "", tokens[at + 1]];
  if (token !== "." && token !== "[") return { error: `expected [ or . but got: ${token}` };
  if (token === "[" && !allowsBrackets) return { error: "array notation is not allowed" };
  if (name === undefined) return { error: "unexpected end of JSON path" };
  if (token === ".") return { name, next: at + 2 };
  if (!/^'.*'$/s.test(name) || name.length < 2) return { error: `expected single quoted string but got ${name}` };
  const text = unescape(name.slice(1, -1));
  if (typeof text !== "string") return text;
  const end = tokens[at + 2];
  if (end === undefined) return { error: "unexpected end of JSON path" };
  return end === "]" ? { name: text, next: at + 3 } : { error: `expected ] but got ${end}` };
}

function unescape(text: string): string | { readonly error: string } {
  const bad = /\\([^abfnrtv'\\])/s.exec(text);
  if (bad !== null) return { error: `invalid string literal: invalid escape char ${bad[0]}` };
  return text.replace(/\\(.)/gs, (match, char: string) => ESCAPES[char] ?? match);
}
