import { resolve } from "node:path";
import type { KubeObject } from "@polykind/apimachinery";
import { type Clock, messageOf, Notices, type NoticeSource, PolykindError, Scope, systemClock } from "@polykind/core";
import type { Plugin } from "@polykind/plugin";
import type { Log } from "@polykind/telemetry";
import { arbitrate, changesBetween } from "./arbitrate.ts";
import { type WatchDirectory, watchSystemDirectory } from "./directory-watch.ts";
import { checkEngine } from "./engine.ts";
import { type FoundSource, findSource } from "./find-source.ts";
import { ModuleLoader } from "./module-loader.ts";
import { PluginSource } from "./plugin-source.ts";
import type { LoadedPlugin, PluginRecord, RejectedPlugin } from "./record.ts";
import { refusal } from "./refusal.ts";
import { isFields, problemsOfPlugin } from "./shape.ts";

/** Options of {@link openPluginHost}. */
export interface PluginHostOptions {
  /** Semver: what the `engines.polykind` of plugins is held against. */
  readonly hostVersion: string;
  readonly log: Log;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** From where paths and names of packages are looked up. Default: that of the process. */
  readonly cwd?: string;
  /** After so long a module that does not finish loading is given up. Default: 10,000. */
  readonly loadTimeoutMs?: number;
  /** How changes of files are seen. Default: as the system offers it. */
  readonly watchDirectory?: WatchDirectory;
}

/** Options of {@link PluginHost.add}. */
export interface AddOptions {
  /** Whether changes of its files are followed. Default: true. */
  readonly watch?: boolean;
}

/** What is told of plugins. `PluginHost.records` holds the new state already. */
export interface PluginNotices {
  /** A plugin is there, or another version of the plugin of this name took its place. */
  readonly loaded: LoadedPlugin;
  /** A plugin cannot be used. If one of the same name is loaded, that one stays as it is. */
  readonly rejected: RejectedPlugin;
  /** No plugin of this name is there any more. */
  readonly removed: LoadedPlugin;
}

/** Opens a host without plugins. */
export function openPluginHost(options: PluginHostOptions): PluginHost {
  return new PluginHost(options);
}

interface OpenSource {
  readonly path: string;
  readonly source: PluginSource;
  /** As it was given to `add`. */
  readonly given: string;
  /** The first scan. */
  readonly opened: Promise<void>;
  /** Closes it, apart from the host. */
  readonly close: () => Promise<void>;
}

/**
 * Finds, checks and loads plugins, and follows their files.
 *
 * *Guarantees.* One bad plugin stops no other. What a manifest refuses is never run. Of one name at most one plugin is loaded at a time. Once `close`
 * has resolved, no watch, timer, hook or load of this host is left; only the modules are, since Node lets go of none.
 *
 * *Assumptions.* Plugins run in this process: what a module does while it is imported cannot be undone, and a busy loop in it stops all.
 */
export class PluginHost implements AsyncDisposable {
  readonly #options: Required<PluginHostOptions>;
  readonly #scope = new Scope();
  readonly #notices: Notices<PluginNotices>;
  readonly #loader: ModuleLoader;
  /** By path, so that one source is there once by whatever name; the promise is that of its first scan. */
  readonly #sourceByPath = new Map<string, OpenSource>();
  readonly #inProcessByName = new Map<string, PluginRecord>();
  #inProcessCount = 0;
  #records: readonly PluginRecord[] = [];

