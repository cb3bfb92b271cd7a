import type { KindState, SlotTimer } from "../../packages/manager/src/kind/state.ts";

/** The plugins of the model. `p` works with every version, `q` with `v1` only. */
export type PluginName = "p" | "q";

/** One look at the CRD, as a watch tells it. */
export interface Look {
  /** Which life of the CRD it is: 1, 2, 3. */
  readonly life: number;
  /** Grows with every change within a life. */
  readonly at: number;
  /** Grows with every edit of the spec. */
  readonly generation: number;
  readonly isEstablished: boolean;
  readonly served: Served;
  readonly isTerminating: boolean;
  /** Its labels are such that the process deals with it. */
  readonly isSelected: boolean;
  /** A person has switched the kind off. */
  readonly isDisabled: boolean;
}

/** The versions that are served. */
export type Served = "v1" | "v2" | "v1,v2";

/** The API server. */
export interface Server {
  readonly crd: Look | undefined;
  /** How many lives there were. */
  readonly lives: number;
  /** Another CRD holds the names. */
  readonly hasRival: boolean;
  /** The plugins whose finalizer an object carries. */
  readonly own: readonly PluginName[];
  /** Those of them whose objects are being deleted, although the CRD is not. */
  readonly ending: readonly PluginName[];
  /** An object carries somebody else's finalizer. */
  readonly hasForeign: boolean;
}

/** What the watch of CRDs has not told yet. */
export type News = { readonly type: "seen"; readonly look: Look } | { readonly type: "gone"; readonly life: number };

/** A controller, as the driver has it: from the start that was asked for until its end was told. */
export interface Held {
  readonly plugin: PluginName;
  readonly epoch: number;
  readonly life: number;
  readonly version: string;
  readonly phase: "starting" | "up" | "aborting" | "stopping";
  readonly isDraining: boolean;
  readonly isRetiring: boolean;
  /** Its plugin was told of another schema, and may ask to be set up anew. */
  readonly isReshaped: boolean;
}

/** A cache that is filled for a successor. */
export interface Warm {
  readonly plugin: PluginName;
  readonly epoch: number;
  readonly life: number;
  readonly version: string;
  readonly isFull: boolean;
}

/** How often each thing may still happen that nobody can wait for. */
export interface Budget {
  readonly lives: number;
  readonly edits: number;
  readonly versionEdits: number;
  /** Of labels and annotations. */
  readonly marks: number;
  readonly rivals: number;
  readonly objects: number;
  readonly binds: number;
  readonly reloads: number;
  readonly leads: number;
  readonly failures: number;
  /** Replacements of another kind that a plugin stands on. */
  readonly uproots: number;
  /** 404s of a replica that lags behind. */
  readonly hints: number;
  /** Old looks, and news of ended epochs. */
  readonly late: number;
  readonly shutdowns: number;
  /** Of all of the above but lives together. */
  readonly total: number;
}

/** All that there is: the server, what is under way, the driver, and the production state. */
export interface World {
  readonly server: Server;
  readonly queue: readonly News[];
  /** The look that was told last, and the one before it at the same life. */
  readonly told: Look | undefined;
  readonly previous: Look | undefined;
  readonly bound: readonly PluginName[];
  /** Plugins that were let go of by force since they were bound last. */
  readonly forsaken: readonly PluginName[];
  /** Of the code of `p`. */
  readonly digest: number;
  readonly kind: KindState;
  readonly held: readonly Held[];
  readonly caches: readonly Warm[];
  /** The CRD was asked for. */
  readonly asked: { readonly life: number; readonly answer: "there" | "absent" | undefined } | undefined;
  /** An epoch that has ended and may still have something to say. */
  readonly ghost: { readonly plugin: PluginName; readonly epoch: number } | undefined;
  /** The last life of which the manager was told that it is over. */
  readonly dead: number;
  readonly left: Budget;
}

/** The invariants of the design that states and steps can tell, and `L`: left alone, everything comes to what it should be. */
export type Invariant = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8" | "I9" | "I10" | "L";

/** What is wrong. */
export interface Violation {
  readonly invariant: Invariant;
  readonly why: string;
}

/** What an action leads to. */
export interface Moved {
  readonly world: World;
  readonly violation?: Violation;
}

/** What becomes of the CRD at the server. */
export type CrdMove =
  | { readonly type: "create"; readonly served: Served; readonly hasRival: boolean }
  | { readonly type: "serve"; readonly served: Served }
  | { readonly type: "establish" | "describe" | "delete" | "end" }
  | { readonly type: "select" | "deselect" | "disable" | "enable" };

/**
 * What becomes of a run: a controller has come up or ended, a cache is full, either fails, or gets a 404; one has rested long enough; what it stands on was replaced; one
 * that only finalizes tells that nothing is left to finalize; one whose schema has changed wants to be set up anew.
 */
export interface RunMove {
  readonly type: "start" | "stop" | "fill" | "fail" | "miss" | "cool" | "uproot" | "vacate" | "outgrow";
  readonly plugin: PluginName;
  readonly epoch: number;
}

/** What becomes of objects. */
export type ObjectMove =
  | { readonly type: "foreign object" | "lose foreign" }
  | { readonly type: "own object" | "delete objects" | "finalize"; readonly plugin: PluginName };

/** What becomes of plugins. */
export type PluginMove = { readonly type: "bind" | "unbind" | "let go"; readonly plugin: PluginName } | { readonly type: "reload" };

/** What happens in an action, for whoever is to bring it about elsewhere than in the model. */
export type Move =
  | CrdMove
  | ObjectMove
  /** The watch tells the next news, draws the next two together, or tells an old look. */
  | { readonly type: "tell" | "draw together" | "tell again" }
  /** The question for the CRD reaches the server, its answer the manager, or nobody. */
  | { readonly type: "look" | "answer" | "lose answer" }
  | RunMove
  /** An epoch that has ended has something to say. */
  | { readonly type: "late"; readonly plugin: PluginName; readonly epoch: number }
  | { readonly type: "wait"; readonly timer: SlotTimer }
  | PluginMove
  | { readonly type: "lose rival" | "shut down" | "win lead" | "lose lead" };

/** Something that may happen now. */
export interface Action {
  readonly text: string;
  readonly move: Move;
  /** It happens in the end when nothing else does: the server, the driver and time go on. */
  readonly isFair: boolean;
  readonly take: () => Moved;
}

/** Whether the manager takes `plugin` for one that manages the kind. */
export function isBound({ verdict }: KindState, plugin: string): boolean {
  return verdict.type === "bound" && verdict.bindings.some((binding) => binding.plugin === plugin);
}

/** Whether nothing of the kind may run, by what is written on the CRD. */
export function isExcluded({ isSelected, isDisabled }: Look): boolean {
  return !isSelected || isDisabled;
}

/** The list with `one` on it, once. */
export function including<T>(all: readonly T[], one: T): readonly T[] {
  return all.includes(one) ? all : [...all, one].toSorted((a, b) => (a < b ? -1 : 1));
}

/** The list without `one`. */
export function excluding<T>(all: readonly T[], one: T): readonly T[] {
  return all.filter((each) => each !== one);
}

/** Whether the server has the collection that something of `life` in `version` lists and watches. */
export function isServed({ crd }: Server, { life, version }: { readonly life: number; readonly version: string }): boolean {
  return crd !== undefined && crd.life === life && crd.isEstablished && crd.served.split(",").includes(version);
}
