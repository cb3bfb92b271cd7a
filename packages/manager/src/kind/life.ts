import { compareResourceVersions, type CrdDescriptor } from "@polykind/apimachinery";
import { classOf, closesWatches, keepsBodies } from "./change.ts";
import { rejudge } from "./owing.ts";
import type { KindState, SlotTimer, Step, Verdict } from "./state.ts";
import { andThen, unwait, wait } from "./wait.ts";

/** After so long one of the lives that have ended is forgiven, in milliseconds: three of them in five minutes. */
const FORGIVE_MS = 100_000;
/** How long the first life too many is held, in milliseconds. Each further one is held twice as long. */
const FIRST_HOLD_MS = 1_000;
const LONGEST_HOLD_MS = 300_000;
/** After so many holds in a row they grow no more. */
const MOST_HOLDS = 9;
/** Edits that come closer than this after a replacement are waited out, in milliseconds. */
const QUIET_MS = 250;
/** After so many edits in a row nothing is waited for any more: two seconds. */
const MOST_EDITS = 8;
/** A deletion that takes longer is looked into, and then again each time, in milliseconds. */
const BLOCKED_MS = 60_000;

/**
 * Takes in a look at the CRD. Of one life only what is newer counts, and of a life that is over nothing does: a look may come late, by a lagging server or after the
 * server was asked directly.
 */
export function observe(state: KindState, crd: CrdDescriptor, verdict: Verdict): Step {
  if (crd.uid === state.endedUid) return [state, []];
  if (state.crd?.uid !== crd.uid) return beginLife(state.crd === undefined ? [state, []] : endLife(state), crd, verdict);
  if (compareResourceVersions(crd.resourceVersion, state.crd.resourceVersion) === -1) return [state, []];
  return edit(state, { before: state.crd, crd, verdict });
}

/** Takes in that the life of this uid is over. */
export function lose(state: KindState, uid: string): Step {
  return state.crd?.uid === uid ? endLife(state) : [state, []];
}

/**
 * Asks the server whether the CRD is there: that a collection is not served is a hint, and no more. There is one question at a time, be it about a life that is over: whoever
 * is not served tries again, and hints again.
 */
export function doubt(state: KindState): Step {
  if (state.crd === undefined || state.confirming !== undefined) return [state, []];
  return [{ ...state, confirming: state.crd.uid }, [{ type: "confirm", uid: state.crd.uid }]];
}

/** Takes in what the server said to {@link doubt}. That the CRD is there, or what it is now, is left to the watch to tell. */
export function confirm(state: KindState, uid: string, is: "there" | "absent" | "unknown"): Step {
  if (state.confirming !== uid) return [state, []];
  const asked = { ...state, confirming: undefined };
  return is === "absent" ? lose(asked, uid) : [asked, []];
}

/** A timer has fired. */
export function awake(state: KindState, timer: SlotTimer): Step {
  const awoken = unwait(state, timer);
  switch (timer) {
    case "forgive":
      return forgiveLater({ ...awoken, flaps: awoken.flaps - 1 });
    case "hold":
      return [awoken, []];
    case "quiet":
      return [{ ...awoken, edits: 0 }, []];
    case "blocked":
      return andThen(wait({ ...awoken, isBlocked: true }, "blocked", BLOCKED_MS), survey);
  }
}

/** Lets no further replacement follow at once. */
export function quieten(state: KindState): Step {
  return wait(state, "quiet", QUIET_MS);
}

/** The one place in which a life begins: only the watch tells of one, and it tells of them in their order. */
function beginLife(step: Step, crd: CrdDescriptor, verdict: Verdict): Step {
  return andThen(step, (state) => {
    const begun = { ...state, crd, verdict, incarnations: state.incarnations + 1 };
    return andThen(holdIfFlapping(begun), (held) => expectEnd(held, crd));
  });
}

function endLife(state: KindState): Step {
  const ended: KindState = {
    ...unwait(state, "hold", "quiet", "blocked"),
    crd: undefined,
    endedUid: state.crd?.uid,
    verdict: { type: "none" },
    owing: new Map(),
    // Where no number is too many, none needs to be remembered.
    flaps: Number.isFinite(state.livesAllowed) ? Math.min(state.flaps + 1, state.livesAllowed + MOST_HOLDS) : 0,
    edits: 0,
    isBlocked: false,
  };
  return state.waits.has("forgive") ? [ended, []] : forgiveLater(ended);
}

interface Edit {
  readonly before: CrdDescriptor;
  readonly crd: CrdDescriptor;
  readonly verdict: Verdict;
}

function edit(state: KindState, { before, crd, verdict }: Edit): Step {
  const changes = classOf(before, crd);
  const edited = rejudge({ ...state, crd }, verdict);
  if (changes.has("NONE")) return [edited, []];
  const how = { closesWatches: closesWatches(before, crd), keepsBodies: keepsBodies(before, crd) };
  const told: Step = [edited, [{ type: "edited", uid: crd.uid, changes, ...how }]];
  const quiet = changes.has("VERSION") ? andThen(told, prolongQuiet) : told;
  return andThen(quiet, (after) => expectEnd(after, crd));
}

function prolongQuiet(state: KindState): Step {
  if (!state.waits.has("quiet") || state.edits >= MOST_EDITS) return [state, []];
  return wait({ ...state, edits: state.edits + 1 }, "quiet", QUIET_MS);
}

function holdIfFlapping(state: KindState): Step {
  const tooMany = state.flaps - state.livesAllowed;
  if (tooMany < 0) return [state, []];
  return wait(state, "hold", Math.min(FIRST_HOLD_MS * 2 ** tooMany, LONGEST_HOLD_MS));
}

function expectEnd(state: KindState, { isTerminating }: CrdDescriptor): Step {
  return !isTerminating || state.waits.has("blocked") ? [state, []] : wait(state, "blocked", BLOCKED_MS);
}

function forgiveLater(state: KindState): Step {
  return state.flaps > 0 ? wait(state, "forgive", FORGIVE_MS) : [state, []];
}

function survey(state: KindState): Step {
  const running = [...state.runs.values()].find(({ phase }) => phase === "running");
  return [state, running === undefined ? [] : [{ type: "survey", plugin: running.target.plugin, epoch: running.epoch }]];
}
