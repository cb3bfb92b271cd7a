import { dirname } from "node:path";
import { messageOf, type Timer } from "@polykind/core";
import type { Log } from "@polykind/telemetry";
import type { Candidate, Discovery } from "./candidate.ts";
import { DirectoryWatches, type WatchDirectory } from "./directory-watch.ts";
import { isUnchanged } from "./file-state.ts";
import { type LoadDeps, loadPlugin, type Outcome } from "./load-plugin.ts";
import type { PluginRecord, RejectedPlugin } from "./record.ts";

/** Options of {@link PluginSource}. */
export interface PluginSourceOptions extends LoadDeps {
  readonly log: Log;
  /** Where it lies, absolute: what is watched besides the plugins' own files. */
  readonly path: string;
  /** Looks for the plugins that are there now; `undefined` when the source itself is not. */
  readonly find: () => Promise<Discovery | undefined>;
  /** Absent: what was found once stays. */
  readonly watch?: WatchDirectory;
  /** Something of {@link PluginSource.records} is new. */
  readonly onChange: () => void;
  /** A plugin that runs was changed into one that cannot be loaded: the one that runs stays. */
  readonly onFailedChange: (record: RejectedPlugin) => void;
}

/** Changes that come together are looked at together: this long after the last one, and at the latest so long after the first. */
const QUIET_MS = 100;
const LONGEST_WAIT_MS = 1000;

/** Bad news of a change, a file that is gone or does not load, must stay true this long: it may be half written. */
const SETTLE_MS = 300;

/** How often a source that has gone away is looked for: nothing in it can be watched. */
const ABSENT_POLL_MS = 1000;

/** One plugin of the source, by the path where it was found. */
interface Entry {
  /** What the source tells of it: the last that loaded, or the refusal of one that never did. Absent until the first news is settled. */
  told?: Outcome;
  /** The last that was looked at, with what it was by its form then. */
  latest: Outcome;
  form: string;
  /** Since when there is a refusal that was not told. */
  refusedAt?: number;
  /** Since when it is not there. */
  missingAt?: number;
}

/**
 * The plugins of one source: found, loaded, and looked at again when their files change.
 *
 * *Guarantees.* A file that is not changed is not loaded again. Content that was loaded before, and is there again, is the same module again. A change
 * that cannot be loaded changes nothing but is told, once it is no longer being written. One plugin's failure is no other's.
 *
 * *Kept.* Every distinct content that was loaded stays in memory until the process ends, since Node lets go of no module.
 */
