import { isNode, nodesOf, type SourceFile, type SyntaxNode, type Violation, violationAt } from "../source.ts";

/** `any`, decorators, and state that belongs to a module instead of to whoever runs it. */
export function impurities(file: SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  for (const { node, around } of nodesOf(file)) {
    const text = faultOf(node, around);
    if (text !== undefined) found.push(violationAt(file, node.start, text));
  }
  return found;
}

function faultOf(node: SyntaxNode, around: readonly SyntaxNode[]): string | undefined {
  switch (node.type) {
    case "TSAnyKeyword":
      return "uses any";
    case "Decorator":
      return "is a decorator";
    case "TSEnumDeclaration":
    case "TSModuleDeclaration":
    case "TSParameterProperty":
      return "cannot be stripped: it is code, not a type";
    case "VariableDeclaration":
      return isAtTop(around) ? faultOfVariables(node) : undefined;
    case "PropertyDefinition":
      return node["static"] === true && node["readonly"] !== true
        ? "is a static field that can be written: state of the module"
        : undefined;
    default:
      return undefined;
  }
}

function isAtTop([parent, grandparent]: readonly SyntaxNode[]): boolean {
  return parent?.type === "Program" || (parent?.type === "ExportNamedDeclaration" && grandparent?.type === "Program");
}

function faultOfVariables(node: SyntaxNode): string | undefined {
  if (node["kind"] !== "const" && node["declare"] !== true)
    return `is a ${String(node["kind"])} of the module: state belongs to what runs it`;
  const declarators = Array.isArray(node["declarations"]) ? node["declarations"] : [];
  return declarators.some(isMutableCollection)
    ? "is a collection of the module that can be written: annotate it Readonly…, or let its user own it"
    : undefined;
}

const COLLECTIONS = ["Map", "Set", "WeakMap", "WeakSet", "Array"];

function isMutableCollection(declarator: SyntaxNode): boolean {
  const init = declarator["init"];
  if (!isNode(init) || isReadonlyType(declarator)) return false;
  if (init.type === "ArrayExpression") return true;
  const callee = init["callee"];
  return init.type === "NewExpression" && isNode(callee) && COLLECTIONS.includes(String(callee["name"]));
}

function isReadonlyType(declarator: SyntaxNode): boolean {
  const id = declarator["id"];
  const annotation = isNode(id) && isNode(id["typeAnnotation"]) ? id["typeAnnotation"]["typeAnnotation"] : undefined;
  if (!isNode(annotation)) return false;
  if (annotation.type === "TSTypeOperator") return annotation["operator"] === "readonly";
  const typeName = annotation["typeName"];
  return isNode(typeName) && String(typeName["name"]).startsWith("Readonly");
}

/**
 * What overrules the compiler or the linter without saying why: `as` (but for `as const`), `!`, a promise that is let go by `void`, and
 * directives. The reason is a comment on the same line, on a line of its own right before, or the doc of the statement.
 */
export function unreasoned(file: SourceFile): readonly Violation[] {
  const found = directives(file);
  for (const { node, around } of nodesOf(file)) {
    const what = overruled(node, around);
    if (what !== undefined && !hasReason(file, node, around)) found.push(violationAt(file, node.start, `${what} has no reason beside it`));
  }
  return found;
}

function overruled(node: SyntaxNode, [parent]: readonly SyntaxNode[]): string | undefined {
  if (node.type === "TSNonNullExpression") return "!";
  if (node.type === "TSAsExpression") return isHarmless(node["typeAnnotation"]) ? undefined : "as";
  if (node.type === "UnaryExpression" && node["operator"] === "void" && parent?.type === "ExpressionStatement") return "void";
  return undefined;
}

/** `as const` claims nothing, and `as unknown` less than before. */
function isHarmless(type: unknown): boolean {
  if (!isNode(type)) return false;
  if (type.type === "TSUnknownKeyword") return true;
  const name = type["typeName"];
  return isNode(name) && name["name"] === "const";
}

function hasReason(file: SourceFile, node: SyntaxNode, around: readonly SyntaxNode[]): boolean {
  const lineStart = file.text.lastIndexOf("\n", node.start) + 1;
  const nextLine = file.text.indexOf("\n", node.end);
  const lineEnd = nextLine === -1 ? file.text.length : nextLine;
  const statement = around.find(({ type }) => /(Statement|Declaration)$/.test(type) && type !== "BlockStatement");
  return file.comments.some(({ start, end, value }) => {
    if (value.trim() === "" || isDirective(value.trim())) return false;
    const isBeside = start >= node.start && end <= lineEnd;
    const isBefore = [lineStart, statement?.start].some(
      (from) => from !== undefined && end <= from && file.text.slice(end, from).trim() === "",
    );
    return isBeside || isBefore;
  });
}

function directives(file: SourceFile): Violation[] {
  return file.comments.flatMap(({ value, start }) => {
    const text = value.trim();
    if (/^@ts-(ignore|nocheck)/.test(text)) return [violationAt(file, start, "silences the compiler: use @ts-expect-error with a reason")];
    return isDirective(text) && !/(--|:|@ts-expect-error)\s+\S+\s+\S+/.test(text)
      ? [violationAt(file, start, "is a directive without a reason")]
      : [];
  });
}

function isDirective(text: string): boolean {
  return /^(oxlint|eslint|biome)-(disable|ignore)|^@ts-expect-error/.test(text);
}
