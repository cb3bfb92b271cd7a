import { docText, isNode, lineAt, nodesOf, parseSource, type SourceFile } from "../source.ts";
import type { Workspace } from "../tree.ts";
import { publicNames } from "./docs.ts";

/** An `@example` of a doc comment. */
export interface Example {
  readonly path: string;
  readonly line: number;
  readonly code: string;
}

/** All `@example`s of a file. */
export function examplesOf(file: SourceFile): readonly Example[] {
  return file.comments
    .filter(({ type, value }) => type === "Block" && value.startsWith("*"))
    .flatMap((comment) => {
      const line = lineAt(file.text, comment.start);
      const [, ...examples] = docText(comment).split(/^@example\b/m);
      return examples.map((text) => ({ path: file.path, line, code: codeOf(text) }));
    });
}

function codeOf(text: string): string {
  const [code = ""] = text.split(/^@\w+/m);
  return code.replaceAll(/^```\w*$/gm, "").trim();
}

/** What an example's module takes from where. */
export interface Offer {
  readonly specifier: string;
  readonly names: readonly { readonly name: string; readonly isType: boolean }[];
}

/**
 * What a workspace offers to the examples of one of its files: its public names, then those that only the file exports.
 *
 * @param up the way from the example's folder to the root.
 */
export function offersOf(workspace: Workspace, file: SourceFile, up: string): readonly Offer[] {
  const own = publicNames(workspace, file.path).map(({ name, isType }) => ({ name, isType }));
  const offered = publicNames(workspace).filter(({ name }) => name !== "default");
  return [
    { specifier: workspace.manifest.name, names: offered },
    { specifier: `${up}/${file.path}`, names: own.filter(({ name }) => !offered.some((each) => each.name === name)) },
  ];
}

/**
 * The example as a module of its own: the names that it uses are imported, and each expression that is followed by `// => value` is held to
 * that value.
 */
export function moduleOf({ code, path }: Example, offers: readonly Offer[]): string {
  const file = parseSource(path, code);
  const used = new Set([...nodesOf(file)].filter(({ node }) => node.type === "Identifier").map(({ node }) => node["name"]));
  const imports = offers.map(({ specifier, names }) => {
    const wanted = names.filter(({ name }) => used.has(name)).map(({ name, isType }) => (isType ? `type ${name}` : name));
    return wanted.length > 0 ? `import { ${[...new Set(wanted)].join(", ")} } from "${specifier}";\n` : "";
  });
  return `import { deepStrictEqual as isEqual } from "node:assert/strict";\n${imports.join("")}\n${withExpectations(file)}\nvoid isEqual;\nexport {};\n`;
}

function withExpectations(file: SourceFile): string {
  const statements = [...nodesOf(file)].filter(({ node, around }) => node.type === "ExpressionStatement" && around[0]?.type === "Program");
  let code = file.text;
  for (const { start, end, value } of file.comments.toReversed()) {
    const expected = /^\s*=>\s*(.+)$/.exec(value)?.[1];
    if (expected === undefined) continue;
    const statement = statements.findLast(({ node }) => node.end <= start)?.node;
    const expression = statement?.["expression"];
    if (statement === undefined || !isNode(expression) || file.text.slice(statement.end, start).trim() !== "") {
      throw new Error(`cannot use the example in ${file.path}: «=> ${expected}» does not follow an expression`);
    }
    const held = `isEqual(${file.text.slice(expression.start, expression.end)}, ${expected});`;
    code = code.slice(0, statement.start) + held + code.slice(end);
  }
  return code;
}
