import { compareResourceVersions, type CrdDescriptor } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import type { StopReason } from "@polykind/plugin";

/** A plugin that manages a kind, in the form in which the life of the kind depends on it. */
export interface Binding {
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
}

/** One plugin's controller on this kind, from the wish to start it until it is gone. `epoch` is its own: no other run ever has it. */
export type Run =
  | { readonly phase: "starting"; readonly target: Target; readonly epoch: number; readonly attempt: number }
  | { readonly phase: "running"; readonly target: Target; readonly epoch: number; readonly isDraining: boolean }
  | { readonly phase: "stopping"; readonly target: Target; readonly epoch: number; readonly reason: StopReason }
  /** It could not start. Nothing of it is left but the wish; it is tried again when its time has come, or when what it is of changes. */
  | { readonly phase: "cooling"; readonly target: Target; readonly epoch: number; readonly attempt: number; readonly error: PolykindError };

/** The life of one kind: a slot, named by its CRD. Everything that decides what should run, and what does. */
export interface KindState {
  /** The CRD as seen last; `undefined` when there is none. */
  readonly crd: CrdDescriptor | undefined;
  readonly verdict: Verdict;
  /** By plugin. There is at most one run of a plugin, so two epochs never serve one plugin at once. */
  readonly runs: ReadonlyMap<string, Run>;
  /** The last one given out. Grows, never returns. */
  readonly epoch: number;
  /** How many lives of the CRD were seen. */
  readonly incarnations: number;
  readonly isShuttingDown: boolean;
}

/** What can happen to a kind. What carries an epoch and comes from an old one is dropped. */
export type Input =
  | { readonly type: "observed"; readonly crd: CrdDescriptor; readonly verdict: Verdict }
  /** The CRD of this uid is no more. */
  | { readonly type: "gone"; readonly uid: string }
  /** Plugins came or went. */
  | { readonly type: "judged"; readonly verdict: Verdict }
  | { readonly type: "started"; readonly plugin: string; readonly epoch: number }
  | { readonly type: "failed"; readonly plugin: string; readonly epoch: number; readonly error: PolykindError }
  | { readonly type: "stopped"; readonly plugin: string; readonly epoch: number }
  | { readonly type: "cooled"; readonly plugin: string; readonly epoch: number }
  /** A kind that this run stands on was replaced or has gone. */
  | { readonly type: "uprooted"; readonly plugin: string; readonly epoch: number }
  | { readonly type: "shutdown" };

/** What the supervisor is to do. Results come back as inputs with the same epoch. */
export type Effect =
  /** Answered by `started`, `failed`, or, when a `stop` came between, `stopped`. */
  | { readonly type: "start"; readonly target: Target; readonly epoch: number }
  /** Answered by `stopped`, always. */
  | { readonly type: "stop"; readonly plugin: string; readonly epoch: number; readonly reason: StopReason }
  /** The CRD is Terminating: creates are refused, finalizers are served. */
  | { readonly type: "drain"; readonly plugin: string; readonly epoch: number }
  /** Answered by `cooled` after `forMs`. */
  | { readonly type: "cool"; readonly plugin: string; readonly epoch: number; readonly forMs: number };

/** A step: the state after an input, and what is to be done. */
export type Step = readonly [state: KindState, effects: readonly Effect[]];

/** A kind of which nothing is known yet. */
export const unknownKind: KindState = {
  crd: undefined,
  verdict: { type: "none" },
  runs: new Map(),
  epoch: 0,
  incarnations: 0,
  isShuttingDown: false,
};

/** The first wait after a failed start, in milliseconds. */
const COOL_DOWN_MS = 5_000;
/** The longest. */
const LONGEST_COOL_DOWN_MS = 300_000;

/**
 * The life of a kind: pure and total. First the input is taken in, then what runs is led towards what should run; so an input that is
 * missed, repeated, coalesced or late changes at most when something happens, never what.
 */
export function step(state: KindState, input: Input): Step {
  const [taken, first] = takeIn(state, input);
  if (taken === state) return [state, []];
  const [next, then] = converge(taken);
  return [next, [...first, ...then]];
}

function takeIn(state: KindState, input: Input): Step {
  switch (input.type) {
    case "observed":
      return [observe(state, input.crd, input.verdict), []];
    case "gone":
      return [state.crd?.uid === input.uid ? { ...state, crd: undefined, verdict: { type: "none" } } : state, []];
    case "judged":
      return [{ ...state, verdict: input.verdict }, []];
    case "shutdown":
      return [{ ...state, isShuttingDown: true }, []];
    default: {
      const run = state.runs.get(input.plugin);
      return run?.epoch === input.epoch ? progress(state, run, input) : [state, []];
    }
  }
}

/** Of one incarnation only what is newer counts: a read may be older than the watch. */
function observe(state: KindState, crd: CrdDescriptor, verdict: Verdict): KindState {
  const isSameLife = state.crd?.uid === crd.uid;
  if (isSameLife && compareResourceVersions(crd.resourceVersion, state.crd.resourceVersion) === -1) return state;
  return { ...state, crd, verdict, incarnations: state.incarnations + (isSameLife ? 0 : 1) };
}

