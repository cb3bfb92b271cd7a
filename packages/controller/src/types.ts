import type { Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import type { Clock, NoticeSource, Random } from "@polykind/core";
import type { Informer, InformerPool } from "@polykind/informer";
import type { Plugin, SchemaChange, StopReason } from "@polykind/plugin";
import type { Log, Metrics } from "@polykind/telemetry";

/** A kind besides the managed one, as a plugin's `watches` names it. */
export interface RelatedKind {
  readonly group: string;
  readonly kind: string;
  readonly version?: string;
}

/** What serves a {@link RelatedKind}. */
export interface RelatedResource {
  readonly resource: Resource;
  /** The uid of the CRD that serves it; absent for built-in kinds. */
  readonly incarnation?: string;
}

/** What the controller of one kind is made of. */
export interface ControllerOptions {
  readonly plugin: Plugin;
  /** The managed kind, in the version to watch. */
  readonly resource: Resource;
  /** The uid of the CRD. */
  readonly incarnation: string;
  /** Which start of its slot this is. */
  readonly epoch: number;
  readonly informers: InformerPool;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Finds what serves a watched kind. Default: `client.resourceFor`, without an incarnation. */
  readonly related?: (kind: RelatedKind) => Promise<RelatedResource>;
  /** At a stop, how long a hook may go on before that is told, in milliseconds; half of `abortMs` at most. Default: 10,000. */
  readonly drainMs?: number;
  /**
   * At a stop, how long the plugin may take in all, in milliseconds: half of it for the hooks under way, what is left for `onStop` and what was deferred. What goes on longer
   * counts as leaked. Default: 20,000, so that a process has ended within the 30 s that Kubernetes gives it.
   */
  readonly abortMs?: number;
  /** How long the first lists may fail before the start is given up, in milliseconds. Default: 30,000. */
  readonly syncMs?: number;
  /** Whether it begins as one that was told to {@link Controller.retire}. Default: no. */
  readonly isRetiring?: boolean;
  /** Whether this process may write now, asked before each write. Default: it may. */
  readonly canWrite?: () => boolean;
}

/** How a run ended. */
export type RunResult = "success" | "requeue" | "error" | "terminal";

/** What a controller knows of itself. */
export interface ControllerFacts {
  /** Objects in the cache. */
  readonly objects: number;
  /** Keys that want work now. */
  readonly queueDepth: number;
  /** Keys that wait for their time: retries and requeues. */
  readonly delayed: number;
  /** Hooks of the plugin that have begun and not ended. */
  readonly inFlight: number;
  /** Runs of `reconcile` and `finalize` that have ended. */
  readonly reconciles: number;
  /** Those of them that failed. */
  readonly errors: number;
  /** Runs that went on after their time was over and were told to end. */
  readonly abandoned: number;
  /** Cached objects that carry the plugin's finalizer. */
  readonly finalizersHeld: number;
  /** Keys of a few of them. */
  readonly carriers: readonly string[];
  readonly isTerminating: boolean;
  /** Whether it only finalizes. */
  readonly isRetiring: boolean;
  /** Unix milliseconds. */
  readonly lastReconcileAt?: number;
  /** `at`: Unix milliseconds. */
  readonly lastError?: { readonly at: number; readonly message: string; readonly key: string };
  /** The line that the plugin has for people. */
  readonly note?: string;
}

/** What a controller tells observers. */
export interface ControllerNotices {
  /** A run of `reconcile` or `finalize` has ended. */
  readonly reconciled: { readonly key: string; readonly result: RunResult; readonly durationMs: number };
  /** A write has succeeded. */
  readonly written: { readonly verb: string; readonly kind: string; readonly key: string };
  /** It retires, and no object carries its finalizer any more. */
  readonly vacated: object;
  /** The plugin asks to be set up anew, because of a change of the schema. */
  readonly outgrown: object;
}

/** What runs one kind. */
export interface Controller {
  readonly facts: ControllerFacts;
  readonly notices: NoticeSource<ControllerNotices>;
  /** Of the managed kind. */
  readonly informer: Informer;
  /**
   * The CRD is being deleted: creates of objects of the managed kind are refused here from now on, `onTerminating` is called, finalizers go on. Once.
   */
  setTerminating(): void;
  /**
   * The plugin was removed: from here on no run begins for an object that is not being deleted, and no finalizer is added; objects that are being deleted are finalized.
   * `vacated` is told as soon as no object carries the finalizer, again whenever this is called. A plugin without `finalize` has its finalizer taken off all objects.
   */
  retire(): void;
  /** The plugin is back: all objects are reconciled. Without effect unless it retires. */
  resume(): void;
  /** What the CRD says of the watched version has changed: `onSchemaChange` is called, and `outgrown` is told if the plugin then wants to be set up anew. */
  changeSchema(change: SchemaChange): void;
  /**
   * Stops, once; later calls join the first. Once it has resolved, no run starts, no write is sent, and nothing is held: no lease, no timer, no series.
   *
   * @returns `leaked`: hooks of the plugin that did not end in time. Each call that they make is rejected with `FENCED`. Never rejects.
   */
  stop(reason: StopReason): Promise<{ readonly leaked: number }>;
}