  constructor({
    clock = systemClock,
    cwd = process.cwd(),
    loadTimeoutMs = 10_000,
    watchDirectory = watchSystemDirectory,
    ...options
  }: PluginHostOptions) {
    this.#options = { ...options, clock, cwd, loadTimeoutMs, watchDirectory };
    this.#notices = new Notices(({ notice, cause }) =>
      options.log.error("an observer of plugins failed", { notice, cause: messageOf(cause) }),
    );
    this.#loader = new ModuleLoader({ clock, cwd, timeoutMs: loadTimeoutMs });
    this.#scope.defer(() => this.#loader.close());
  }

  /** All plugins that were found, the loaded ones first. The array is replaced, never changed. */
  get records(): readonly PluginRecord[] {
    return this.#records;
  }

  get notices(): NoticeSource<PluginNotices> {
    return this.#notices;
  }

  /**
   * Adds what is at `source`: a directory of plugins (folders, `.ts`, `.mts`, `.js` and `.mjs` files), one folder or file, or an installed package
   * by its name. Adding it again takes in what `remove` took out, and nothing else.
   *
   * @returns what became of each plugin found there, rejected ones too.
   * @throws PolykindError `PLUGIN_NOT_FOUND` when there is no such source; `STOPPED` when the host is closed meanwhile.
   */
  async add(source: string, { watch = true }: AddOptions = {}): Promise<readonly PluginRecord[]> {
    this.#checkOpen();
    // One that is known may have gone away for now.
    const known = this.#known(source) ?? (await this.#find(source));
    if ("source" in known) {
      await known.opened;
      await known.source.readmit();
      return this.#recordsOf(known.source);
    }
    const { path } = known;
    const opened = this.#open(source, { ...known, watch });
    this.#sourceByPath.set(path, opened);
    try {
      await opened.opened;
    } catch (cause) {
      this.#sourceByPath.delete(path);
      await opened.close();
      throw cause;
    }
    return this.#recordsOf(opened.source);
  }

  /** Adds a plugin made in this process. One of the same name that was added so before is replaced. */
  addPlugin<T extends KubeObject>(plugin: Plugin<T>): PluginRecord {
    this.#checkOpen();
    const own = this.#describe(plugin);
    this.#inProcessByName.set(own.name, own);
    this.#publish();
    return this.#countedOf(own);
  }

  /**
   * Takes out a source, by what it was added as, or every plugin of a name. Whoever runs it may let it finalize on, as the manager does: its module stays in memory anyway.
   *
   * @throws PolykindError `PLUGIN_NOT_FOUND` when there is neither.
   */
  async remove(nameOrSource: string): Promise<void> {
    const known = this.#known(nameOrSource);
    if (known !== undefined) {
      this.#sourceByPath.delete(known.path);
      await known.close();
      this.#publish();
      return;
    }
    const excluded = Array.from(this.#sourceByPath.values(), ({ source }) => source.exclude(nameOrSource));
    const isInProcess = this.#inProcessByName.delete(nameOrSource);
    if (!isInProcess && !excluded.includes(true)) {
      throw new PolykindError(
        "PLUGIN_NOT_FOUND",
        `cannot remove plugin ${nameOrSource}: there is none of this name, and no such source was added`,
      );
    }
    this.#publish();
  }

  /** Ends it. Tells nothing: its plugins were not removed. */
  async close(): Promise<void> {
    await this.#scope.close(new PolykindError("STOPPED", "cannot load plugins: the plugin host is closed"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A source that was added, by what it was given as or by its path. */
  #known(nameOrPath: string): OpenSource | undefined {
    const path = resolve(this.#options.cwd, nameOrPath);
    return this.#sourceByPath.get(path) ?? this.#sourceByPath.values().find(({ given }) => given === nameOrPath);
  }

  /** One that is there, and may be known by another name. */
  async #find(source: string): Promise<OpenSource | FoundSource> {
    const found = await findSource(source, this.#options.cwd);
    this.#checkOpen();
    return this.#sourceByPath.get(found.path) ?? found;
  }

  #open(given: string, { watch, ...found }: FoundSource & Required<AddOptions>): OpenSource {
    const { clock, hostVersion, log, watchDirectory } = this.#options;
    const source = new PluginSource({
      ...found,
      ...(watch && { watch: watchDirectory }),
      source: given,
      loader: this.#loader,
      signal: this.#scope.signal,
      clock,
      hostVersion,
      log,
      onChange: () => this.#publish(),
      onFailedChange: (record) => this.#tellRejected(record),
    });
    const forget = this.#scope.defer(() => source.close());
    const close = (): Promise<void> => {
      forget();
      return source.close();
    };
    return { path: found.path, source, given, opened: source.open(), close };
  }

  #describe(plugin: Plugin): PluginRecord {
    const { clock, hostVersion } = this.#options;
    const digest = `in-process-${(this.#inProcessCount += 1)}`;
    const problems = problemsOfPlugin(plugin);
    const name = isFields(plugin) && typeof plugin.name === "string" ? plugin.name : "in-process";
    const facts = {
      name,
      version: problems.length > 0 ? "0.0.0" : (plugin.version ?? "0.0.0"),
      source: "in-process",
      loadedAt: clock.now(),
      digest,
    };
    try {
      if (problems.length > 0) throw refusal("PLUGIN_INVALID", name, problems.join("; "), { facts: { problems } });
      checkEngine(plugin.engines.polykind, name, hostVersion);
      return { ...facts, state: "loaded", plugin };
    } catch (error) {
      return { ...facts, state: "rejected", error: error as PolykindError }; // Only refusals are thrown above.
    }
  }

  #publish(): void {
    if (this.#scope.isClosed) return;
    const before = this.#records;
    const sources = Array.from(this.#sourceByPath.values(), ({ source }) => source.records);
    this.#records = arbitrate([...this.#inProcessByName.values(), ...sources.flat()]);
    const { removed, loaded, rejected } = changesBetween(before, this.#records);
    for (const record of removed) this.#tellRemoved(record);
    for (const record of loaded) this.#tellLoaded(record);
    for (const record of rejected) if (record.state === "rejected") this.#tellRejected(record);
  }

  #tellLoaded(record: LoadedPlugin): void {
    this.#options.log.info("plugin loaded", factsOf(record));
    this.#notices.tell("loaded", record);
  }

  #tellRemoved(record: LoadedPlugin): void {
    this.#options.log.info("plugin removed", factsOf(record));
    this.#notices.tell("removed", record);
  }

  #tellRejected(record: RejectedPlugin): void {
    this.#options.log.warn(record.error.message, { ...factsOf(record), code: record.error.code });
    this.#notices.tell("rejected", record);
  }

  #recordsOf(source: PluginSource): readonly PluginRecord[] {
    return source.records.map((record) => this.#countedOf(record));
  }

  /** The record as it counts beside the others. */
  #countedOf(record: PluginRecord): PluginRecord {
    const isSame = (other: PluginRecord): boolean =>
      other.name === record.name && other.file === record.file && other.digest === record.digest;
    return this.#records.find(isSame) ?? record;
  }

  #checkOpen(): void {
    if (this.#scope.isClosed) throw new PolykindError("STOPPED", "cannot add a plugin: the plugin host is closed");
  }
}

function factsOf({ name, version, source, file }: PluginRecord): Record<string, unknown> {
  return { plugin: name, version, source, ...(file !== undefined && { file }) };
}
