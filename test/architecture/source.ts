import { type Comment, type EcmaScriptModule, parseSync, type Program, visitorKeys } from "oxc-parser";

/** A TypeScript file, parsed. */
export interface SourceFile {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly module: EcmaScriptModule;
}

/** A node of the syntax tree in the one shape that all have. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A rule that is broken, and where. */
export interface Violation {
  readonly path: string;
  /** From 1 on; 0 for the file as a whole. */
  readonly line: number;
  readonly text: string;
}

/** Parses a file. Throws when it is no TypeScript. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`cannot parse ${path}: ${errors[0]?.message}`);
  return { path, text, program, comments, module };
}

/** The line of an offset, from 1 on. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** A violation at an offset of a file. */
export function violationAt(file: SourceFile, offset: number, text: string): Violation {
  return { path: file.path, line: lineAt(file.text, offset), text };
}

/** Every node with those around it, the nearest first; parents before children. */
export function* nodesOf(file: SourceFile): Generator<{ readonly node: SyntaxNode; readonly around: readonly SyntaxNode[] }> {
  yield* descend(file.program as unknown as SyntaxNode, []); // Every node has a type and a place.
}

function* descend(
  node: SyntaxNode,
  around: readonly SyntaxNode[],
): Generator<{ readonly node: SyntaxNode; readonly around: readonly SyntaxNode[] }> {
  yield { node, around };
  const inner = [node, ...around];
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key];
    for (const each of Array.isArray(child) ? child : [child]) if (isNode(each)) yield* descend(each, inner);
  }
}

/** Whether a field of a node is a node itself. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** The name of an identifier or of a private one; `undefined` for any other node. */
export function nameOf(node: unknown): string | undefined {
  return isNode(node) && (node.type === "Identifier" || node.type === "PrivateIdentifier") ? String(node["name"]) : undefined;
}

/** The doc comment that stands right before an offset, without its frame; `undefined` when there is none. */
export function docBefore(file: SourceFile, offset: number): string | undefined {
  const comment = file.comments.findLast(({ end }) => end <= offset);
  if (comment === undefined || comment.type !== "Block" || !comment.value.startsWith("*")) return undefined;
  if (file.text.slice(comment.end, offset).trim() !== "") return undefined;
  return docText(comment);
}

/** The text of a doc comment, without the stars at the edge. */
export function docText({ value }: Comment): string {
  return value
    .slice(1)
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim();
}

/** Violations as lines that an assertion can show. */
export function asLines(violations: readonly Violation[]): readonly string[] {
  return violations.map(({ path, line, text }) => `${path}${line > 0 ? `:${line}` : ""}: ${text}`).toSorted();
}
