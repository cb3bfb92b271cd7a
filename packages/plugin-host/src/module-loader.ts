import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  type ModuleHooks,
  registerHooks,
  type LoadFnOutput,
  type LoadHookContext,
  type ResolveFnOutput,
  type ResolveHookContext,
} from "node:module";
import { basename, dirname, extname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Clock, messageOf, type PolykindError } from "@polykind/core";
import { ABSENT, type FileStates, hashOf, isInside } from "./file-state.ts";
import { failureOf } from "./load-failure.ts";
import { refusal } from "./refusal.ts";

/** What to load. */
export interface LoadRequest {
  /** How messages call it. */
  readonly label: string;
  /** The file, absolute, links resolved. */
  readonly entry: string;
  /** The folder that it and all that it imports by path must be in. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** What came of it; either way with the files that were read or missing, so that a change of any can be seen. */
export type LoadedModule =
  | { readonly files: FileStates; readonly exported: unknown; readonly error?: undefined }
  | { readonly files: FileStates; readonly error: PolykindError };

/** Options of {@link ModuleLoader}. */
export interface ModuleLoaderOptions {
  readonly clock: Clock;
  /** After so long a module that does not finish loading is given up. */
  readonly timeoutMs: number;
  /** Where people stand, for paths in messages. */
  readonly cwd: string;
}

/** One load: the instances of modules that came of one state of a plugin's files. */
interface Session {
  readonly request: LoadRequest;
  readonly entryBytes: Uint8Array;
  readonly files: Map<string, string>;
}

const PLUGIN_PACKAGE = "@polykind/plugin";

/**
 * Imports the modules of plugins, each load apart from the others.
 *
 * *Guarantees.* The bytes that were hashed are those that run. A plugin's own files are loaded anew, and only those; packages that it imports are
 * shared. `.ts` loads by stripping types. `@polykind/plugin` is that of the host where the plugin has none of its own. Nothing of other modules in
 * the process is touched, and after `close` nothing of the loader is left in it but modules.
 *
 * *Assumptions.* Node keeps each module that it has loaded for ever, about as big as its source: what is loaded often must be kept and used
 * again by its content, as {@link PluginSource} does.
 */
export class ModuleLoader {
  readonly #options: ModuleLoaderOptions;
  /** Tells the modules of this loader from those of another in the process; no choice depends on it. */
  readonly #id: string = randomUUID().slice(0, 8);
  readonly #sessions = new Map<string, Session>();
  #loads = 0;
  #hooks: ModuleHooks | undefined;
  #resolving: { readonly specifier: string; readonly parentURL: string } | undefined;

  constructor(options: ModuleLoaderOptions) {
    this.#options = options;
  }

  /** The number of loads whose modules may still import more. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The file that a package in `root` exports to an `import`, by Node's own rules. Throws Node's error. */
  resolveEntry(root: string, packageName: string): string {
    this.#register();
    this.#resolving = { specifier: packageName, parentURL: pathToFileURL(join(root, "package.json")).href };
    try {
      return fileURLToPath(import.meta.resolve(this.#entryRequest));
    } finally {
      this.#resolving = undefined;
    }
  }

  /** Imports the file. Rejects only with the reason of the signal. */
  async load(request: LoadRequest): Promise<LoadedModule> {
    this.#register();
    let entryBytes: Uint8Array;
    try {
      entryBytes = await readFile(request.entry);
    } catch (cause) {
      const error = refusal("PLUGIN_INVALID", request.label, `it cannot be read: ${messageOf(cause)}`, {
        cause,
        facts: { file: request.entry },
      });
      return { files: new Map([[request.entry, ABSENT]]), error };
    }
    const key = String((this.#loads += 1));
    const session: Session = { request, entryBytes, files: new Map([[request.entry, hashOf(entryBytes)]]) };
    this.#sessions.set(key, session);
    try {
      const exported = await this.#settled(import(this.#urlOf(pathToFileURL(request.entry).href, key)), request);
      return { files: session.files, exported };
    } catch (thrown) {
      request.signal.throwIfAborted();
      this.#sessions.delete(key);
      const error = await failureOf(thrown, { label: request.label, files: [...session.files.keys()], cwd: this.#options.cwd });
      return { files: session.files, error };
    }
  }

  /** Takes the loader out of the process's module loading. */
  close(): void {
    this.#hooks?.deregister();
    this.#hooks = undefined;
    this.#sessions.clear();
  }

  /** An import cannot be taken back, only given up: what comes of it later is dropped. */
  async #settled(imported: Promise<unknown>, { label, signal }: LoadRequest): Promise<unknown> {
    const { clock, timeoutMs } = this.#options;
    const given = Promise.withResolvers<never>();
    const late = refusal(
      "PLUGIN_FAILED",
      label,
      `it did not finish loading within ${timeoutMs / 1000} s: a top-level await that does not settle?`,
      {
        facts: { withinMs: timeoutMs },
      },
    );
    const timer = clock.setTimer(timeoutMs, () => given.reject(late));
    const abort = (): void => given.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([imported, given.promise]);
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", abort);
      imported.catch(() => undefined);
    }
  }

  #register(): void {
    this.#hooks ??= registerHooks({
      resolve: (specifier, context, next) => this.#resolve(specifier, context, next),
      load: (url, context, next) => this.#load(url, context, next),
    });
  }

  get #entryRequest(): string {
    return `polykind-entry:${this.#id}`;
  }

