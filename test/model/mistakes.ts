import type { Extent } from "./budgets.ts";
import type { Invariant } from "./world.ts";

/** A mistake that somebody may make, as an exact edit of one file. */
export interface Planted {
  readonly name: string;
  /** In `packages/manager/src/kind`. */
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A mistake of design, which an exploration finds. */
export interface Mistake extends Planted {
  /** How much has to be explored to find it. */
  readonly within: Extent;
  /** The invariant that must catch it. */
  readonly caughtBy: Invariant;
}

/** The mistakes that the exploration must find. Kept as edits, so that one that does not fit any more is noticed. */
export const MISTAKES: readonly Mistake[] = [
  {
    name: "a kind is keyed by group, version and kind instead of the CRD's uid",
    file: "target.ts",
    find: `return a.uid === b.uid && a.digest`,
    replace: `return a.digest`,
    within: { lives: 2, total: 0 },
    caughtBy: "I5",
  },
  {
    name: "there is no fence: news of an epoch that has ended count for the present one",
    file: "step.ts",
    find: `if (run?.epoch === input.epoch) return progress`,
    replace: `if (run !== undefined) return progress`,
    within: { lives: 2, total: 1, only: ["late"] },
    caughtBy: "I1",
  },
  {
    name: "a controller is stopped when its CRD is being deleted",
    file: "target.ts",
    find: `if (isIdle || crd === undefined || exclusionOf`,
    replace: `if (isIdle || crd === undefined || crd.isTerminating || exclusionOf`,
    within: { lives: 1, total: 0 },
    caughtBy: "I3",
  },
  {
    name: "a kind that is switched off goes on",
    file: "target.ts",
    find: `if (isIdle || crd === undefined || exclusionOf(state) !== undefined) return`,
    replace: `if (isIdle || crd === undefined) return`,
    within: { lives: 1, total: 1, only: ["marks"] },
    caughtBy: "I1",
  },
  {
    name: "edits that people see only are not taken in, labels and annotations neither",
    file: "life.ts",
    find: `const edited = rejudge({ ...state, crd }, verdict);`,
    replace: `const edited = changes.size === 1 && changes.has("COSMETIC") ? state : rejudge({ ...state, crd }, verdict);`,
    within: { lives: 1, total: 1, only: ["marks"] },
    caughtBy: "I1",
  },
  {
    name: "a 404 ends the kind",
    file: "step.ts",
    find: `return run.phase === "starting" || run.phase === "running" ? doubt(state) : [state, []];`,
    replace: `return lose(state, run.target.uid);`,
    within: { lives: 1, total: 1, only: ["hints"] },
    caughtBy: "I7",
  },
  {
    name: "a cache is counted, not held: it is given back twice",
    file: "run.ts",
    find: `return [{ type: "release", plugin: target.plugin, epoch: successor.epoch }];`,
    replace: `return [1, 2].map(() => ({ type: "release", plugin: target.plugin, epoch: successor.epoch }));`,
    within: { lives: 1, total: 2, only: ["versionEdits"] },
    caughtBy: "I1",
  },
  {
    name: "a successor begins as soon as its cache is full, beside its predecessor",
    file: "step.ts",
    find: `      return stop(state, run, {
        reason: stopReasonOf(state, run, successor.target),
        ready: { target: successor.target, epoch: successor.epoch },
      });`,
    replace: `      return succeed(state, { target: successor.target, epoch: successor.epoch });`,
    within: { lives: 1, total: 1, only: ["versionEdits"] },
    caughtBy: "I4",
  },
  {
    name: "what cannot start is tried again at once",
    file: "step.ts",
    find: `return run.phase === "starting" ? cool(state, run, input.error) : [state, []];`,
    replace: `return run.phase === "starting" ? start(state, run.target, run.attempt + 1) : [state, []];`,
    within: { lives: 1, total: 1, only: ["failures"] },
    caughtBy: "I9",
  },
  {
    name: "a delete and a create that come as one update are taken for no change",
    file: "life.ts",
    find: `if (state.crd?.uid !== crd.uid) return beginLife(`,
    replace: `if (state.crd !== undefined && state.crd.uid !== crd.uid) return [state, []];
  if (state.crd?.uid !== crd.uid) return beginLife(`,
    within: { lives: 2, total: 0 },
    caughtBy: "I6",
  },
  {
    name: "an old look at the CRD counts",
    file: "life.ts",
    find: `if (compareResourceVersions(crd.resourceVersion, state.crd.resourceVersion) === -1) return [state, []];`,
    replace: ``,
    within: { lives: 2, total: 1, only: ["late"] },
    caughtBy: "I2",
  },
  {
    name: "an answer about one life counts for the next",
    file: "life.ts",
    find: `  if (state.confirming !== uid) return [state, []];
  const asked = { ...state, confirming: undefined };
  return is === "absent" ? lose(asked, uid) : [asked, []];`,
    replace: `  const asked = { ...state, confirming: undefined };
  return is === "absent" ? lose(asked, state.crd?.uid ?? uid) : [asked, []];`,
    within: { lives: 2, total: 0 },
    caughtBy: "I7",
  },
  {
    name: "a life that is over begins again when it is told late",
    file: "life.ts",
    find: `if (crd.uid === state.endedUid) return [state, []];`,
    replace: ``,
    within: { lives: 1, total: 0 },
    caughtBy: "I6",
  },
  {
    name: "a switch breaks before it makes",
    file: "step.ts",
    find: `if (run.phase === "running" && target?.uid === run.target.uid)`,
    replace: `if (run.phase === "running" && target?.uid === run.target.uid && run.epoch < 0)`,
    within: { lives: 1, total: 1, only: ["versionEdits"] },
    caughtBy: "I2",
  },
  {
    name: "who does not lead runs all the same",
    file: "target.ts",
    find: `state.isShuttingDown || !state.isLeading ||`,
    replace: `state.isShuttingDown ||`,
    within: { lives: 1, total: 1, only: ["leads"] },
    caughtBy: "I1",
  },
  {
    name: "a shutdown does not keep anything from starting",
    file: "target.ts",
    find: `state.isShuttingDown || !state.isLeading ||`,
    replace: `!state.isLeading ||`,
    within: { lives: 1, total: 1, only: ["shutdowns"] },
    caughtBy: "I8",
  },
  {
    name: "what flaps is held for ever",
    file: "life.ts",
    find: `const awoken = unwait(state, timer);`,
    replace: `const awoken = timer === "hold" ? state : unwait(state, timer);`,
    within: { lives: 2, total: 0, livesAllowed: 1 },
    caughtBy: "L",
  },
  {
    name: "former lives are remembered for ever",
    file: "life.ts",
    find: `return state.flaps > 0 ? wait(state, "forgive", FORGIVE_MS) : [state, []];`,
    replace: `return [state, []];`,
    within: { lives: 1, total: 0 },
    caughtBy: "I10",
  },
  {
    name: "nobody is told that the server is about to close all watches",
    file: "life.ts",
    find: `const how = { closesWatches: closesWatches(before, crd),`,
    replace: `const how = { closesWatches: false && closesWatches(before, crd),`,
    within: { lives: 1, total: 1, only: ["edits"] },
    caughtBy: "I9",
  },
  {
    name: "a controller that starts while the CRD is being deleted is not told of it",
    file: "step.ts",
    find: `epoch, isDraining: false, isRetiring, shape`,
    replace: `epoch, isDraining: true, isRetiring, shape`,
    within: { lives: 1, total: 0 },
    caughtBy: "I3",
  },
  {
    name: "a plugin that came up is not told of another schema",
    file: "step.ts",
    find: `retireOrResume, tellShape].reduce`,
    replace: `retireOrResume].reduce`,
    within: { lives: 1, total: 1, only: ["edits"] },
    caughtBy: "I2",
  },
  {
    name: "a plugin that wants to be set up anew is stopped before its successor's cache is full",
    file: "step.ts",
    find: `run.phase === "running" && !run.isOutgrown ? [withRun(state, { ...run, isOutgrown: true }), []] : [state, []];`,
    replace: `run.phase === "running" ? stop(state, run, { reason: "Switched" }) : [state, []];`,
    within: { lives: 1, total: 2, only: ["edits", "reloads"] },
    caughtBy: "I2",
  },
  {
    name: "a successor starts although nobody wants it any more",
    file: "step.ts",
    find: `return isAwaited(run, target) ? [state, []] : dropSuccessor(state, run);`,
    replace: `return isAwaited(run, target) ? [state, []] : [state, []];`,
    within: { lives: 2, total: 1, only: ["versionEdits"] },
    caughtBy: "I6",
  },
  {
    name: "every 404 asks for the CRD, while the last question is still open",
    file: "life.ts",
    find: `if (state.crd === undefined || state.confirming !== undefined) return`,
    replace: `if (state.crd === undefined) return`,
    within: { lives: 1, total: 1, only: ["hints"] },
    caughtBy: "I9",
  },
  {
    name: "a timer that is set anew is only cancelled",
    file: "wait.ts",
    find: `[{ type: "wait", timer, serial, forMs }]`,
    replace: `state.waits.has(timer) ? [] : [{ type: "wait", timer, serial, forMs }]`,
    within: { lives: 1, total: 2, only: ["versionEdits"] },
    caughtBy: "L",
  },
  {
    name: "epochs are counted by lives, not by starts",
    file: "run.ts",
    find: `  const epoch = state.epoch + 1;
  return begin({ ...state, epoch }, { target, epoch, attempt });`,
    replace: `  const epoch = state.incarnations;
  return begin({ ...state, epoch }, { target, epoch, attempt });`,
    within: { lives: 1, total: 1, only: ["failures"] },
    caughtBy: "I4",
  },
  {
    name: "a cache is forgotten when the run that it was for stops",
    file: "run.ts",
    find: `const released = ready === undefined && run.phase === "running" ? releaseOf(run) : [];`,
    replace: `const released = ready === undefined && run.phase === "starting" ? releaseOf(run) : [];`,
    within: { lives: 1, total: 1, only: ["versionEdits"] },
    caughtBy: "I1",
  },
  {
    name: "a version that is not served any more is watched on",
    file: "target.ts",
    find: `return watched?.isServed === true && !watched.isDeprecated ? watched.name : binding.version;`,
    replace: `return watched === undefined ? binding.version : watched.name;`,
    within: { lives: 1, total: 1, only: ["versionEdits"] },
    caughtBy: "I2",
  },
  {
    name: "a kind that was never established is started",
    file: "target.ts",
    find: `crd.isEstablished || state.runs`,
    replace: `!crd.isEstablished || crd.isEstablished || state.runs`,
    within: { lives: 1, total: 0 },
    caughtBy: "I6",
  },
  {
    name: "a switch that fails stops what runs",
    file: "step.ts",
    find: `return coolSuccessor(state, run, successor, input.error);`,
    replace: `return stop(state, run, { reason: "Switched" });`,
    within: { lives: 1, total: 2, only: ["versionEdits", "failures"] },
    caughtBy: "I2",
  },
  {
    name: "no answer about a CRD is taken for its end",
    file: "life.ts",
    find: `return is === "absent" ? lose`,
    replace: `return is !== "there" ? lose`,
    within: { lives: 1, total: 2, only: ["hints", "failures"] },
    caughtBy: "I7",
  },
  {
    name: "a plugin that is removed ends although objects carry its finalizer",
    file: "target.ts",
    find: `  return [...state.owing.values()].filter(`,
    replace: `  return [].filter(`,
    within: { lives: 1, total: 2, only: ["binds", "objects"] },
    caughtBy: "I3",
  },
  {
    name: "a plugin that was removed goes on in full",
    file: "run.ts",
    find: `  if (run.isRetiring === isRetiring) return [state, []];`,
    replace: `  if (run.isRetiring === isRetiring || isRetiring) return [state, []];`,
    within: { lives: 1, total: 2, only: ["binds", "objects"] },
    caughtBy: "I1",
  },
  {
    name: "a plugin that is put back goes on finalizing only",
    file: "run.ts",
    find: `  if (run.isRetiring === isRetiring) return [state, []];`,
    replace: `  if (run.isRetiring) return [state, []];`,
    within: { lives: 1, total: 3, only: ["binds", "objects"] },
    caughtBy: "I2",
  },
  {
    name: "a plugin that was removed starts in full when the lead is won again",
    file: "run.ts",
    find: `  const isRetiring = isUnbound(state, run.target.plugin);
  const { target, epoch } = run;`,
    replace: `  const isRetiring = isUnbound(state, run.target.plugin) && state.epoch === 0;
  const { target, epoch } = run;`,
    within: { lives: 1, total: 3, only: ["binds", "leads"] },
    caughtBy: "I1",
  },
  {
    name: "what is told of an epoch that has ended lets go of a plugin that objects wait for",
    file: "step.ts",
    find: `  if (run?.epoch === input.epoch) return progress(state, run, input);`,
    replace: `  if (run !== undefined && (run.epoch === input.epoch || input.type === "vacated")) return progress(state, run, input);`,
    within: { lives: 1, total: 5, only: ["binds", "objects", "leads", "late"] },
    caughtBy: "I3",
  },
  {
    name: "a plugin that was removed is kept although no object carries its finalizer",
    file: "step.ts",
    find: `      return [run.phase === "running" && run.isRetiring ? settle(state, run.target.plugin) : state, []];`,
    replace: `      return [state, []];`,
    within: { lives: 1, total: 2, only: ["binds", "objects"] },
    caughtBy: "L",
  },
];
