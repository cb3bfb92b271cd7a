import { isPolykindError, type PolykindError } from "@polykind/core";
import type { StopReason } from "@polykind/plugin";
import type { ComingSuccessor, Effect, KindState, ReadySuccessor, Run, Step, Target } from "./state.ts";
import { partsBetween, shapeOf } from "./shape.ts";
import { isUnbound } from "./target.ts";

type Running = Extract<Run, { readonly phase: "running" }>;
type Starting = Extract<Run, { readonly phase: "starting" }>;
type Warming = Extract<ComingSuccessor, { readonly phase: "warming" }>;

/** The first wait after a failed start, in milliseconds. */
const COOL_DOWN_MS = 5_000;
/** The longest. */
const LONGEST_COOL_DOWN_MS = 300_000;
/** Rights come back when a person gives them: the first wait after a refusal, and the longest. */
const REFUSED_MS = 75_000;
const LONGEST_REFUSED_MS = 600_000;
/** A plugin that fails so often in a row is not tried again before the longest wait, or its next version. */
const FAILURES_TO_QUARANTINE = 5;

/** Whether a plugin has failed so often that it is left alone. */
export function isQuarantined({ attempt, error }: { readonly attempt: number; readonly error: PolykindError }): boolean {
  return attempt + 1 >= FAILURES_TO_QUARANTINE && isPolykindError(error, "PLUGIN_FAILED");
}

/** Begins a run in an epoch of its own. */
export function start(state: KindState, target: Target, attempt: number): Step {
  const epoch = state.epoch + 1;
  return begin({ ...state, epoch }, { target, epoch, attempt });
}

/** Begins the run for which a cache was filled already. */
export function succeed(state: KindState, { target, epoch }: ReadySuccessor): Step {
  return begin(state, { target, epoch, attempt: 0 });
}

function begin(state: KindState, run: Pick<Starting, "target" | "epoch" | "attempt">): Step {
  const isRetiring = isUnbound(state, run.target.plugin);
  const { target, epoch } = run;
  const shape = state.crd && shapeOf(state.crd, target.version);
  return [withRun(state, { ...run, phase: "starting", isRetiring, shape }), [{ type: "start", target, epoch, isRetiring }]];
}

/** Ends a run, and with it whatever was to take its place; unless that is `ready`. */
export function stop(
  state: KindState,
  run: Run,
  { reason, ready }: { readonly reason: StopReason; readonly ready?: ReadySuccessor },
): Step {
  const { target, epoch } = run;
  const next = withRun(state, { phase: "stopping", target, epoch, reason, ...(ready !== undefined && { successor: ready }) });
  const released = ready === undefined && run.phase === "running" ? releaseOf(run) : [];
  return [next, [{ type: "stop", plugin: target.plugin, epoch, reason }, ...released]];
}

/** Lets a run that could not start rest, each time for longer. */
export function cool(state: KindState, { target, epoch, attempt }: Starting, error: PolykindError): Step {
  return [withRun(state, { phase: "cooling", target, epoch, attempt, error }), [coolDown(target, { epoch, attempt, error })]];
}

/** Tells a run, once, that its CRD is being deleted. */
export function drainIfTerminating(state: KindState, run: Run): Step {
  if (run.phase !== "running" || run.isDraining || state.crd?.isTerminating !== true) return [state, []];
  return [withRun(state, { ...run, isDraining: true }), [{ type: "drain", plugin: run.target.plugin, epoch: run.epoch }]];
}

/** Tells a run, whenever that has changed, whether its plugin serves in full or only finalizes. */
export function retireOrResume(state: KindState, run: Run): Step {
  if (run.phase !== "running") return [state, []];
  const { plugin } = run.target;
  const isRetiring = isUnbound(state, plugin);
  if (run.isRetiring === isRetiring) return [state, []];
  return [withRun(state, { ...run, isRetiring }), [{ type: isRetiring ? "retire" : "resume", plugin, epoch: run.epoch }]];
}

/** Tells a run what has changed of its version. One that is to be set up anew anyway will know. */
export function tellShape(state: KindState, run: Run): Step {
  if (run.phase !== "running" || run.isOutgrown || state.crd === undefined) return [state, []];
  const { plugin, version } = run.target;
  const shape = shapeOf(state.crd, version);
  const parts = partsBetween(run.shape, shape);
  return parts.length === 0 ? [state, []] : [withRun(state, { ...run, shape }), [{ type: "reshape", plugin, epoch: run.epoch, parts }]];
}

/** Begins to fill the cache of what is to take the place of `run`, in an epoch of its own. */
export function warm(state: KindState, run: Running, { target, attempt }: { readonly target: Target; readonly attempt: number }): Step {
  const epoch = state.epoch + 1;
  const next = withRun({ ...state, epoch }, { ...run, successor: { phase: "warming", target, epoch, attempt } });
  return [next, [...releaseOf(run), { type: "warm", target, epoch }]];
}

/** Lets a successor whose cache could not be filled rest. The run serves on. */
export function coolSuccessor(state: KindState, run: Running, { target, epoch, attempt }: Warming, error: PolykindError): Step {
  const successor: ComingSuccessor = { phase: "cooling", target, epoch, attempt, error };
  return [withRun(state, { ...run, successor }), [coolDown(target, { epoch, attempt, error })]];
}

/** Nothing is to take the place of `run` any more. */
export function dropSuccessor(state: KindState, run: Run): Step {
  if ((run.phase !== "running" && run.phase !== "stopping") || run.successor === undefined) return [state, []];
  const { successor: _, ...rest } = run;
  return [withRun(state, rest), releaseOf(run)];
}

/** The state without this run: it has ended. */
export function withoutRun(state: KindState, run: Run): KindState {
  const runs = new Map(state.runs);
  runs.delete(run.target.plugin);
  return { ...state, runs };
}

/** The state with this run in place of what its plugin had. */
export function withRun(state: KindState, run: Run): KindState {
  return { ...state, runs: new Map(state.runs).set(run.target.plugin, run) };
}

/** What a successor holds: nothing while it rests. */
function releaseOf({ successor, target }: Extract<Run, { readonly phase: "running" | "stopping" }>): readonly Effect[] {
  if (successor === undefined || "error" in successor) return [];
  return [{ type: "release", plugin: target.plugin, epoch: successor.epoch }];
}

interface Failure {
  readonly epoch: number;
  readonly attempt: number;
  readonly error: PolykindError;
}

function coolDown({ plugin }: Target, { epoch, attempt, error }: Failure): Effect {
  return { type: "cool", plugin, epoch, forMs: coolDownMs({ attempt, error }) };
}

function coolDownMs({ attempt, error }: Omit<Failure, "epoch">): number {
  if (isPolykindError(error, "API_FORBIDDEN")) return Math.min(REFUSED_MS * 2 ** attempt, LONGEST_REFUSED_MS);
  return isQuarantined({ attempt, error }) ? LONGEST_COOL_DOWN_MS : Math.min(COOL_DOWN_MS * 2 ** attempt, LONGEST_COOL_DOWN_MS);
}
