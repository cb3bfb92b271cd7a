import type { Client } from "@polykind/client";
import { type Clock, messageOf, Notices, type NoticeSource, PolykindError } from "@polykind/core";
import type { InformerPool } from "@polykind/informer";
import type { PluginHost } from "@polykind/plugin-host";
import type { Log, Metrics } from "@polykind/telemetry";
import { KindEvents } from "./events/kind-events.ts";
import type { Recorder, RecorderOptions } from "./events/recorder.ts";
import type { KindExplanation } from "./kind/explain.ts";
import type { Turn } from "./kind/explain-history.ts";
import type { Lookup } from "./kind/explain-lookup.ts";
import type { KindPhase, KindReport } from "./kind/report.ts";
import type { Kinds, KindsOptions, LeftBehind } from "./kinds.ts";
import { KindMeter } from "./metrics.ts";

/** What a manager tells observers. */
export interface ManagerNotices {
  /** These kinds are such now; these CRDs' kinds are no more. */
  readonly changed: { readonly kinds: readonly KindReport[]; readonly gone: readonly string[] };
}

/** A plugin as the manager knows it. */
export interface PluginReport {
  readonly name: string;
  readonly version: string;
  readonly source: string;
  /** `retiring`: it was removed, and finalizes on where objects carry its finalizer. */
  readonly state: "loaded" | "rejected" | "retiring";
  readonly error?: string;
}

/** What is known of the whole process. */
export interface ManagerReport {
  /** The API server's host and port. */
  readonly server: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly isReady: boolean;
  readonly kinds: number;
  readonly kindsByState: Readonly<Partial<Record<KindPhase, number>>>;
  /** Lives of CRDs seen. */
  readonly incarnations: number;
  /** Reconciles and finalizes that have ended, and those of them that failed. */
  readonly reconciles: number;
  readonly errors: number;
  readonly informers: number;
  readonly streams: number;
  readonly sessions: number;
  readonly series: number;
  readonly plugins: readonly PluginReport[];
}

/** What was left behind by a manager that has stopped; all 0 when nothing leaked. */
export interface Leaks {
  /** Reconciles and stops that did not end within their deadline. */
  readonly controllers: number;
  readonly informers: number;
  readonly streams: number;
  readonly slots: number;
  readonly series: number;
}

/** What a manager is made of; see `openManager`, which makes it. */
export interface ManagerParts {
  readonly client: Client;
  readonly informers: InformerPool;
  readonly plugins: PluginHost;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What writes Kubernetes events; absent where none are written. */
  readonly openRecorder?: (told: Pick<RecorderOptions, "onOutcome">) => Recorder;
  readonly openKinds: (told: Pick<KindsOptions, "onChange"> & { readonly onTurn: (turn: Turn) => void }) => Kinds;
}

/**
 * The manager: one process in which plugins run the kinds of one API server.
 *
 * Guarantees: what fails for one kind or plugin is told there and nowhere else; after {@link stop} has resolved, no controller, watch or series of it is left.
 */
