import { awake, confirm, doubt, lose, observe, quieten } from "./life.ts";
import { owe, rejudge, settle } from "./owing.ts";
import {
  cool,
  coolSuccessor,
  drainIfTerminating,
  dropSuccessor,
  retireOrResume,
  start,
  stop,
  succeed,
  tellShape,
  warm,
  withoutRun,
  withRun,
} from "./run.ts";
import type { Input, KindState, Run, RunInput, Step, Target } from "./state.ts";
import { isSameTarget, stopReasonOf, targetsOf } from "./target.ts";
import { andThen } from "./wait.ts";

type Running = Extract<Run, { readonly phase: "running" }>;

/**
 * The life of a kind: pure and total. First the input is taken in, then what runs is led towards what should run; so an input that is
 * missed, repeated, coalesced or late changes at most when something happens, never what.
 */
export function step(state: KindState, input: Input): Step {
  // What was begun must end, and nothing else happens any more.
  if (state.isShuttingDown && !("epoch" in input)) return [state, []];
  const taken = takeIn(state, input);
  return taken[0] === state ? [state, []] : andThen(taken, converge);
}

function takeIn(state: KindState, input: Input): Step {
  switch (input.type) {
    case "observed":
      return observe(state, input.crd, input.verdict);
    case "gone":
      return lose(state, input.uid);
    case "confirmed":
      return confirm(state, input.uid, input.is);
    case "judged":
      return [state.crd === undefined ? state : rejudge(state, input.verdict), []];
    case "letGo":
      return [settle(state, input.plugin), []];
    case "led":
      return [state.isLeading === input.isLeading ? state : { ...state, isLeading: input.isLeading }, []];
    case "waited":
      return state.waits.get(input.timer) === input.serial ? awake(state, input.timer) : [state, []];
    case "shutdown":
      return [{ ...state, isShuttingDown: true, waits: new Map() }, []];
    default:
      return takeInOfRun(state, input);
  }
}

/** News of a run and of its successor; what is of any other epoch comes late. */
function takeInOfRun(state: KindState, input: RunInput): Step {
  const run = state.runs.get(input.plugin);
  if (run?.epoch === input.epoch) return progress(state, run, input);
  if (run?.phase === "running" && run.successor?.epoch === input.epoch) return progressSuccessor(state, run, input);
  return [state, []];
}

/** What a run's own news make of it. */
function progress(state: KindState, run: Run, input: RunInput): Step {
  switch (input.type) {
    case "started":
      return run.phase === "starting" ? comeUp(state, run) : [state, []];
    case "outgrown":
      return run.phase === "running" && !run.isOutgrown ? [withRun(state, { ...run, isOutgrown: true }), []] : [state, []];
    case "vacated":
      return [run.phase === "running" && run.isRetiring ? settle(state, run.target.plugin) : state, []];
    case "failed":
      // A stop was asked for while it started: it never came up, so it is stopped.
      if (run.phase === "stopping") return [withoutRun(state, run), []];
      return run.phase === "starting" ? cool(state, run, input.error) : [state, []];
    case "stopped":
      if (run.phase !== "stopping") return [state, []];
      return run.successor === undefined ? [withoutRun(state, run), []] : succeed(state, run.successor);
    case "cooled":
      return run.phase === "cooling" ? start(state, run.target, run.attempt + 1) : [state, []];
    case "uprooted":
      return run.phase === "starting" || run.phase === "running" ? stop(state, run, { reason: "Replaced" }) : [state, []];
    case "notServed":
      return run.phase === "starting" || run.phase === "running" ? doubt(state) : [state, []];
    case "warmed":
      return [state, []];
  }
}

/** What the news of a successor make of it, and of the run whose place it is to take. */
function progressSuccessor(state: KindState, run: Running, input: RunInput): Step {
  const { successor } = run;
  if (successor?.phase === "cooling")
    return input.type === "cooled" ? warm(state, run, { target: successor.target, attempt: successor.attempt + 1 }) : [state, []];
  if (successor === undefined) return [state, []];
  switch (input.type) {
    case "warmed":
      return stop(state, run, {
        reason: stopReasonOf(state, run, successor.target),
        ready: { target: successor.target, epoch: successor.epoch },
      });
    case "failed":
      return coolSuccessor(state, run, successor, input.error);
    case "notServed":
      return doubt(state);
    default:
      return [state, []];
  }
}

function comeUp(state: KindState, run: Extract<Run, { readonly phase: "starting" }>): Step {
  const { target, epoch, isRetiring, shape } = run;
  return [withRun(owe(state, run), { phase: "running", target, epoch, isDraining: false, isRetiring, shape, isOutgrown: false }), []];
}

/** Leads what runs towards what should run. Each plugin is judged by itself: none ever waits for another. */
function converge(state: KindState): Step {
  const targets = targetsOf(state);
  const plugins = new Set([...state.runs.keys(), ...targets.keys()]);
  let led: Step = [state, []];
  for (const plugin of plugins) led = andThen(led, (now) => convergeRun(now, now.runs.get(plugin), targets.get(plugin)));
  return led[1].some(({ type }) => type === "warm") ? andThen(led, quieten) : led;
}

function convergeRun(state: KindState, run: Run | undefined, target: Target | undefined): Step {
  if (run === undefined) return target === undefined ? [state, []] : start(state, target, 0);
  // The predecessor must be gone before a successor starts, whatever is wished meanwhile.
  if (run.phase === "stopping") return isAwaited(run, target) ? [state, []] : dropSuccessor(state, run);
  if (target !== undefined && isSameTarget(run.target, target)) return andThen(dropSuccessor(state, run), (kept) => instruct(kept, target));
  if (run.phase === "cooling") return convergeRun(withoutRun(state, run), undefined, target);
  // What serves this life serves on until its successor knows what is there.
  if (run.phase === "running" && target?.uid === run.target.uid)
    return andThen(replace(state, run, target), (kept) => instruct(kept, target));
  return stop(state, run, { reason: stopReasonOf(state, run, target) });
}

function isAwaited({ successor }: Extract<Run, { readonly phase: "stopping" }>, target: Target | undefined): boolean {
  return successor !== undefined && target !== undefined && isSameTarget(successor.target, target);
}

function replace(state: KindState, run: Running, target: Target): Step {
  if (run.successor !== undefined && isSameTarget(run.successor.target, target)) return [state, []];
  return state.waits.has("quiet") ? dropSuccessor(state, run) : warm(state, run, { target, attempt: 0 });
}

/** Tells a run what it has to know of the kind. */
function instruct(state: KindState, { plugin }: Target): Step {
  const tell = (now: KindState, how: (state: KindState, run: Run) => Step): Step => {
    const run = now.runs.get(plugin);
    return run === undefined ? [now, []] : how(now, run);
  };
  return [drainIfTerminating, retireOrResume, tellShape].reduce((led: Step, how) => andThen(led, (now) => tell(now, how)), [state, []]);
}
