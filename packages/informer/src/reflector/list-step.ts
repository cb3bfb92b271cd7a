import { PolykindError } from "@polykind/core";
import {
  accepted,
  FIRST_LIST,
  isOlder,
  LIST_IDLE_MS,
  openList,
  openStream,
  openWatch,
  PAGE_LIMIT,
  replacedAt,
  retry,
  stay,
} from "./moves.ts";
import { isStarting, isTooLarge } from "./retry.ts";
import type { Line, ListPlan, Memory, Moment, Page, ReflectorEffect, ReflectorState, Step } from "./state.ts";

type Listing = ReflectorState & { readonly phase: "listing" };
type Streaming = ReflectorState & { readonly phase: "streaming" };

/** WatchLists that break so often in a row make way for pages. */
const MOST_BROKEN_STREAMS = 2;
/** The server must have denied knowledge of our version so often before we believe that it lost history. */
const DENIALS_FOR_EPOCH_BREAK = 2;

/** A page of a list has come: the last one completes it, and the first of several leads to WatchList where that is offered. */
export function takePage(state: Listing, page: Page, now: Moment): Step {
  const memory = accepted(state.memory);
  const { plan } = state;
  if (state.version === undefined && isOlder(page.version, memory.version) && !mayBreak(plan))
    return refuseStale(memory, { plan, version: page.version, now });
  const version = state.version ?? page.version;
  if (page.continue === undefined) return complete(memory, { version, before: [{ type: "stagePage", page }], now });
  if (plan.by === "auto" && memory.offersWatchList) return openStream(memory, { plan, version: page.version, now });
  const call = memory.call + 1;
  return {
    state: { phase: "listing", memory: { ...memory, call }, plan, version },
    effects: [
      { type: "stagePage", page },
      { type: "list", call, ask: { limit: PAGE_LIMIT, continue: page.continue }, idleMs: LIST_IDLE_MS },
    ],
  };
}

/** Whether a consistent list may be older than what was seen: the server has lost history, as after a restore of its storage. */
function mayBreak({ from, tooLarge }: ListPlan): boolean {
  return from === "latest" && tooLarge >= DENIALS_FOR_EPOCH_BREAK;
}

/** A list from a server that lags behind would take the cache back in time. */
export function refuseStale(
  memory: Memory,
  { plan, version, now }: { readonly plan: ListPlan; readonly version: string; readonly now: Moment },
): Step {
  const error = new PolykindError(
    "API_UNAVAILABLE",
    `cannot take list: its version ${version} is older than ${memory.version}, which was seen already`,
    {
      facts: { version, seen: memory.version },
    },
  );
  return retry(memory, { error, next: { ...plan, from: "notOlder" }, now });
}

/** The list is complete: swap it in and watch on from its version. */
export function complete(
  memory: Memory,
  { version, before, now }: { readonly version: string; readonly before: readonly ReflectorEffect[]; readonly now: Moment },
): Step {
  const watch = openWatch(replacedAt(memory, version), now);
  return {
    state: watch.state,
    effects: [...before, replaceBy(memory, version), ...watch.effects],
  };
}

function replaceBy(memory: Memory, version: string): ReflectorEffect {
  const isEpochBreak = memory.hasLostHistory || isOlder(version, memory.version);
  return { type: "replace", version, isEpochBreak, isReread: memory.bodies === "changed" };
}

/** A list has failed. What is cached stays as it is. */
export function failList({ memory, plan, version }: Listing, error: PolykindError, now: Moment): Step {
  if (isTooLarge(error)) return retry(memory, { error, next: denied(plan), now });
  // In one answer it may be too much for the server.
  if (error.code !== "API_GONE") return retry(memory, { error, next: plan.by === "whole" ? { ...plan, by: "pages" } : plan, now });
  // The continue token has expired: what was read of the list is of no use without the rest.
  if (version !== undefined)
    return retry(memory, {
      error,
      next: { ...plan, from: "latest", by: plan.expired > 0 ? "whole" : "pages", expired: plan.expired + 1 },
      now,
    });
  return plan.from === "notOlder" ? openList(memory, { ...plan, from: "latest" }, now) : retry(memory, { error, next: plan, now });
}

/** The plan after the server has said that it does not know our version: once more, then whatever it has. */
export function denied(plan: ListPlan): ListPlan {
  const tooLarge = plan.tooLarge + 1;
  return tooLarge < DENIALS_FOR_EPOCH_BREAK
    ? { ...plan, tooLarge, from: "notOlder" }
    : { ...plan, tooLarge, from: "latest", by: plan.by === "stream" ? "auto" : plan.by };
}

/** A line of a WatchList: synthetic events are collected and say nothing of the version; the annotated bookmark completes it. */
export function takeStreamLine(state: Streaming, line: Line, now: Moment): Step {
  if (line.type !== "bookmark") return { state, effects: [{ type: "stage", line }] };
  if (!line.isInitialEventsEnd) return stay(state);
  const { memory, plan, idleMs } = state;
  if (isOlder(line.version, memory.version) && !mayBreak(plan)) return refuseStale(memory, { plan, version: line.version, now });
  const watch = openWatch(replacedAt(memory, line.version), now);
  // The same stream goes on: nothing is opened, only its silence is judged as that of a watch.
  const opened = watch.effects.flatMap((effect): readonly ReflectorEffect[] =>
    effect.type === "watch" ? [{ type: "allowSilence", idleMs }] : [effect],
  );
  return {
    state: { ...watch.state, memory: { ...watch.state.memory, call: memory.call } },
    effects: [replaceBy(memory, line.version), ...opened],
  };
}

/** A WatchList has failed, or ended before it was complete. */
export function failStream({ memory, plan }: Streaming, error: PolykindError | undefined, now: Moment): Step {
  const pages: ListPlan = { ...plan, by: "pages" };
  if (error === undefined) return retryStream(memory, { plan, error, now });
  if (isTooLarge(error)) return retry(memory, { error, next: denied(plan), now });
  // The watch cache of a kind that has just appeared is not filled yet; a list does without it.
  if (isStarting(error) && plan.by === "stream" && memory.version === "") return openList(memory, { ...plan, by: "auto" }, now);
  // That of a kind that was there before says nothing of WatchList, and pages would be read past it.
  if (isStarting(error) && memory.version !== "") return retry(memory, { error, next: plan, now });
  switch (error.code) {
    case "API_INVALID":
      return openList({ ...memory, offersWatchList: false }, pages, now);
    case "TIMED_OUT":
      return retry({ ...memory, offersWatchList: false }, { error, next: pages, now });
    case "API_PROTOCOL":
      return retry(memory, { error, next: pages, now });
    case "API_GONE":
      if (plan.from === "notOlder") return openList(memory, { ...FIRST_LIST, tooLarge: plan.tooLarge }, now);
      return retry(memory, { error, next: { ...FIRST_LIST, tooLarge: plan.tooLarge }, now });
    default:
      return retryStream(memory, { plan, error, now });
  }
}

function retryStream(
  memory: Memory,
  { plan, error, now }: { readonly plan: ListPlan; readonly error: PolykindError | undefined; readonly now: Moment },
): Step {
  const brokenStreams = memory.brokenStreams + 1;
  return retry({ ...memory, brokenStreams }, { error, next: brokenStreams < MOST_BROKEN_STREAMS ? plan : { ...plan, by: "pages" }, now });
}
