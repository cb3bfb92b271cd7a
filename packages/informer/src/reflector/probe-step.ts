import type { PolykindError } from "@polykind/core";
import { accepted, isOlder, openList, openProbe, openWatch, RELIST, retry, stay } from "./moves.ts";
import type { Moment, ReflectorState, Step } from "./state.ts";

/** Somebody doubts that the server still has the history that was seen. A watch is broken for a probe, and one to come is preceded by it; a list tells by itself. */
export function doubtHistory(state: ReflectorState): Step {
  if (state.phase === "watching") return openProbe(state.memory);
  return stay(state.phase === "waiting" && state.next === "watch" ? { ...state, next: "probe" } : state);
}

/**
 * The server has told its version. An older one than was seen means that history was lost, or that this server lags behind: which of both is found out by a list that is
 * no older, and that is denied for good only after a loss. Whatever is listed then counts, for the server may have grown past our version meanwhile.
 */
export function takeVersion({ memory }: ReflectorState & { readonly phase: "probing" }, version: string, now: Moment): Step {
  if (!isOlder(version, memory.version)) return openWatch(accepted(memory), now);
  const list = openList({ ...memory, hasLostHistory: true }, { ...RELIST, tooLarge: 1 }, now);
  return { state: list.state, effects: [{ type: "tellLostHistory" }, ...list.effects] };
}

/** The probe has failed. Whoever may watch but not list goes without it. */
export function failProbe(
  { memory }: ReflectorState & { readonly phase: "probing" },
  { error, now }: { readonly error: PolykindError; readonly now: Moment },
): Step {
  return retry(memory, { error, next: error.code === "API_FORBIDDEN" ? "watch" : "probe", now });
}
