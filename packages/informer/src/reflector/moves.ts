import { compareResourceVersions } from "@polykind/apimachinery";
import type { ListCall } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import { HEALTHY_MS, isRefusal, isStarting, retryDelayMs, SETTLED_MS } from "./retry.ts";
import type { ListPlan, Memory, Moment, Next, ProbedBy, ReflectorEffect, ReflectorState, Step, WatchStep } from "./state.ts";

/** Objects in a page: as client-go's pager asks for. */
export const PAGE_LIMIT = 500;
/** Objects in a page of metadata, of which each takes some hundred bytes. */
export const METADATA_LIMIT = 2_000;
/** A list is given up after so long without an answer. */
export const LIST_IDLE_MS = 300_000;
/** A WatchList begins with objects at once: silence means that the server took it for a plain watch, as those do that do not know it. */
export const STREAM_IDLE_MS = 10_000;
/** How much longer than its own timeout a watch may be silent. */
export const IDLE_SLACK_MS = 30_000;
/** A probe by a list is given up after so long without an answer. */
const PROBE_IDLE_MS = 30_000;
/** The server ends a probe by a watch after so long. It answers within some ms, or after 3 s at the latest, or takes it for a plain watch and never does. */
const PROBE_SECONDS = 5;
const WATCH_SECONDS = { least: 300, most: 600 };

/** The first list: of the latest state. */
export const FIRST_LIST: ListPlan = { from: "latest", by: "auto", tooLarge: 0, expired: 0 };

/** The list after a version was compacted away. */
export const RELIST: ListPlan = { ...FIRST_LIST, from: "notOlder", by: "stream" };
/** The same where objects of the same version are known to read the same. */
export const CHANGES: ListPlan = { ...RELIST, by: "changes" };

/** Nothing happens. */
export function stay(state: ReflectorState): Step {
  return { state, effects: NOTHING };
}

const NOTHING: readonly ReflectorEffect[] = [];

/** Whether `version` is known to be older than `than`; everything is at least as new as `""`. */
export function isOlder(version: string, than: string): boolean {
  return than !== "" && compareResourceVersions(version, than) === -1;
}

/** The server has answered: whatever failed before is over. */
export function accepted(memory: Memory): Memory {
  return memory.isDoubtful || memory.starting > 0 ? { ...memory, isDoubtful: false, starting: 0 } : memory;
}

/** Reads a list from its beginning. Before anything was seen there is no version to be no older than. */
export function openList(memory: Memory, plan: ListPlan, now: Moment): Step {
  // It may have been announced during the wait that bodies change, too.
  if (plan.by === "changes")
    return memory.bodies === "same" ? openComparison(memory, plan) : openList(memory, { ...plan, by: "stream" }, now);
  if (plan.by === "stream" && memory.offersWatchList) {
    const stream = openStream(memory, { plan, version: memory.version, now });
    return { state: stream.state, effects: [{ type: "tell", condition: { phase: "listing" } }, ...stream.effects] };
  }
  const call = memory.call + 1;
  return {
    state: { phase: "listing", memory: { ...memory, call, listedFrom: call }, plan, version: undefined },
    effects: [
      { type: "tell", condition: { phase: "listing" } },
      { type: "begin" },
      { type: "list", call, ask: { ...(plan.by !== "whole" && { limit: PAGE_LIMIT }), ...versionOf(memory, plan) }, idleMs: LIST_IDLE_MS },
    ],
  };
}

function versionOf({ version }: Memory, { from }: ListPlan): Pick<ListCall, "resourceVersion" | "resourceVersionMatch"> {
  return from === "notOlder" && version !== "" ? { resourceVersion: version, resourceVersionMatch: "NotOlderThan" } : {};
}

/** Reads the metadata of all objects, to find out which have changed. */
function openComparison(memory: Memory, plan: ListPlan): Step {
  const call = memory.call + 1;
  return {
    state: { phase: "comparing", memory: { ...memory, call, listedFrom: call }, plan, version: undefined, changed: [], listed: 0 },
    effects: [
      { type: "tell", condition: { phase: "listing" } },
      { type: "begin" },
      { type: "compare", call, ask: { limit: METADATA_LIMIT, shape: "metadata", ...versionOf(memory, plan) }, idleMs: LIST_IDLE_MS },
    ],
  };
}

/** Asks for all objects as a stream, at least as new as `version`. */
export function openStream(
  memory: Memory,
  { plan, version, now }: { readonly plan: ListPlan; readonly version: string; readonly now: Moment },
): Step {
  const call = memory.call + 1;
  const timeoutSeconds = watchSeconds(now);
  return {
    state: { phase: "streaming", memory: { ...memory, call, listedFrom: call }, plan, idleMs: watchIdleMs(timeoutSeconds) },
    effects: [
      { type: "begin" },
      { type: "watch", call, ask: { resourceVersion: version, sendInitialEvents: true, timeoutSeconds }, idleMs: STREAM_IDLE_MS },
    ],
  };
}