  #urlOf(url: string, key: string): string {
    return `${url}${url.includes("?") ? "&" : "?"}polykind=${this.#id}.${key}`;
  }

  /** The load that a module belongs to, by the mark that its address carries. */
  #keyOf(url: string | undefined): string | undefined {
    const [, id, key] = /[?&]polykind=(\w+)\.(\d+)$/.exec(url ?? "") ?? [];
    return id === this.#id ? key : undefined;
  }

  #resolve(specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
    if (specifier === this.#entryRequest && this.#resolving !== undefined) {
      return next(this.#resolving.specifier, { ...context, parentURL: this.#resolving.parentURL });
    }
    const key = this.#keyOf(context.parentURL);
    const session = key === undefined ? undefined : this.#sessions.get(key);
    if (key === undefined || session === undefined) return next(specifier, context);
    const found = resolveFor(session, specifier, context, next);
    return isOwn(session, specifier, found.url) ? { ...found, url: this.#urlOf(found.url, key) } : found;
  }

  #load(url: string, context: LoadHookContext, next: NextLoad): LoadFnOutput {
    const key = this.#keyOf(url);
    const session = key === undefined ? undefined : this.#sessions.get(key);
    if (session === undefined) return next(url, context);
    const path = fileURLToPath(url);
    const source = path === session.request.entry ? session.entryBytes : readFileSync(path);
    session.files.set(path, hashOf(source));
    const format = formatOf(path, source);
    return format === undefined ? next(url, context) : { format, source, shortCircuit: true };
  }
}

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput;
type NextLoad = (url: string, context?: Partial<LoadHookContext>) => LoadFnOutput;

function resolveFor(session: Session, specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
  try {
    return next(specifier, context);
  } catch (cause) {
    if (specifier === PLUGIN_PACKAGE) return next(specifier, { ...context, parentURL: import.meta.url });
    // A missing file that appears is a change too.
    if (isPath(specifier) && context.parentURL !== undefined)
      session.files.set(fileURLToPath(new URL(specifier, context.parentURL)), ABSENT);
    throw cause;
  }
}

/** Whether what was found is a file of the plugin itself, not of a package that it uses. */
function isOwn({ request: { root, label } }: Session, specifier: string, url: string): boolean {
  if (!url.startsWith("file:")) return false;
  const path = fileURLToPath(url);
  const inside = isInside(root, path);
  if (!inside && isPath(specifier))
    throw refusal("PLUGIN_INVALID", label, `it imports "${specifier}", which is outside of ${root}`, { facts: { file: path } });
  return inside && !path.slice(root.length).split(sep).includes("node_modules");
}

function isPath(specifier: string): boolean {
  return /^(?:\.{0,2}\/|file:)/.test(specifier);
}

/** How the text of a plugin's file is to be read; `undefined`: as Node decides. */
function formatOf(path: string, source: Uint8Array): "module" | "module-typescript" | undefined {
  switch (extname(path)) {
    case ".ts":
    case ".mts":
      return "module-typescript";
    case ".mjs":
      return "module";
    case ".js":
      return isModule(path, source) ? "module" : undefined;
    default:
      return undefined;
  }
}

/** Where no package says what a `.js` file is, its syntax does: Node would say so too, with a warning. */
function isModule(path: string, source: Uint8Array): boolean {
  const type = packageTypeOf(dirname(path));
  return type === "module" || (type !== "commonjs" && /^\s*(?:import|export)\b/m.test(new TextDecoder().decode(source)));
}

/** What the nearest package says of its `.js` files. */
function packageTypeOf(folder: string): unknown {
  const file = join(folder, "package.json");
  if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { readonly type?: unknown }).type; // Only looked at.
  const above = dirname(folder);
  return above === folder || basename(above) === "node_modules" ? undefined : packageTypeOf(above);
}
