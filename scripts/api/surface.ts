import { publicNames } from "../../test/architecture/rules/docs.ts";
import { isNode, nameOf, type SourceFile, type SyntaxNode } from "../../test/architecture/source.ts";

/**
 * The public surface of a package as Markdown: what its index exports, in the order of names, as declarations without their docs. The same
 * declarations give the same text.
 *
 * @param files the package's declaration files, named as the sources that they were made from, under `<dir>/src/`.
 */
export function describeSurface(name: string, dir: string, files: readonly SourceFile[]): string {
  const names = publicNames({ dir, sources: files }).toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
  const declarations = names.map(({ name: each, from, declaration }) => {
    if (declaration === undefined) return `export { ${each} } from "${from}";`;
    const texts = statementsOf(declaration.file, declaration.localName).map((statement) => textOf(declaration.file, statement));
    return declaration.localName === each ? texts.join("\n") : `${texts.join("\n")}\nexport { ${declaration.localName} as ${each} };`;
  });
  const head = `# ${name}: public surface\n\nWritten by \`npm run api\` from the declarations; a change here is a change for those who use the package.\n`;
  return `${head}\n\`\`\`ts\n${[...new Set(declarations)].join("\n\n")}\n\`\`\`\n`;
}

/** All statements that declare a name: a function has one for each overload. */
function statementsOf(file: SourceFile, localName: string): readonly SyntaxNode[] {
  const statements = file.program.body as unknown as readonly SyntaxNode[]; // Every statement is a node.
  return statements.filter((statement) => {
    const declaration = isNode(statement["declaration"]) ? statement["declaration"] : statement;
    const declarators = declaration["declarations"];
    const ids = Array.isArray(declarators) ? declarators.map((each: SyntaxNode) => each["id"]) : [declaration["id"]];
    return ids.some((id) => nameOf(id) === localName);
  });
}

function textOf(file: SourceFile, { start, end }: SyntaxNode): string {
  let text = file.text.slice(start, end);
  for (const comment of file.comments.toReversed()) {
    if (comment.start < start || comment.end > end) continue;
    text = text.slice(0, comment.start - start) + text.slice(comment.end - start);
  }
  const lines = text.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "#private;");
  return lines
    .map((line) => line.replace(/^( {4})+/, (indent) => "  ".repeat(indent.length / 4)).trimEnd())
    .join("\n")
    .replace(/^export declare /, "export ");
}