/** What a run's own news make of it. */
function progress(state: KindState, run: Run, input: Extract<Input, { readonly plugin: string }>): Step {
  switch (input.type) {
    case "started":
      if (run.phase !== "starting") return [state, []];
      return [withRun(state, { phase: "running", target: run.target, epoch: run.epoch, isDraining: false }), []];
    case "failed":
      // A stop was asked for while it started: it never came up, so it is stopped.
      if (run.phase === "stopping") return [withoutRun(state, run), []];
      return run.phase === "starting" ? cool(state, run, input.error) : [state, []];
    case "stopped":
      return run.phase === "stopping" ? [withoutRun(state, run), []] : [state, []];
    case "cooled":
      return run.phase === "cooling" ? start(state, run.target, run.attempt + 1) : [state, []];
    case "uprooted":
      return run.phase === "starting" || run.phase === "running" ? stop(state, run, "Replaced") : [state, []];
  }
}

/** Leads what runs towards what should run. Each plugin is judged by itself: none ever waits for another. */
function converge(state: KindState): Step {
  const targets = targetsOf(state);
  let step: Step = [state, []];
  for (const plugin of new Set([...state.runs.keys(), ...targets.keys()])) {
    const [before, effects] = step;
    const [after, more] = convergeRun(before, before.runs.get(plugin), targets.get(plugin));
    step = [after, [...effects, ...more]];
  }
  return step;
}

function convergeRun(state: KindState, run: Run | undefined, target: Target | undefined): Step {
  if (run === undefined) return target === undefined ? [state, []] : start(state, target, 0);
  // The predecessor must be gone before a successor starts, whatever is wished meanwhile.
  if (run.phase === "stopping") return [state, []];
  if (target !== undefined && isSameTarget(run.target, target)) return drainIfTerminating(state, run);
  if (run.phase === "cooling") return convergeRun(withoutRun(state, run), undefined, target);
  return stop(state, run, stopReasonOf(state, run, target));
}

function drainIfTerminating(state: KindState, run: Run): Step {
  if (run.phase !== "running" || run.isDraining || state.crd?.isTerminating !== true) return [state, []];
  return [withRun(state, { ...run, isDraining: true }), [{ type: "drain", plugin: run.target.plugin, epoch: run.epoch }]];
}

function start(state: KindState, target: Target, attempt: number): Step {
  const epoch = state.epoch + 1;
  return [withRun({ ...state, epoch }, { phase: "starting", target, epoch, attempt }), [{ type: "start", target, epoch }]];
}

function stop(state: KindState, { target, epoch }: Run, reason: StopReason): Step {
  return [withRun(state, { phase: "stopping", target, epoch, reason }), [{ type: "stop", plugin: target.plugin, epoch, reason }]];
}

function cool(state: KindState, { target, epoch, attempt }: Extract<Run, { readonly phase: "starting" }>, error: PolykindError): Step {
  const forMs = Math.min(COOL_DOWN_MS * 2 ** attempt, LONGEST_COOL_DOWN_MS);
  return [withRun(state, { phase: "cooling", target, epoch, attempt, error }), [{ type: "cool", plugin: target.plugin, epoch, forMs }]];
}

function withRun(state: KindState, run: Run): KindState {
  return { ...state, runs: new Map(state.runs).set(run.target.plugin, run) };
}

function withoutRun(state: KindState, run: Run): KindState {
  const runs = new Map(state.runs);
  runs.delete(run.target.plugin);
  return { ...state, runs };
}

/** What should run, by plugin. */
function targetsOf(state: KindState): ReadonlyMap<string, Target> {
  const { crd, verdict } = state;
  if (state.isShuttingDown || crd === undefined || verdict.type !== "bound") return new Map();
  const targets = verdict.bindings.map((binding): Target => {
    const run = state.runs.get(binding.plugin);
    return { ...binding, uid: crd.uid, version: versionOf(crd, binding, run) };
  });
  // Established is never taken back in earnest; but a kind that was never established is not served.
  return new Map(
    targets
      .filter(({ plugin }) => crd.isEstablished || state.runs.get(plugin)?.target.uid === crd.uid)
      .map((target) => [target.plugin, target]),
  );
}

/** A version that is watched already is kept as long as it is served and not deprecated, although a better one has come. */
function versionOf(crd: CrdDescriptor, binding: Binding, run: Run | undefined): string {
  if (run === undefined || run.target.uid !== crd.uid || run.target.digest !== binding.digest) return binding.version;
  const watched = crd.versions.find(({ name }) => name === run.target.version);
  return watched?.isServed === true && !watched.isDeprecated ? watched.name : binding.version;
}

function isSameTarget(a: Target, b: Target): boolean {
  return a.uid === b.uid && a.digest === b.digest && a.version === b.version;
}

function stopReasonOf(state: KindState, run: Run, target: Target | undefined): StopReason {
  if (state.isShuttingDown) return "Shutdown";
  if (state.crd === undefined) return "CRDGone";
  if (state.crd.uid !== run.target.uid) return "Replaced";
  return target !== undefined && target.version !== run.target.version && target.digest === run.target.digest ? "Switched" : "Unbound";
}
