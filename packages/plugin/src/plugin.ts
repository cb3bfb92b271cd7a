import type { KubeObject, ObjectName, Resource, ResourceScope } from "@polykind/apimachinery";
import type { PluginClient, Reader } from "./client.ts";

/** One kind that a plugin manages. */
export interface ManagedKind {
  readonly group: string;
  readonly kind: string;
  /**
   * The versions it can work with: exact names, or bounds in Kubernetes' order such as `>=v1beta1`. One must hold. Default: all.
   */
  readonly versions?: readonly string[];
  /** Only when the CRD has this scope. Default: either. */
  readonly resourceScope?: ResourceScope;
}

/** Many kinds at once: every CRD that this selects, so that one generic plugin can serve them all. */
export interface ManagedKinds {
  readonly selector: {
    /** A group, or a pattern in which `*` stands for any text. Default: `*`. */
    readonly group?: string;
    /** A kind, or a pattern as above. Default: `*`. */
    readonly kind?: string;
    /** Labels that the CRD must carry. */
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly versions?: readonly string[];
  readonly resourceScope?: ResourceScope;
}

/** Another kind whose changes cause reconciles. */
export interface WatchedKind {
  readonly group: string;
  readonly kind: string;
  /** Default: the one that the server prefers. */
  readonly version?: string;
  /**
   * Whom a changed object concerns. Called with the old and with the new object, so that a dropped reference wakes its former target.
   * Default: its controlling owner, if that is of the managed kind.
   */
  readonly map?: (object: KubeObject) => readonly ObjectName[];
}

/** When to come again. `undefined`: at the next change. */
export interface Result {
  /** In milliseconds, counted from the end of the run, at least 0; 0: at once, behind what waits already. What is negative fails the run, as `NaN` does. */
  readonly requeueAfterMs?: number;
}

/** Why a reconcile runs: one of the changes merged into it. */
export type Cause =
  | { readonly type: "start" | "added" | "changed" | "deleted" | "requeue" | "retry" }
  | { readonly type: "related"; readonly group: string; readonly kind: string; readonly key: string };

/**
 * Why a controller stops. `Disabled`: a person has switched the kind off. `NotSelected`: its CRD is none of this process's any more. In both cases, as with `NotLeader`, objects
 * keep the plugin's finalizer.
 */
export type StopReason =
  | "CRDGone"
  | "Replaced"
  | "Switched"
  | "Unbound"
  | "Quarantine"
  | "Shutdown"
  | "NotLeader"
  | "Disabled"
  | "NotSelected";

/** Writes log lines under the plugin's name. Fields are facts, never secrets. */
export interface PluginLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Measures, removed with the controller. Names are prefixed `polykind_plugin_<plugin>_`; `group` and `kind` labels are added. */
export interface PluginMetrics {
  /** Sets a gauge. A series is one combination of labels. */
  set(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  /** Adds to a counter. */
  add(name: string, by?: number, labels?: Readonly<Record<string, string>>): void;
  /** Removes all series of `name`. */
  clear(name: string): void;
}

/** What a plugin has at hand, in `setup` as in each run. Its functions may be taken out of it: `{ client, now }`. */
export interface PluginContext<T extends KubeObject = KubeObject> {
  /** The managed kind, in the version that is watched. */
  readonly kind: Resource;
  /** The life of the CRD that this controller belongs to: its uid. Not for names of finalizers: those outlive it. */
  readonly incarnation: string;
  /** The cached objects of the managed kind. */
  readonly objects: Reader<T>;
  /** The cached objects of a kind declared in `watches`. */
  readonly related: <R extends KubeObject = KubeObject>(kind: { readonly group: string; readonly kind: string }) => Reader<R>;
  readonly client: PluginClient;
  readonly log: PluginLog;
  readonly metrics: PluginMetrics;
  /** One line about this kind for people, shown by `polykind get kinds -o wide`. The last one counts. */
  readonly note: (text: string) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Aborts when the controller stops; in a run, also when the run takes too long. */
  readonly signal: AbortSignal;
}

/** What `setup` gets besides. */
export interface SetupContext<T extends KubeObject = KubeObject> extends PluginContext<T> {
  /** Runs `end` when the controller stops, last deferred first, each with a time of its own; at once if the controller has stopped already. */
  readonly defer: (end: () => unknown) => void;
}

/** What a run gets besides. */
export interface ReconcileContext<T extends KubeObject = KubeObject> extends PluginContext<T> {
  /** What was merged into this run. */
  readonly why: readonly Cause[];
}

/**
 * A part of what a CRD says of one version.
 *
 * - `schema`: anything in the schema, descriptions too.
 * - `bodies`: what the schema fills in or leaves out, so that objects may read otherwise than before.
 * - `subresources`: whether there are `status` and `scale`.
 * - `selectableFields`: by which fields objects may be selected.
 */
export type SchemaPart = "schema" | "bodies" | "subresources" | "selectableFields";

/** What has changed of the version that is watched. */
export interface SchemaChange {
  readonly parts: readonly SchemaPart[];
}

/** What runs one kind. Made by `setup`, once for each start of a kind's controller; its hooks are taken when `setup` returns, and each must be a function. */
export interface Reconciler<T extends KubeObject = KubeObject> {
  /**
   * Makes the world such as `object` wishes. Called at least once after each change; never twice at once for one object. A throw is retried with
   * growing delay, unless it is a {@link TerminalError}.
   */
  reconcile(object: T, context: ReconcileContext<T>): Promise<Result | undefined>;
  /**
   * Undoes what `reconcile` did outside of what Kubernetes collects by itself. Having it puts a finalizer on every object, before the
   * first `reconcile`; the object goes when this has returned `undefined`. It is called on when the plugin is removed, until no object
   * carries the finalizer; `reconcile` is not.
   */
  finalize?(object: T, context: ReconcileContext<T>): Promise<Result | undefined>;
  /** An object is gone, and no `finalize` was or will be called for it. For what is counted or cached by name. */
  forget?(name: ObjectName, context: PluginContext<T>): void;
  /** The CRD is being deleted: creates are refused from now on; finalizers are still served. */
  onTerminating?(context: PluginContext<T>): Promise<void>;
  /**
   * What the CRD says of the watched version has changed since the set-up, or since the last call. The controller runs on. Objects that may read otherwise now are read again, perhaps later than this is called. `"rebuild"`: the plugin
   * is to be set up anew, for which this controller is stopped (`Switched`). Anything else, a throw too: it is not. One call at a time, of ten seconds at most.
   */
  onSchemaChange?(change: SchemaChange, context: PluginContext<T>): Promise<"rebuild" | undefined>;
  /** The controller has stopped: no run is in flight but those that do not end. Ten seconds at most, less where runs took long. Called when `setup` returns after the stop, too. */
  onStop?(reason: StopReason, left: { readonly remainingObjects: number }): Promise<void>;
}

/** A plugin: what a module exports by default. */
export interface Plugin<T extends KubeObject = KubeObject> {
  /** Lower case, digits and dashes. Names the field manager, the finalizer and the metrics: stable for ever. */
  readonly name: string;
  /** Semver. Default: that of the package it came in, else 0.0.0. */
  readonly version?: string;
  /** The hosts that it runs on, as a semver range. */
  readonly engines: { readonly polykind: string };
  readonly manages: ManagedKind | ManagedKinds | readonly (ManagedKind | ManagedKinds)[];
  /** Other kinds whose objects it reads or owns. */
  readonly watches?: readonly WatchedKind[];
  /**
   * Whether it runs beside whatever else manages a kind. Of those that do not say so at most one runs a kind: where two want it, none starts. Default: false.
   */
  readonly shared?: boolean;
  /** Default: `<name>.polykind.dev/finalizer`. Must hold a slash; must not hold a uid: objects outlive controllers. */
  readonly finalizer?: string;
  /** Runs at once, for different objects: 1 to 1,000. Default: 4. */
  readonly workers?: number;
  /** After so long a run's `signal` aborts. Default: 60,000. */
  readonly reconcileTimeoutMs?: number;
  /** Called once for each start of a kind's controller, when its caches hold what is there. A minute at most; one of more than ten seconds is logged. */
  setup(context: SetupContext<T>): Reconciler<T> | Promise<Reconciler<T>>;
}

/**
 * Types a plugin; it returns what it is given. Nothing is registered: what counts is the default export.
 */
export function definePlugin<T extends KubeObject = KubeObject>(plugin: Plugin<T>): Plugin<T> {
  return plugin;
}

const TERMINAL = Symbol.for("polykind.terminal-error");

/** Thrown by `reconcile` or `finalize` when trying again makes no sense before the object changes. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    Object.defineProperty(this, TERMINAL, { value: true });
  }
}

/** Whether `thrown` is a {@link TerminalError}, from this or another copy of the package. Never throws, whatever was thrown. */
export function isTerminalError(thrown: unknown): thrown is TerminalError {
  try {
    return typeof thrown === "object" && thrown !== null && TERMINAL in thrown;
  } catch {
    return false; // A proxy may refuse to be asked.
  }
}

/** The finalizer that a plugin puts on objects: stable for ever. */
export function finalizerOf({ name, finalizer }: Pick<Plugin, "name" | "finalizer">): string {
  return finalizer ?? `${name}.polykind.dev/finalizer`;
}
