import type { CrdDescriptor } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import type { SchemaPart, StopReason } from "@polykind/plugin";
import type { ChangeClass } from "./change.ts";
import type { CrdSelector } from "./exclusion.ts";
import type { Shape } from "./shape.ts";

/** A plugin that manages a kind, in the form in which the life of the kind depends on it. */
export interface Binding {
  /** By what the kind knows it, see `pluginKeyOf`; the same wherever a `plugin` is named here. */
  readonly plugin: string;
  /** Of the plugin's code: another digest is another program. */
  readonly digest: string;
  /** The best served version that the plugin can work with. */
  readonly version: string;
}

/** Which plugins manage a kind. */
export type Verdict =
  | { readonly type: "none" }
  /** `conflict` and `incompatible`: why other plugins that want the kind are not among the bindings. */
  | { readonly type: "bound"; readonly bindings: readonly Binding[]; readonly conflict?: string; readonly incompatible?: string }
  | { readonly type: "conflict" | "incompatible"; readonly message: string };

/** What a run is of: one plugin on one incarnation of a kind, in one version. */
export interface Target extends Binding {
  readonly uid: string;
  /** How often the plugin has asked to be set up anew on this version of this incarnation. Default: 0. */
  readonly renewal?: number;
}

/**
 * One plugin's controller on this kind, from the wish to start it until it is gone. `epoch` is its own: no other run ever has it. `isRetiring`: what it was told last, that
 * it only finalizes or that it serves in full. `shape`: what of its version it was set up for, or was told last.
 */
export type Run =
  | {
      readonly phase: "starting";
      readonly target: Target;
      readonly epoch: number;
      readonly attempt: number;
      readonly isRetiring: boolean;
      readonly shape: Shape | undefined;
    }
  | {
      readonly phase: "running";
      readonly target: Target;
      readonly epoch: number;
      readonly isDraining: boolean;
      readonly isRetiring: boolean;
      readonly shape: Shape | undefined;
      /** Its plugin has asked to be set up anew. */
      readonly isOutgrown: boolean;
      /** Present while it is to be replaced. It serves on meanwhile. */
      readonly successor?: ComingSuccessor;
    }
  | {
      readonly phase: "stopping";
      readonly target: Target;
      readonly epoch: number;
      readonly reason: StopReason;
      /** Starts when this has stopped; until then it only holds its cache. Always what is wished for. */
      readonly successor?: ReadySuccessor;
    }
  /** It could not start. Nothing of it is left but the wish; it is tried again when its time has come, or when what it is of changes. */
  | { readonly phase: "cooling"; readonly target: Target; readonly epoch: number; readonly attempt: number; readonly error: PolykindError };

/** What is to take the place of a running run: it fills its cache beside it, and tells no handler of anything before the other has stopped. */
export type ComingSuccessor =
  | { readonly phase: "warming"; readonly target: Target; readonly epoch: number; readonly attempt: number }
  /** Its cache could not be filled; nothing of it is left but the wish. */
  | { readonly phase: "cooling"; readonly target: Target; readonly epoch: number; readonly attempt: number; readonly error: PolykindError };

/** A successor whose cache holds what is there. */
export interface ReadySuccessor {
  readonly target: Target;
  readonly epoch: number;
}

/**
 * What a slot waits for, one timer each: `forgive` a former life; `hold` what flaps; `quiet` after a replacement, so that a burst of edits is one; `blocked`, how long a
 * deletion may take before who holds it is looked for.
 */
export type SlotTimer = "forgive" | "hold" | "quiet" | "blocked";

/** `finalize`: it finalizes on until none does. `letGo`: its controller ends at once, and the objects keep its finalizer. */
export type Unbinding = "finalize" | "letGo";

/** The life of one kind: a slot, named by its CRD. Everything that decides what should run, and what does. */
export interface KindState {
  /** The CRD as seen last; `undefined` when there is none. */
  readonly crd: CrdDescriptor | undefined;
  /** The last life that is known to be over: whatever is still told of it comes late. */
  readonly endedUid: string | undefined;
  /** The life that the server is being asked about, because it did not serve it. It may be over meanwhile. */
  readonly confirming: string | undefined;
  readonly verdict: Verdict;
  /**
   * By plugin, as they came up in this life: their finalizers may stand on objects. One that is not bound any more finalizes on, until no object carries its finalizer or it is
   * let go of by force.
   */
  readonly owing: ReadonlyMap<string, Binding>;
  /** What becomes of a plugin that is not bound any more while objects carry its finalizer. */
  readonly unbinding: Unbinding;
  /** Which CRDs this process deals with; `undefined`: all. Nothing runs of any other, nor is anything asked of the server for it. */
  readonly selector: CrdSelector | undefined;
  /** By plugin. There is at most one run of a plugin, so two epochs never serve one plugin at once. */
  readonly runs: ReadonlyMap<string, Run>;
  /** The last one given out. Grows, never returns. */
  readonly epoch: number;
  /** How many lives of the CRD were seen. */
  readonly incarnations: number;
  /** Lives that have ended and are not forgiven yet. */
  readonly flaps: number;
  /** So many lives may end within five minutes; whatever comes after them is held. */
  readonly livesAllowed: number;
  /** Edits since the last replacement that came too soon after it. */
  readonly edits: number;
  /** The deletion of the CRD takes longer than it should. */
  readonly isBlocked: boolean;
  /** The timers that are set, with the number by which each is known. */
  readonly waits: ReadonlyMap<SlotTimer, number>;
  /** The last number of a timer. Grows, never returns. */
  readonly serial: number;
  /** Whether this process may run anything. */
  readonly isLeading: boolean;
  readonly isShuttingDown: boolean;
}

