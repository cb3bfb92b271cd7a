import type { PolykindError } from "@polykind/core";
import { accepted, isOlder, openList, openProbe, openWatch, RELIST, retry, stay } from "./moves.ts";
import { isStarting } from "./retry.ts";
import type { Line, Moment, Next, ReflectorState, Step } from "./state.ts";

type Probing = ReflectorState & { readonly phase: "probing" };

/** Somebody doubts that the server still has the history that was seen. A watch is broken for a probe, and one to come is preceded by it; a list tells by itself. */
export function doubtHistory(state: ReflectorState): Step {
  if (state.phase === "watching") return openProbe(state.memory);
  return stay(state.phase === "waiting" && state.next === "watch" ? { ...state, next: "probe" } : state);
}

/**
 * The server has told its version. An older one than was seen means that history was lost, or that this server lags behind: which of both is found out by a list that is
 * no older, and that is denied for good only after a loss. Whatever is listed then counts, for the server may have grown past our version meanwhile.
 */
export function takeVersion({ memory }: Probing, version: string, now: Moment): Step {
  if (!isOlder(version, memory.version)) return openWatch(accepted(memory), now);
  const list = openList({ ...memory, hasLostHistory: true }, { ...RELIST, tooLarge: 1 }, now);
  return { state: list.state, effects: [{ type: "tellLostHistory" }, ...list.effects] };
}

/** A line of a probe by a watch: the bookmark that ends the initial events, of which there are none, tells the version. */
export function takeProbeLine(state: Probing, line: Line, now: Moment): Step {
  return line.type === "bookmark" && line.isInitialEventsEnd ? takeVersion(state, line.version, now) : stay(state);
}

/** The server ended a probe by a watch without its version: it took it for a plain watch. */
export function endProbe({ memory }: Probing): Step {
  return openProbe(memory, "list");
}

/** The probe has failed. */
export function failProbe({ memory, by }: Probing, { error, now }: { readonly error: PolykindError; readonly now: Moment }): Step {
  if (by === "watch" && error.code === "API_INVALID") return openProbe({ ...memory, offersWatchList: false });
  return retry(memory, { error, next: by === "watch" ? afterWatched(error) : afterListed(error), now });
}

/** A server that is there, but does not answer such a watch, is asked by a list. */
function afterWatched(error: PolykindError): Next {
  const isToWaitFor = error.code === "API_UNREACHABLE" || error.code === "API_THROTTLED" || isStarting(error);
  return isToWaitFor ? "probe" : "probeByList";
}

/** Whoever may watch but not list goes without it. */
function afterListed({ code }: PolykindError): Next {
  return code === "API_FORBIDDEN" ? "watch" : "probe";
}
