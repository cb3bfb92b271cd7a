import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type ModuleHooks,
  registerHooks,
  type LoadFnOutput,
  type LoadHookContext,
  type ResolveFnOutput,
  type ResolveHookContext,
} from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Clock, messageOf, type PolykindError } from "@polykind/core";
import { PLUGIN_PACKAGE } from "./commonjs.ts";
import { ABSENT, type FileStates } from "./file-state.ts";
import { ImportableExports } from "./importable.ts";
import { failureOf } from "./load-failure.ts";
import { isPath, type LoadSession, openLoadSession } from "./load-session.ts";
import { formatOf } from "./module-format.ts";
import { refusal, refusalFor } from "./refusal.ts";

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

/**
 * Imports the modules of plugins, each load apart from the others.
 *
 * *Guarantees.* The bytes that were hashed are those that run. A plugin's own files are loaded anew, and only those, modules and CommonJS alike; packages
 * that it imports are shared. `.ts` loads by stripping types. `@polykind/plugin` is that of the host where the plugin has none of its own. Nothing of
 * other modules in the process is touched, and after `close` nothing of the loader is left in it but modules.
 *
 * *Assumptions.* Node keeps each module that it has loaded for ever, about as big as its source: what is loaded often must be kept and used
 * again by its content, as {@link PluginSource} does.
 */
export class ModuleLoader {
  readonly #options: ModuleLoaderOptions;
  /** Tells the modules of this loader from those of another in the process; no choice depends on it. */
  readonly #id: string = randomUUID().slice(0, 8);
  readonly #sessions = new Map<string, LoadSession>();
  readonly #importable: ImportableExports;
  #loads = 0;
  #hooks: ModuleHooks | undefined;
  #conditions: ReadonlySet<string> | undefined;

  constructor(options: ModuleLoaderOptions) {
    this.#options = options;
    this.#importable = new ImportableExports(this.#id, (key, path) => this.#sessions.get(key)?.runCjs(path));
  }

  /** The number of loads whose modules may still import more. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The conditions under which this process imports packages: Node's, and those that it was started with. */
  get conditions(): ReadonlySet<string> {
    if (this.#conditions !== undefined) return this.#conditions;
    this.#register();
    // Node tells them to hooks only. Nothing is resolved.
    import.meta.resolve(this.#conditionsRequest);
    return this.#conditions ?? new Set(["node", "import"]);
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
    const urlOf = (path: string): string => this.#urlOf(pathToFileURL(path).href, key);
    const session = openLoadSession(request, entryBytes, urlOf);
    this.#sessions.set(key, session);
    try {
      const exported = await this.#settled(import(urlOf(request.entry)), request);
      return { files: session.files, exported };
    } catch (thrown) {
      request.signal.throwIfAborted();
      this.#sessions.delete(key);
      return { files: session.files, error: await this.#failureOf(thrown, session) };
    }
  }

  /** Whatever a plugin throws, its load does not reject. */
  async #failureOf(thrown: unknown, { request: { label }, files }: LoadSession): Promise<PolykindError> {
    try {
      return await failureOf(thrown, { label, files: [...files.keys()], cwd: this.#options.cwd });
    } catch {
      return refusalFor(thrown, label);
    }
  }

  /** Takes the loader out of the process's module loading. */
  close(): void {
    this.#hooks?.deregister();
    this.#hooks = undefined;
    this.#importable.close();
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
    if (this.#hooks !== undefined) return;
    this.#importable.open();
    this.#hooks = registerHooks({
      resolve: (specifier, context, next) => this.#resolve(specifier, context, next),
      load: (url, context, next) => this.#load(url, context, next),
    });
  }

  get #conditionsRequest(): string {
    return `polykind-conditions:${this.#id}`;
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
    if (specifier === this.#conditionsRequest) {
      this.#conditions = new Set(context.conditions);
      return { url: specifier, shortCircuit: true };
    }
    const key = this.#keyOf(context.parentURL);
    const session = key === undefined ? undefined : this.#sessions.get(key);
    if (key === undefined || session === undefined) return next(specifier, context);
    const found = resolveFor(session, specifier, context, next);
    return found.url.startsWith("file:") && session.isOwn(specifier, fileURLToPath(found.url))
      ? { ...found, url: this.#urlOf(found.url, key) }
      : found;
  }

  #load(url: string, context: LoadHookContext, next: NextLoad): LoadFnOutput {
    const key = this.#keyOf(url);
    const session = key === undefined ? undefined : this.#sessions.get(key);
    if (key === undefined || session === undefined) return next(url, context);
    const path = fileURLToPath(url);
    const source = session.read(path);
    const format = formatOf(path, source);
    if (format === undefined) return next(url, context);
    if (format !== "commonjs") return { format, source, shortCircuit: true };
    const exported = session.runCjs(path);
    return { format: "module", source: this.#importable.textFor(exported, { key, path }), shortCircuit: true };
  }
}

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput;
type NextLoad = (url: string, context?: Partial<LoadHookContext>) => LoadFnOutput;

function resolveFor(session: LoadSession, specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
  try {
    return next(specifier, context);
  } catch (cause) {
    if (specifier === PLUGIN_PACKAGE) return next(specifier, { ...context, parentURL: import.meta.url });
    // A missing file that appears is a change too.
    if (isPath(specifier) && context.parentURL !== undefined) session.miss(fileURLToPath(new URL(specifier, context.parentURL)));
    throw cause;
  }
}
