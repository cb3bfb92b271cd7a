import { createRequire, isBuiltin } from "node:module";
import { dirname, extname, join, resolve } from "node:path";
import { compileFunction, constants } from "node:vm";
import { messageOf } from "@polykind/core";
import { COMMONJS_NAMES, isDeclaredModule } from "./module-format.ts";
import { mainFilesOf } from "./package-entry.ts";
import { refusal } from "./refusal.ts";
import { isFields } from "./shape.ts";

/** What the CommonJS modules of one load ask of it. */
export interface OwnFiles {
  /** How messages call the plugin. */
  readonly label: string;
  /** The path of a file, links resolved; `undefined` where there is none. */
  readonly realFileOf: (path: string) => string | undefined;
  /** The bytes of a file of the plugin. Whoever reads them depends on them. */
  readonly read: (path: string) => Uint8Array;
  /** Notes a file that is not there: when it appears, that is a change. */
  readonly miss: (path: string) => void;
  /** Whether a file that `specifier` led to is the plugin's own. Throws the refusal of one that it must not use. */
  readonly isOwn: (specifier: string, path: string) => boolean;
  /** The address that a file's modules run under. */
  readonly urlOf: (path: string) => string;
}

/** A CommonJS module, as its own code sees it. */
interface CjsModule {
  exports: unknown;
  loaded: boolean;
  readonly id: string;
  readonly filename: string;
  readonly path: string;
  readonly children: readonly never[];
  /** Who required it first; `undefined` where it was imported. */
  readonly parent: CjsModule | undefined;
  require: (specifier: string) => unknown;
}

/** What runs the CommonJS modules of one load: returns what the one at `path`, a file of the plugin, exports. `from` is the file that requires it. */
export type RunCjs = (path: string, from?: string) => unknown;

/**
 * Opens the CommonJS modules of one load of a plugin.
 *
 * *Guarantees.* Each of the plugin's own files runs once for each load, from the bytes that were read for it. For them Node's own cache, which goes by
 * the name of a file and never forgets, is neither read nor written. Packages that the plugin uses come from that cache, shared with the process.
 *
 * *Errors.* What a module throws goes up as it is. A module that was written for `import` is refused: Node would keep it by its name.
 */
export function openCjs(own: OwnFiles): RunCjs {
  const moduleByPath = new Map<string, CjsModule>();

  const run: RunCjs = (path, from = "") => {
    const known = moduleByPath.get(path);
    if (known !== undefined) return known.exports;
    const module = moduleOf(path, moduleByPath.get(from), requireOf(path, { own, run }));
    // Before it runs: those that it requires may require it.
    moduleByPath.set(path, module);
    try {
      evaluate(module, own);
    } catch (cause) {
      moduleByPath.delete(path);
      throw cause;
    }
    module.loaded = true;
    return module.exports;
  };
  return run;
}

function moduleOf(path: string, parent: CjsModule | undefined, require: CjsModule["require"]): CjsModule {
  return { exports: {}, loaded: false, id: path, filename: path, path: dirname(path), children: [], parent, require };
}

function evaluate(module: CjsModule, own: OwnFiles): void {
  if (extname(module.filename) === ".json") {
    module.exports = jsonIn(module.filename, own);
    return;
  }
  const body = compiled(new TextDecoder().decode(own.read(module.filename)), own.urlOf(module.filename));
  Reflect.apply(body, module.exports, [module.exports, module.require, module, module.filename, module.path]);
}

function jsonIn(path: string, own: OwnFiles): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(own.read(path)));
  } catch (cause) {
    throw new SyntaxError(`cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}

function compiled(text: string, filename: string): ReturnType<typeof compileFunction> {
  try {
    return compileFunction(text, COMMONJS_NAMES, { filename, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  } catch (cause) {
    // Its first lines tell the place in the file that does not parse; the rest, who required it.
    if (cause instanceof SyntaxError) cause.stack = cause.stack?.split("\n    at ", 1)[0] ?? "";
    throw cause;
  }
}

/** The `require` of one file. */
function requireOf(path: string, { own, run }: { readonly own: OwnFiles; readonly run: RunCjs }): CjsModule["require"] {
  const node = createRequire(path);
  const require = (specifier: string): unknown => {
    // Node also says what is wrong with what is no text.
    if (typeof specifier !== "string" || isBuiltin(specifier)) return node(specifier);
    const found = fileOf(specifier, { from: path, own, node });
    if (found === undefined) return createRequire(import.meta.url)(specifier);
    if (!own.isOwn(specifier, found)) return node(found);
    if (isDeclaredModule(found)) {
      const reason = `it requires "${specifier}", which is a module; use import() for it, or write the plugin as a module`;
      throw refusal("PLUGIN_INVALID", own.label, reason, { facts: { file: found } });
    }
    // No text: a native addon is there once for each process.
    return extname(found) === ".node" ? node(found) : run(found, path);
  };
  return Object.assign(require, { resolve: node.resolve, main: node.main, cache: node.cache });
}

/** The package that plugins get from the host where they have none of their own. */
export const PLUGIN_PACKAGE = "@polykind/plugin";

interface Asker {
  readonly from: string;
  readonly own: OwnFiles;
  readonly node: NodeJS.Require;
}

/** The file that a `require` leads to; `undefined`: the host's own `@polykind/plugin`, since the plugin has none. Throws as Node does when there is none. */
function fileOf(specifier: string, { from, own, node }: Asker): string | undefined {
  if (/^(?:\.{0,2}\/|\.{1,2}$)/.test(specifier)) {
    // Node remembers where a path has led to, though it may lead elsewhere now.
    const tried = filesFor(specifier, from, own);
    const found = tried.map((each) => own.realFileOf(each)).find((real) => real !== undefined);
    if (found !== undefined) return found;
    for (const each of tried) own.miss(each);
  }
  try {
    const found = node.resolve(specifier);
    if (own.realFileOf(found) !== undefined) return found;
  } catch (cause) {
    if (specifier === PLUGIN_PACKAGE) return undefined;
    if (!(cause instanceof Error && "code" in cause && cause.code === NOT_FOUND)) throw cause;
  }
  throw absence(specifier);
}

const NOT_FOUND = "MODULE_NOT_FOUND";

/** Node's error, on one line. It begins here: Node's own goes through so much of Node that its stack ends before the plugin. */
function absence(specifier: string): Error {
  return Object.assign(new Error(`Cannot find module '${specifier}'`), { code: NOT_FOUND });
}

/** The files that a path may mean to `require`, the first that is there counts. */
function filesFor(specifier: string, from: string, own: OwnFiles): readonly string[] {
  const path = resolve(dirname(from), specifier);
  const files = /(?:^|\/)\.{0,2}$/.test(specifier) ? [] : ["", ".js", ".json", ".node"].map((extension) => `${path}${extension}`);
  const json = own.realFileOf(join(path, "package.json"));
  // A folder of a package that it uses is left to Node.
  if (json !== undefined && !own.isOwn(specifier, json)) return files;
  const fields = json === undefined ? {} : jsonIn(json, own);
  return [...files, ...mainFilesOf(path, isFields(fields) ? fields : {})];
}
