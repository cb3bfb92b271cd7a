import { compareResourceVersions } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import {
  CHANGES,
  FIRST_LIST,
  isExpected,
  isFirstExpected,
  isOlder,
  open,
  openList,
  openWatch,
  RELIST,
  resumeExpected,
  retry,
  stay,
} from "./moves.ts";
import { isTooLarge } from "./retry.ts";
import type { Line, Moment, Next, ReflectorState, Step } from "./state.ts";

type Watching = ReflectorState & { readonly phase: "watching" };

/** A watch that ends sooner than this without having told anything is counted as failed. */
export const SHORT_WATCH_MS = 1_000;
/** So many watches in a row may be ended by errors at one version: then what comes after it is not to be had by a watch. */
const MOST_BROKEN_WATCHES = 3;
/** A watch that was so long without a line or a bookmark is doubted: servers send a bookmark about every minute. */
export const UNHEARD_MS = 150_000;

/** A line of a watch: what is older than the last version seen is a replay and dropped; of equal versions the store decides by object. */
export function takeLine(state: Watching, line: Line): Step {
  const version = line.type === "bookmark" ? line.version : line.record.resourceVersion;
  const { memory } = state;
  if (isOlder(version, memory.version)) return stay(state);
  const isNew = compareResourceVersions(version, memory.version) !== 0;
  const moved = isNew
    ? { ...state, hasProgress: true, hasHeard: true, memory: { ...memory, version, hasProgressed: true, brokenWatches: 0 } }
    : heard(state);
  return { state: moved, effects: [line.type === "bookmark" ? { type: "advance", version } : { type: "apply", line, version }] };
}

function heard(state: Watching): Watching {
  return state.hasHeard ? state : { ...state, hasHeard: true };
}

/**
 * What follows a watch. One of a version that the server does not have yet, as after a restore of its storage, is accepted by Kubernetes and stays silent, without
 * bookmarks, too; then the version is probed.
 */
function afterWatch({ memory, hasHeard, openedAt }: Watching, { elapsedMs }: Moment): Next {
  if (memory.bodies === "changed") return RELIST;
  return hasHeard || elapsedMs - openedAt < UNHEARD_MS ? "watch" : "probe";
}

/** The server ended the watch in order. */
export function endWatch(state: Watching, now: Moment): Step {
  const { memory, openedAt, hasProgress } = state;
  const next = afterWatch(state, now);
  if (isFirstExpected(memory, now)) return resumeExpected(memory, { next, now });
  if (next !== "watch") return open(memory, next, now);
  const lastedMs = now.elapsedMs - openedAt;
  if (hasProgress || lastedMs >= SHORT_WATCH_MS) return openWatch(memory, now);
  const error = new PolykindError(
    "API_UNAVAILABLE",
    `cannot watch: the server ended the watch after ${Math.round(lastedMs)} ms without any event`,
    {
      facts: { lastedMs },
    },
  );
  // Once is nothing: servers end watches when they stop.
  return retry(memory, { error: memory.failures === 0 ? undefined : error, next: "watch", now });
}

/** The watch has failed. */
export function failWatch(state: Watching, error: PolykindError, now: Moment): Step {
  const { memory } = state;
  if (isTooLarge(error)) return retry(memory, { error, next: { ...RELIST, tooLarge: 1 }, now });
  if (error.code === "API_GONE") {
    if (isExpected(memory, now)) return resumeExpected(memory, { next: memory.bodies === "same" ? CHANGES : RELIST, now });
    return memory.hasProgressed ? openList(memory, RELIST, now) : retry(memory, { error, next: RELIST, now });
  }
  if (error.code === "API_UNREACHABLE" && isFirstExpected(memory, now))
    return resumeExpected(memory, { next: afterWatch(state, now), now });
  if (!isBroken(state, error)) return retry(memory, { error, next: afterWatch(state, now), now });
  const brokenWatches = memory.brokenWatches + 1;
  const next = brokenWatches < MOST_BROKEN_WATCHES ? afterWatch(state, now) : FIRST_LIST;
  return retry({ ...memory, brokenWatches }, { error, next, now });
}

/** Whether the server accepted the watch and then failed at it before it told anything. */
function isBroken({ memory, hasProgress }: Watching, { code }: PolykindError): boolean {
  return code === "API_UNAVAILABLE" && memory.healthyFrom !== undefined && !hasProgress;
}

/**
 * A line could not be decoded. Nothing after it may be applied, or it would be lost silently: the watch is resumed before it, and when it comes again
 * everything is listed anew, which leads past it.
 */
export function refuseLine({ memory }: Watching, error: PolykindError, now: Moment): Step {
  const isAgain = memory.undecodableAt === memory.version;
  return retry({ ...memory, undecodableAt: isAgain ? undefined : memory.version }, { error, next: isAgain ? FIRST_LIST : "watch", now });
}
