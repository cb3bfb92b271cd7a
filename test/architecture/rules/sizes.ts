import { LINES_OF_FILE, LINES_OF_FUNCTION } from "../house.ts";
import { isNode, lineAt, nameOf, nodesOf, type SourceFile, type SyntaxNode, type Violation, violationAt } from "../source.ts";

/** A function and how long it is, from its first line to its last. */
export interface MeasuredFunction {
  readonly name: string;
  readonly offset: number;
  readonly lines: number;
}

/** All functions of a file that have a body in braces, or span lines. */
export function functionsOf(file: SourceFile): readonly MeasuredFunction[] {
  const found: MeasuredFunction[] = [];
  for (const { node, around } of nodesOf(file)) {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type) || !isNode(node["body"])) continue;
    const lines = lineAt(file.text, node.end) - lineAt(file.text, node.start) + 1;
    if (node["body"].type === "BlockStatement" || lines > 1) found.push({ name: nameOfFunction(node, around), offset: node.start, lines });
  }
  return found;
}

function nameOfFunction(node: SyntaxNode, [parent]: readonly SyntaxNode[]): string {
  return nameOf(node["id"]) ?? nameOf(parent?.["key"]) ?? nameOf(parent?.["id"]) ?? "a function";
}

/** The lines of a text, a last empty one not counted. */
export function linesOf(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** Files and functions that are too long. */
export function tooLong(file: SourceFile): readonly Violation[] {
  const lines = linesOf(file.text);
  const functions = functionsOf(file)
    .filter((each) => each.lines > LINES_OF_FUNCTION)
    .map((each) =>
      violationAt(file, each.offset, `${each.name} has ${each.lines} lines, ${LINES_OF_FUNCTION} at most: give its parts names`),
    );
  if (lines <= LINES_OF_FILE) return functions;
  return [{ path: file.path, line: 0, text: `has ${lines} lines, ${LINES_OF_FILE} at most: it has more than one noun` }, ...functions];
}
