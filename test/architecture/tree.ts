import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseSource, type SourceFile } from "./source.ts";

/** Where the repository begins. */
export const ROOT: string = resolve(import.meta.dirname, "../..");

/** The parts of a package.json that rules look at. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A package or a plugin, as it lies in the tree. */
export interface Workspace {
  /** Relative to the root: `packages/core`. */
  readonly dir: string;
  readonly isPlugin: boolean;
  readonly manifest: Manifest;
  /** The paths of its tsconfig's references, relative to the root; `undefined` without a tsconfig. */
  readonly references: readonly string[] | undefined;
  /** The files that it is made of, without tests. */
  readonly sources: readonly SourceFile[];
  readonly tests: readonly SourceFile[];
}

/** All packages and plugins of the tree, by folder. */
export function readWorkspaces(): readonly Workspace[] {
  return globSync(["packages/*/package.json", "plugins/*/package.json"], { cwd: ROOT })
    .map((path) => path.replaceAll("\\", "/").replace("/package.json", ""))
    .toSorted()
    .map(readWorkspace);
}

function readWorkspace(dir: string): Workspace {
  const tsconfig = join(ROOT, dir, "tsconfig.json");
  return {
    dir,
    isPlugin: dir.startsWith("plugins/"),
    manifest: readJson(`${dir}/package.json`) as Manifest, // Rules check what they read of it.
    references: existsSync(tsconfig) ? referencesOf(dir) : undefined,
    sources: readSources(`${dir}/src/**/*.ts`),
    tests: readSources(`${dir}/test/**/*.ts`),
  };
}

function referencesOf(dir: string): readonly string[] {
  const { references = [] } = readJson(`${dir}/tsconfig.json`) as { readonly references?: readonly { readonly path: string }[] }; // tsc checks it.
  return references.map(({ path }) => join(dir, path).replaceAll("\\", "/"));
}

/** A JSON file of the tree. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
}

/** The TypeScript files that a pattern finds, parsed. Fixtures are left out: some are broken on purpose. */
export function readSources(pattern: string): readonly SourceFile[] {
  return globSync(pattern, { cwd: ROOT })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !path.includes("/fixtures/") && !path.includes("node_modules"))
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(ROOT, path), "utf8")));
}

/** A file of text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The files under version control, or about to be, that hold text. */
export function readTexts(): readonly TextFile[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
  return listed
    .split("\0")
    .filter((path) => path !== "" && !/\.(gz|png|ico|tgz)$/.test(path) && existsSync(join(ROOT, path)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}
