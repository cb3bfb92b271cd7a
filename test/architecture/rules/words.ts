import { basename } from "node:path";
import { EMPTY_VERBS, EMPTY_WORDS, GIVEN_NAMES, PATTERN_NAMES } from "../house.ts";
import { isNode, nameOf, nodesOf, type SourceFile, type SyntaxNode, type Violation, violationAt } from "../source.ts";

interface Named {
  readonly name: string;
  readonly offset: number;
  readonly sort: "function" | "type" | "variable";
}

/** Names of files, types, functions, variables and parameters that say nothing. Fields are left alone: wires and standards name them. */
export function emptyNames(file: SourceFile): readonly Violation[] {
  const inFile = namesIn(file).flatMap((named) => {
    const why = whyEmpty(named);
    return why === undefined ? [] : [violationAt(file, named.offset, `«${named.name}» ${why}`)];
  });
  const word = basename(file.path, ".ts")
    .split(/[-.]/)
    .find((each) => EMPTY_WORDS.includes(each));
  return word === undefined
    ? inFile
    : [{ path: file.path, line: 0, text: `the name of the file has the word «${word}», which says nothing` }, ...inFile];
}

function whyEmpty({ name, sort }: Named): string | undefined {
  if (GIVEN_NAMES.some((given) => given.name === name)) return undefined;
  const words = wordsOf(name);
  const empty = words.find((word) => EMPTY_WORDS.includes(word));
  if (empty !== undefined) return `has the word «${empty}», which says nothing`;
  if (sort === "function" && words[0] !== undefined && EMPTY_VERBS.includes(words[0]))
    return `begins with «${words[0]}», which says nothing`;
  if (sort === "type" && PATTERN_NAMES.test(name)) return "is named after a pattern";
  return undefined;
}

/** The words of a name, in lower case. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

function namesIn(file: SourceFile): readonly Named[] {
  const found: Named[] = [];
  for (const { node } of nodesOf(file)) {
    for (const [id, sort] of declared(node)) {
      const name = nameOf(id);
      if (name !== undefined && isNode(id)) found.push({ name, offset: id.start, sort });
    }
  }
  return found;
}

function declared(node: SyntaxNode): readonly (readonly [unknown, Named["sort"]])[] {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "TSDeclareFunction":
      return [[node["id"], "function"], ...bound(node["params"])];
    case "ArrowFunctionExpression":
      return bound(node["params"]);
    case "MethodDefinition":
    case "TSMethodSignature":
      return [[node["key"], "function"]];
    case "ClassDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return [[node["id"], "type"]];
    case "VariableDeclarator":
      return isFunction(node["init"]) ? [[node["id"], "function"]] : bound([node["id"]]);
    default:
      return [];
  }
}

function isFunction(node: unknown): boolean {
  return isNode(node) && (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression");
}

/** The variables that patterns bind under a name of their own; what is only picked out of an object keeps the object's word. */
function bound(patterns: unknown): readonly (readonly [unknown, Named["sort"]])[] {
  return (Array.isArray(patterns) ? patterns : []).filter((each) => nameOf(each) !== undefined).map((each) => [each, "variable"]);
}

/** Marks of work left undone. */
export function undoneMarks(file: SourceFile): readonly Violation[] {
  return file.comments
    .filter(({ value }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(value))
    .map(({ start }) => violationAt(file, start, "is a note on work undone: do it, or open an issue"));
}