/** What can happen to a run. What comes from an old epoch is dropped. */
export type RunInput =
  | { readonly type: "started"; readonly plugin: string; readonly epoch: number }
  | { readonly type: "warmed"; readonly plugin: string; readonly epoch: number }
  | { readonly type: "failed"; readonly plugin: string; readonly epoch: number; readonly error: PolykindError }
  | { readonly type: "stopped"; readonly plugin: string; readonly epoch: number }
  | { readonly type: "cooled"; readonly plugin: string; readonly epoch: number }
  /** It only finalizes, and no object carries its finalizer any more. */
  | { readonly type: "vacated"; readonly plugin: string; readonly epoch: number }
  /** Its plugin wants to be set up anew, because of a change of the schema. */
  | { readonly type: "outgrown"; readonly plugin: string; readonly epoch: number }
  /** A kind that this run stands on was replaced or has gone. */
  | { readonly type: "uprooted"; readonly plugin: string; readonly epoch: number }
  /** The server answered that there is no such collection. */
  | { readonly type: "notServed"; readonly plugin: string; readonly epoch: number };

/** What can happen to a kind. */
export type Input =
  | { readonly type: "observed"; readonly crd: CrdDescriptor; readonly verdict: Verdict }
  /** The CRD of this uid is no more. */
  | { readonly type: "gone"; readonly uid: string }
  /** What the server said when it was asked for the CRD itself. `unknown`: it gave no answer. */
  | { readonly type: "confirmed"; readonly uid: string; readonly is: "there" | "absent" | "unknown" }
  /** Plugins came or went. */
  | { readonly type: "judged"; readonly verdict: Verdict }
  /** This plugin, which is not bound any more, is not to finalize on, whatever carries its finalizer. */
  | { readonly type: "letGo"; readonly plugin: string }
  | { readonly type: "led"; readonly isLeading: boolean }
  | { readonly type: "waited"; readonly timer: SlotTimer; readonly serial: number }
  | { readonly type: "shutdown" }
  | RunInput;

/** What the supervisor is to do. Results come back as inputs with the same epoch. */
export type Effect =
  /** Answered by `started`, `failed`, or, when a `stop` came between, `stopped`. `isRetiring`: it only finalizes, as after `retire`. */
  | { readonly type: "start"; readonly target: Target; readonly epoch: number; readonly isRetiring: boolean }
  /** Answered by `stopped`, always. */
  | { readonly type: "stop"; readonly plugin: string; readonly epoch: number; readonly reason: StopReason }
  /** The CRD is Terminating: creates are refused, finalizers are served. */
  | { readonly type: "drain"; readonly plugin: string; readonly epoch: number }
  /** The plugin is not bound any more: it only finalizes. Answered by `vacated` when no object carries its finalizer, unless a `resume` or `stop` comes between. */
  | { readonly type: "retire"; readonly plugin: string; readonly epoch: number }
  /** The plugin is bound again: it serves in full. */
  | { readonly type: "resume"; readonly plugin: string; readonly epoch: number }
  /** What the CRD says of the watched version has changed. May be answered by `outgrown`. */
  | { readonly type: "reshape"; readonly plugin: string; readonly epoch: number; readonly parts: readonly SchemaPart[] }
  /** Answered by `cooled` after `forMs`. */
  | { readonly type: "cool"; readonly plugin: string; readonly epoch: number; readonly forMs: number }
  /** Fill a cache that a later `start` of the same epoch finds filled. Answered by `warmed` or `failed`, unless a `release` comes between. */
  | { readonly type: "warm"; readonly target: Target; readonly epoch: number }
  /** The cache of this epoch is not wanted any more. Not answered. */
  | { readonly type: "release"; readonly plugin: string; readonly epoch: number }
  /** Ask the server for the CRD of this life. Answered by `confirmed`, always. */
  | { readonly type: "confirm"; readonly uid: string }
  /** Answered by `waited` after `forMs`. A timer of the same name that is set already is replaced. */
  | { readonly type: "wait"; readonly timer: SlotTimer; readonly serial: number; readonly forMs: number }
  /** `closesWatches`: the server is about to close them all, which is then no failure. `keepsBodies`: objects whose version stays the same read as before. */
  | {
      readonly type: "edited";
      readonly uid: string;
      readonly changes: ReadonlySet<ChangeClass>;
      readonly closesWatches: boolean;
      readonly keepsBodies: boolean;
    }
  /** Count whose finalizers the objects wait for. */
  | { readonly type: "survey"; readonly plugin: string; readonly epoch: number };

/** A step: the state after an input, and what is to be done. */
export type Step = readonly [state: KindState, effects: readonly Effect[]];

/** A kind of which nothing is known yet. */
export const unknownKind: KindState = {
  crd: undefined,
  endedUid: undefined,
  confirming: undefined,
  verdict: { type: "none" },
  owing: new Map(),
  unbinding: "finalize",
  selector: undefined,
  runs: new Map(),
  epoch: 0,
  incarnations: 0,
  flaps: 0,
  livesAllowed: 3,
  edits: 0,
  isBlocked: false,
  waits: new Map(),
  serial: 0,
  isLeading: true,
  isShuttingDown: false,
};