export class PluginSource {
  readonly #options: PluginSourceOptions;
  readonly #entryByPath = new Map<string, Entry>();
  readonly #loadedByForm = new Map<string, readonly Outcome[]>();
  readonly #excluded = new Set<string>();
  readonly #watches: DirectoryWatches | undefined;
  /** What the source was when it could be looked at last. `undefined`: it was not there. */
  #found: Discovery | undefined;
  #timer: Timer | undefined;
  #waitsSince: number | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Scans run one after another. */
  #tail: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: PluginSourceOptions) {
    this.#options = options;
    const observer = {
      changed: () => this.#wait(QUIET_MS),
      failed: (cause: unknown) => this.#warn("cannot watch for changes of plugins", cause),
    };
    this.#watches = options.watch === undefined ? undefined : new DirectoryWatches(options.watch, observer);
  }

  /** What became of each plugin, in the order of their paths. */
  get records(): readonly PluginRecord[] {
    const told = Array.from(this.#entryByPath).flatMap(([path, { told }]) => (told === undefined ? [] : [{ path, record: told.record }]));
    return told.toSorted((a, b) => Number(a.path > b.path) - Number(a.path < b.path)).map(({ record }) => record);
  }

  /** Looks for the first time: all that is found is told, without waiting for it to settle. Rejects with the signal's reason. */
  async open(): Promise<void> {
    await this.#enqueue(async () => {
      await this.#watches?.want([this.#options.path]);
      await this.#scan({ settleMs: 0 });
    });
  }

  /** Takes plugins of this name out until `readmit`. @returns whether there was one. */
  exclude(name: string): boolean {
    const paths = Array.from(this.#entryByPath).filter(([, { told }]) => told?.record.name === name);
    for (const [path] of paths) {
      this.#excluded.add(path);
      this.#entryByPath.delete(path);
    }
    return paths.length > 0;
  }

  /** Takes in again what was excluded. Resolves when that, and whatever was being looked at, has been told. */
  async readmit(): Promise<void> {
    if (this.#excluded.size === 0) return this.#tail;
    this.#excluded.clear();
    await this.#enqueue(() => this.#scan({ settleMs: 0 }));
  }

  /** Ends it: no watch, timer or scan is left when this has resolved. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watches?.close();
    await this.#tail;
  }

  #enqueue(scan: () => Promise<void>): Promise<void> {
    const run = this.#tail.then(scan);
    this.#tail = run.catch(() => undefined);
    return run;
  }

  /** Looks again after so long, or sooner when it waits for long already. */
  #wait(afterMs: number): void {
    const { clock } = this.#options;
    if (this.#isClosed) return;
    this.#waitsSince ??= clock.elapsed();
    this.#dueAt = Math.min(clock.elapsed() + afterMs, this.#waitsSince + LONGEST_WAIT_MS);
    this.#timer?.cancel();
    this.#timer = clock.setTimer(this.#dueAt - clock.elapsed(), () => {
      this.#waitsSince = undefined;
      this.#dueAt = Number.POSITIVE_INFINITY;
      const scan = this.#enqueue(() => this.#scan({ settleMs: SETTLE_MS }));
      scan.catch((cause: unknown) => this.#warn("cannot look for changes of plugins", cause));
    });
  }

  async #scan(options: { readonly settleMs: number }): Promise<void> {
    try {
      await this.#lookAll(options);
    } finally {
      // What could not be looked at is tried again when something changes there.
      await this.#watchAgain();
    }
  }

  async #lookAll({ settleMs }: { readonly settleMs: number }): Promise<void> {
    this.#found = await this.#options.find();
    const candidates = (this.#found?.candidates ?? []).filter(({ path }) => !this.#excluded.has(path));
    const present = new Set(candidates.map(({ path }) => path));
    const news = await Promise.all(candidates.map((candidate) => this.#look(candidate, settleMs)));
    const losses = Array.from(this.#entryByPath)
      .filter(([path]) => !present.has(path))
      .map(([path, entry]) => this.#lose(path, entry, settleMs));
    if (!this.#isClosed && [...news, ...losses].includes(true)) this.#options.onChange();
  }

  /** @returns whether there is something new to be told. */
  async #look(candidate: Candidate, settleMs: number): Promise<boolean> {
    const entry = this.#entryByPath.get(candidate.path);
    const form = formOf(candidate);
    if (entry !== undefined && entry.form === form && (await isUnchanged(entry.latest.files))) {
      delete entry.missingAt;
      return this.#settle(entry, settleMs);
    }
    const latest = (await this.#loadedBefore(form)) ?? (await loadPlugin(candidate, this.#options));
    if (this.#isClosed || this.#excluded.has(candidate.path)) return false;
    const next: Entry = { ...(entry?.told !== undefined && { told: entry.told }), latest, form };
    this.#entryByPath.set(candidate.path, next);
    if (latest.record.state === "rejected") {
      next.refusedAt = this.#options.clock.elapsed();
      return this.#settle(next, settleMs);
    }
    this.#keep(form, latest);
    // A change that was taken back is none.
    if (next.told?.record.state === "loaded" && next.told.record.digest === latest.record.digest) return false;
    next.told = latest;
    return true;
  }

  /** Tells bad news that stayed true for long enough. */
  #settle(entry: Entry, settleMs: number): boolean {
    const { refusedAt, latest, told } = entry;
    if (refusedAt === undefined || this.#options.clock.elapsed() - refusedAt < settleMs) return false;
    delete entry.refusedAt;
    if (told?.record.state === "loaded" && latest.record.state === "rejected") {
      this.#options.onFailedChange(latest.record);
      return false;
    }
    entry.told = latest;
    return true;
  }

  #lose(path: string, entry: Entry, settleMs: number): boolean {
    const now = this.#options.clock.elapsed();
    entry.missingAt ??= now;
    if (now - entry.missingAt < settleMs) return false;
    this.#entryByPath.delete(path);
    return entry.told !== undefined;
  }

  async #loadedBefore(form: string): Promise<Outcome | undefined> {
    for (const outcome of this.#loadedByForm.get(form) ?? []) {
      if (await isUnchanged(outcome.files)) return { ...outcome, record: { ...outcome.record, loadedAt: this.#options.clock.now() } };
    }
    return undefined;
  }

  #keep(form: string, outcome: Outcome): void {
    const kept = this.#loadedByForm.get(form) ?? [];
    this.#loadedByForm.set(form, [...kept.filter(({ record }) => record.digest !== outcome.record.digest), outcome]);
  }

  async #watchAgain(): Promise<void> {
    if (this.#watches === undefined || this.#isClosed) return;
    const entries = [...this.#entryByPath.values()];
    const files = entries.flatMap(({ told, latest }) => [...(told?.files.keys() ?? []), ...latest.files.keys()]);
    const directories = new Set([this.#options.path, ...(this.#found?.folders ?? []), ...files.map((file) => dirname(file))]);
    const isNew = await this.#watches.want(directories);
    // What changed before a watch began was not seen.
    const waits = [
      ...(isNew ? [QUIET_MS] : []),
      ...(this.#found === undefined ? [ABSENT_POLL_MS] : []),
      ...entries.map((entry) => this.#unsettledForMs(entry)),
    ];
    const nextMs = Math.min(...waits);
    if (this.#options.clock.elapsed() + nextMs < this.#dueAt) this.#wait(nextMs);
  }

  /** In how many milliseconds its bad news will have stayed true for long enough. */
  #unsettledForMs({ refusedAt, missingAt }: Entry): number {
    const since = Math.min(refusedAt ?? Number.POSITIVE_INFINITY, missingAt ?? Number.POSITIVE_INFINITY);
    return Math.max(0, since + SETTLE_MS - this.#options.clock.elapsed());
  }

  #warn(message: string, cause: unknown): void {
    if (!this.#isClosed) this.#options.log.warn(message, { source: this.#options.source, cause: messageOf(cause) });
  }
}

/** What of a candidate is not in its files: where its links lead, and why it is refused. */
function formOf({ form }: Candidate): string {
  return form.type === "refused" ? form.error.message : JSON.stringify(form);
}