export class Manager {
  readonly #parts: ManagerParts;
  readonly #kinds: Kinds;
  readonly #notices: Notices<ManagerNotices>;
  readonly #startedAt: number;
  readonly #seriesBefore: number;
  readonly #meter: KindMeter;
  readonly #ends: (() => void)[];
  readonly #recorder: Recorder | undefined;
  readonly #events: KindEvents | undefined;
  #isLeading = true;
  #isReady = false;
  #started: Promise<void> | undefined;
  #stopped: Promise<Leaks> | undefined;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
    this.#seriesBefore = parts.metrics.size;
    this.#notices = new Notices(({ notice, cause }) => parts.log.error("an observer failed", { notice, cause: messageOf(cause) }));
    this.#meter = new KindMeter(parts.metrics);
    this.#kinds = parts.openKinds({ onChange: (crds) => this.#tellSafely(crds), onTurn: (turn) => this.#meter.count(turn) });
    this.#recorder = parts.openRecorder?.({ onOutcome: (outcome, count) => this.#meter.countEvents(outcome, count) });
    this.#events = this.#recorder && new KindEvents(this.#recorder, (crd) => this.#kinds.explanationOf(crd));
    // A kind that a plugin wants is one although no CRD tells of it.
    this.#ends = (["loaded", "removed"] as const).map((notice) => parts.plugins.notices.on(notice, () => this.#measureAll()));
  }

  /** Told whenever kinds have changed, at most every 50 ms. */
  get notices(): NoticeSource<ManagerNotices> {
    return this.#notices;
  }

  /** Whether all CRDs have been seen once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The plugins; adding and removing them takes effect at once. */
  get plugins(): PluginHost {
    return this.#parts.plugins;
  }

  /**
   * Begins to follow CRDs, once: a second call joins the first. Resolves when all present ones have been seen and their controllers are starting.
   *
   * @throws what `signal` says; a server that cannot be reached is tried again until then.
   */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#stopped !== undefined) throw new PolykindError("STOPPED", "cannot start the manager: it was stopped; open another");
    await (this.#started ??= this.#start(signal));
  }

  /**
   * Says whether this process leads: without leadership no controller runs, and from the moment of the call on no write is sent. It leads until something else is said.
   */
  lead(isLeading: boolean): void {
    this.#isLeading = isLeading;
    this.#kinds.lead(isLeading);
  }

  /** All kinds now, by name. */
  kinds(): readonly KindReport[] {
    return this.#kinds.reports();
  }

  /**
   * Says of one kind since when it is where it is, what led there, what is awaited of whom, when it is tried again, and what was released at the end of its former lives.
   *
   * @param query the CRD's name, `kind.group`, `plural.group`, kind, plural, singular or short name; case does not matter.
   */
  explain(query: string): Lookup<KindExplanation> {
    return this.#kinds.explain(query);
  }

  /** The process now. */
  report(): ManagerReport {
    const { client, informers, metrics } = this.#parts;
    const kinds = this.#kinds.reports();
    const kindsByState: Partial<Record<KindPhase, number>> = {};
    for (const { state } of kinds) kindsByState[state] = (kindsByState[state] ?? 0) + 1;
    return {
      server: client.host,
      startedAt: new Date(this.#startedAt).toISOString(),
      isReady: this.#isReady,
      kinds: kinds.length,
      kindsByState,
      incarnations: this.#kinds.incarnations,
      ...this.#kinds.totals,
      informers: informers.open().size,
      ...client.openStreams(),
      series: metrics.size,
      plugins: this.#reportPlugins(),
    };
  }

  #reportPlugins(): readonly PluginReport[] {
    const there = this.#parts.plugins.records.map(({ name, version, source, state, error }) => ({
      name,
      version,
      source,
      state,
      ...(error !== undefined && { error: messageOf(error) }),
    }));
    return [...there, ...this.#kinds.retired.map(({ name, version, source }) => ({ name, version, source, state: "retiring" as const }))];
  }

  /**
   * Lets go at once of a plugin that does not manage some kinds any more and finalizes on there. Objects that carry its finalizer keep it: who deletes them waits until somebody
   * takes it off, or the plugin is put back.
   *
   * @returns where that was, and how many objects keep the finalizer.
   * @throws PolykindError `PLUGIN_NOT_FOUND` when no plugin of this name does so.
   */
  letGo(plugin: string): readonly LeftBehind[] {
    const left = this.#kinds.letGo(plugin);
    if (left.length > 0) return left;
    throw new PolykindError("PLUGIN_NOT_FOUND", `cannot let go of ${plugin}: no plugin of this name was removed and still finalizes`);
  }

  /** Drains and stops everything, once; resolves with what was left behind. */
  stop(): Promise<Leaks> {
    return (this.#stopped ??= this.#stop());
  }

  async #start(signal: AbortSignal): Promise<void> {
    await this.#kinds.start(signal);
    this.#isReady = true;
    this.#measureAll();
  }

  async #stop(): Promise<Leaks> {
    this.#isReady = false;
    for (const end of this.#ends) end();
    await this.#recorder?.stop();
    await this.#kinds.stop();
    this.#meter.close();
    const { informers, client, metrics } = this.#parts;
    return {
      controllers: this.#kinds.leaked,
      informers: informers.open().size,
      streams: client.openStreams().streams,
      slots: this.#kinds.size,
      series: metrics.size - this.#seriesBefore,
    };
  }

  #measureAll(): void {
    this.#meter.take(this.kinds().filter(({ crd }) => crd !== ""));
    this.#measure();
  }

  /** What a plugin wants that no CRD serves, and what leaked, is looked at anew; of the kinds what was taken of them. */
  #measure(): void {
    this.#meter.tell({ wanted: this.#kinds.wanted, leaked: this.#kinds.leaked });
  }

  /** A timer calls it: what were thrown here would end the process. */
  #tellSafely(crds: ReadonlySet<string>): void {
    try {
      this.#tell(crds);
    } catch (cause) {
      this.#parts.log.error("cannot tell of kinds that have changed", { cause: messageOf(cause), error: cause });
    }
  }

  /** Looks at the kinds that have changed only: one that changes all the time must not take time from the others. */
  #tell(crds: ReadonlySet<string>): void {
    const kinds = this.#kinds.reportsOf(crds);
    const present = new Set(kinds.map(({ crd }) => crd));
    const gone = [...crds].filter((crd) => !present.has(crd));
    this.#meter.take(this.#kinds.reportsOf([...this.#meter.retiring].filter((crd) => !crds.has(crd))));
    this.#meter.take(kinds, gone);
    this.#measure();
    // Who leads tells of the kinds.
    if (this.#isLeading) this.#events?.look(kinds);
    this.#events?.lose(gone);
    this.#notices.tell("changed", { kinds, gone });
  }
}

/** The number of things left behind. */
export function leakCount(leaks: Leaks): number {
  return Object.values(leaks).reduce((sum: number, count: number) => sum + Math.max(0, count), 0);
}
