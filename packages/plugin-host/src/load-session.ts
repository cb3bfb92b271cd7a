import { readFileSync, realpathSync, statSync } from "node:fs";
import { extname, sep } from "node:path";
import { openCjs, type RunCjs } from "./commonjs.ts";
import { ABSENT, hashOf, isInside } from "./file-state.ts";
import type { LoadRequest } from "./module-loader.ts";
import { refusal } from "./refusal.ts";

/** One load: the instances of modules that came of one state of a plugin's files. */
export interface LoadSession {
  readonly request: LoadRequest;
  /** What was read or missed so far. */
  readonly files: ReadonlyMap<string, string>;
  /** The bytes of one of its files, noted as what it depends on. Throws the refusal of one that cannot be run anew. */
  readonly read: (path: string) => Uint8Array;
  /** Notes a file of its own that is not there: when it appears, that is a change too. */
  readonly miss: (path: string) => void;
  /** Whether a file that `specifier` led to is the plugin's own, not one of a package that it uses. Throws the refusal of one outside of its folder. */
  readonly isOwn: (specifier: string, path: string) => boolean;
  readonly runCjs: RunCjs;
}

/** Node has types stripped for CommonJS only where it keeps the module by its name, so that a change of it would not be seen. */
const UNSTRIPPED = "it has CommonJS written in TypeScript, a .cts file: write a module, .ts or .mts, or compile it to .cjs";

/** Opens the load of an entry whose bytes were read already. `urlOf` gives the address that a file's module runs under. */
export function openLoadSession(request: LoadRequest, entryBytes: Uint8Array, urlOf: (path: string) => string): LoadSession {
  const { entry, root, label } = request;
  const files = new Map([[entry, hashOf(entryBytes)]]);
  const read = (path: string): Uint8Array => {
    if (extname(path) === ".cts") throw refusal("PLUGIN_INVALID", label, UNSTRIPPED, { facts: { file: path } });
    const bytes = path === entry ? entryBytes : readFileSync(path);
    files.set(path, hashOf(bytes));
    return bytes;
  };
  const miss = (path: string): void => {
    if (isInside(root, path)) files.set(path, ABSENT);
  };
  const isOwn = (specifier: string, path: string): boolean => {
    if (isInside(root, path)) return !path.slice(root.length).split(sep).includes("node_modules");
    if (!isPath(specifier)) return false;
    throw refusal("PLUGIN_INVALID", label, `it imports "${specifier}", which is outside of ${root}`, { facts: { file: path } });
  };
  return { request, files, read, miss, isOwn, runCjs: openCjs({ label, read, miss, isOwn, urlOf, realFileOf }) };
}

/** Whether an import names a file, not a package. */
export function isPath(specifier: string): boolean {
  return /^(?:\.{0,2}\/|\.{1,2}$|file:)/.test(specifier);
}

function realFileOf(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? realpathSync(path) : undefined;
}
