import { posix } from "node:path";
import { docBefore, isNode, nameOf, type SourceFile, type SyntaxNode, type Violation, violationAt } from "../source.ts";
import type { Workspace } from "../tree.ts";
import { wordsOf } from "./words.ts";

/** Something that a package's index gives to others. */
export interface PublicName {
  readonly name: string;
  readonly isType: boolean;
  /** Where it is declared; `undefined` when another package declares it. */
  readonly declaration: { readonly file: SourceFile; readonly statement: SyntaxNode; readonly localName: string } | undefined;
  /** The package that it is passed on from. */
  readonly from: string | undefined;
}

/** What a workspace's index exports, in the order in which it does. */
export function publicNames(
  { dir, sources }: Pick<Workspace, "dir" | "sources">,
  path: string = `${dir}/src/index.ts`,
): readonly PublicName[] {
  const files = new Map(sources.map((file) => [file.path, file]));
  const file = files.get(path);
  if (file === undefined) return [];
  return file.module.staticExports.flatMap(({ entries }) =>
    entries.flatMap((entry): readonly PublicName[] => {
      const name = entry.exportName.name ?? entry.importName.name ?? "default";
      const specifier = entry.moduleRequest?.value;
      const localName = entry.importName.name ?? entry.localName.name ?? name;
      if (specifier === undefined) return [{ name, from: undefined, ...declared(file, localName, entry.isType) }];
      if (!specifier.startsWith(".")) return [{ name, isType: entry.isType, declaration: undefined, from: specifier }];
      const target = posix.join(posix.dirname(path), specifier.replace(/\.js$/, ".ts"));
      const inner = publicNames({ dir, sources }, target);
      const { kind }: { readonly kind: string } = entry.importName;
      if (kind === "AllButDefault" || kind === "All") return inner;
      return inner.filter((each) => each.name === localName).map((each) => ({ ...each, name, isType: each.isType || entry.isType }));
    }),
  );
}

function declared(file: SourceFile, localName: string, isType: boolean): Pick<PublicName, "isType" | "declaration"> {
  const statements = file.program.body as unknown as readonly SyntaxNode[]; // Every statement is a node.
  const statement = statements.find((each) => namesOf(isNode(each["declaration"]) ? each["declaration"] : each).includes(localName));
  if (statement === undefined) return { isType, declaration: undefined };
  const { type } = isNode(statement["declaration"]) ? statement["declaration"] : statement;
  return { isType: isType || /^TS(Interface|TypeAlias)/.test(type), declaration: { file, statement, localName } };
}

function namesOf(declaration: SyntaxNode): readonly (string | undefined)[] {
  const declarators = declaration["declarations"];
  return Array.isArray(declarators) ? declarators.map((each: SyntaxNode) => nameOf(each["id"])) : [nameOf(declaration["id"])];
}

/** Public names without a doc, and docs whose first sentence says no more than the name. */
export function undocumented(workspace: Pick<Workspace, "dir" | "sources">): readonly Violation[] {
  return publicNames(workspace).flatMap(({ name, declaration, from }) => {
    if (from !== undefined) return [];
    if (declaration === undefined)
      return [{ path: `${workspace.dir}/src/index.ts`, line: 0, text: `exports ${name}, which is not declared where it comes from` }];
    const { file, statement } = declaration;
    const doc = docBefore(file, statement.start);
    if (doc === undefined) return [violationAt(file, statement.start, `${name} is exported and has no doc`)];
    return saysNothing(doc, name) ? [violationAt(file, statement.start, `the doc of ${name} only repeats its name`)] : [];
  });
}

const FILLERS = new Set(
  "a an the of is are be to for in on with and or that this which it its as by from function class interface type value values object returns gets sets represents creates".split(
    " ",
  ),
) satisfies ReadonlySet<string>;

/** Whether the first sentence of a doc has no word of weight that the name has not. */
export function saysNothing(doc: string, name: string): boolean {
  const first = doc.split(/\n\s*\n|(?<=[.;])\s/)[0] ?? "";
  const known = wordsOf(name).map(stem);
  return wordsOf(first.replaceAll(/[{}@]|@?link/g, " ")).every((word) => FILLERS.has(word) || known.includes(stem(word)));
}

function stem(word: string): string {
  return word.replace(/(s|es|ed|ing)$/, "");
}