/** Watches on from the last version seen. Observers hear of it when the server has accepted it, or now if nothing speaks against. */
export function openWatch(memory: Memory, now: Moment): WatchStep {
  const call = memory.call + 1;
  const timeoutSeconds = watchSeconds(now);
  const watch: ReflectorEffect = {
    type: "watch",
    call,
    ask: { resourceVersion: memory.version, timeoutSeconds },
    idleMs: watchIdleMs(timeoutSeconds),
  };
  return {
    state: { phase: "watching", memory: { ...memory, call }, openedAt: now.elapsedMs, hasProgress: false, hasHeard: false },
    effects: memory.isDoubtful ? [watch] : [watch, { type: "tell", condition: { phase: "watching" } }],
  };
}

/** Asks for the server's version. Nothing is told of it: the watch is not open for as long as one request takes. */
export function openProbe(memory: Memory, by: ProbedBy = memory.offersWatchList ? "watch" : "list"): Step {
  const call = memory.call + 1;
  const probe: ReflectorEffect =
    by === "list"
      ? { type: "probe", call, idleMs: PROBE_IDLE_MS }
      : { type: "watch", call, ask: { sendInitialEvents: true, objects: "none", timeoutSeconds: PROBE_SECONDS }, idleMs: STREAM_IDLE_MS };
  return { state: { phase: "probing", memory: { ...memory, call }, by }, effects: [probe] };
}

/** How long a watch of so many seconds may be silent. */
function watchIdleMs(timeoutSeconds: number): number {
  return timeoutSeconds * 1000 + IDLE_SLACK_MS;
}

/** Uniform, so that kinds that began together do not end together. */
function watchSeconds({ draw }: Moment): number {
  return Math.floor(WATCH_SECONDS.least + (WATCH_SECONDS.most - WATCH_SECONDS.least) * draw);
}

/** The memory of a reflector whose cache has just been replaced at `version`. A disconnect that was announced while the list was read is still to come. */
export function replacedAt(memory: Memory, version: string): Memory {
  const replaced = { ...accepted(memory), version, hasProgressed: false, brokenStreams: 0, brokenWatches: 0, hasLostHistory: false };
  return memory.expectedAt >= memory.listedFrom ? replaced : { ...replaced, expectedUntil: Number.NEGATIVE_INFINITY, bodies: "unknown" };
}

/** What failed, and what shall come after the wait. */
export interface Failure {
  /** Absent: the server ended a call in order, but without any use. */
  readonly error: PolykindError | undefined;
  readonly next: Next;
  readonly now: Moment;
}

/** Counts a failure, tells of it, and waits. */
export function retry(memory: Memory, { error, next, now }: Failure): Step {
  const healthyMs = memory.healthyFrom === undefined ? 0 : now.elapsedMs - memory.healthyFrom;
  const isHealed = healthyMs >= HEALTHY_MS;
  const failures = isHealed ? 1 : memory.failures + 1;
  const refusals = (isHealed ? 0 : memory.refusals) + (isRefusal(error) ? 1 : 0);
  const tries = healthyMs >= SETTLED_MS ? 1 : memory.tries + 1;
  const failed = {
    ...memory,
    failures,
    refusals,
    tries,
    starting: isStarting(error) ? memory.starting + 1 : 0,
    healthyFrom: undefined,
    isDoubtful: true,
  };
  const forMs = retryDelayMs({ memory: failed, error, elapsedMs: now.elapsedMs, draw: now.draw });
  const step = rest(failed, { forMs, next, error });
  return error === undefined ? step : { ...step, effects: [{ type: "tellFailed", error }, ...step.effects] };
}

/** Waits without a failure. */
export function rest(
  memory: Memory,
  { forMs, next, error }: { readonly forMs: number; readonly next: Next; readonly error?: PolykindError | undefined },
): Step {
  const call = memory.call + 1;
  return {
    state: { phase: "waiting", memory: { ...memory, call }, next },
    effects: [
      { type: "tell", condition: { phase: "waiting", forMs, error, failures: memory.failures } },
      { type: "sleep", call, forMs },
    ],
  };
}

/** Whether the server said that it would drop the watch, and the list that follows has not come yet. */
export function isExpected(memory: Memory, { elapsedMs }: Moment): boolean {
  return elapsedMs <= memory.expectedUntil;
}

/** Whether this is the disconnect that was announced: one that follows it is like any other, or a server that always ends watches would be asked without a pause. */
export function isFirstExpected(memory: Memory, now: Moment): boolean {
  return memory.resumeWithinMs > 0 && isExpected(memory, now);
}

/** Resumes after an expected disconnect: once within the window, then at once. */
export function resumeExpected(memory: Memory, { next, now }: { readonly next: Next; readonly now: Moment }): Step {
  return rest({ ...memory, resumeWithinMs: 0 }, { forMs: now.draw * memory.resumeWithinMs, next });
}

/** Ends a wait. */
export function resume({ memory, next }: ReflectorState & { readonly phase: "waiting" }, now: Moment): Step {
  return open(memory, next, now);
}

/** Goes on with `next`. */
export function open(memory: Memory, next: Next, now: Moment): Step {
  switch (next) {
    case "watch":
      return openWatch(memory, now);
    case "probe":
      return openProbe(memory);
    case "probeByList":
      return openProbe(memory, "list");
    default:
      return openList(memory, next, now);
  }
}
