import type { PolykindError } from "@polykind/core";
import { failChanges, takeComparison, takeFetched } from "./changes-step.ts";
import { failList, failStream, takePage, takeStreamLine } from "./list-step.ts";
import { accepted, FIRST_LIST, isExpected, openList, resume, retry, stay } from "./moves.ts";
import { doubtHistory, endProbe, failProbe, takeProbeLine, takeVersion } from "./probe-step.ts";
import type { ExpectedBodies, Memory, Moment, ReflectorInput, ReflectorState, Step } from "./state.ts";
import { endWatch, failWatch, refuseLine, takeLine } from "./watch-step.ts";

/** For so long after it was announced the end of a watch is no failure: the server drains for up to twice its request timeout, mostly a second. */
const EXPECTED_FOR_MS = 60_000;
/** That which asks for more first. */
const BODIES: readonly ExpectedBodies[] = ["changed", "unknown", "same"];

/**
 * The state after `input`, and what it takes to be there. Pure and total: every input has a row in every state, so every race is a row of a table test.
 *
 * *Guarantees.* At most one call is open, and what an earlier one still says is dropped. The version only moves by what was applied: by a complete
 * list, an event, or a bookmark. A failed call never changes the cache. From `stopped` nothing leads away.
 */
export function step(state: ReflectorState, input: ReflectorInput, now: Moment): Step {
  if (state.phase === "stopped") return stay(state);
  switch (input.type) {
    case "stop":
      return { state: { phase: "stopped" }, effects: [{ type: "close" }] };
    case "start":
      if (state.phase !== "empty") return stay(state);
      return openList({ ...state.memory, startedAt: now.elapsedMs }, { ...FIRST_LIST, by: input.by ?? FIRST_LIST.by }, now);
    case "retryNow":
      return state.phase === "waiting" ? resume(state, now) : stay(state);
    case "probe":
      return doubtHistory(state);
    case "broken":
      return retry(state.memory, { error: input.error, next: FIRST_LIST, now });
    case "expectDisconnect":
      return stay({ ...state, memory: expecting(state, input, now) });
    default:
      return state.memory.call === input.call ? answer(state, input, now) : stay(state);
  }
}

/** The larger the list that may follow, the wider apart the kinds resume. Of two announcements before a list the one that asks for more counts. */
function expecting(
  state: Exclude<ReflectorState, { phase: "stopped" }>,
  { objects, bodies }: { readonly objects: number; readonly bodies: ExpectedBodies },
  now: Moment,
): Memory {
  const { memory } = state;
  const isDue = (isExpected(memory, now) || memory.bodies === "changed") && !isListedSince(state);
  return {
    ...memory,
    expectedUntil: now.elapsedMs + EXPECTED_FOR_MS,
    resumeWithinMs: Math.min(5_000, 50 + objects / 10),
    bodies: isDue ? moreOf(memory.bodies, bodies) : bodies,
    expectedAt: memory.call,
  };
}

/** Whether all objects are being read since the last announcement, so that only the next one is still to come. */
function isListedSince({ phase, memory }: Exclude<ReflectorState, { phase: "stopped" }>): boolean {
  return (phase === "listing" || phase === "streaming") && memory.expectedAt < memory.listedFrom;
}

function moreOf(a: ExpectedBodies, b: ExpectedBodies): ExpectedBodies {
  return BODIES.find((bodies) => bodies === a || bodies === b) ?? "unknown";
}

/** What the present call says. */
function answer(
  state: Exclude<ReflectorState, { phase: "stopped" }>,
  input: Extract<ReflectorInput, { readonly call: number }>,
  now: Moment,
): Step {
  switch (input.type) {
    case "page":
      if (state.phase === "fetching") return takeFetched(state, input.page, now);
      return state.phase === "listing" ? takePage(state, input.page, now) : stay(state);
    case "compared":
      return state.phase === "comparing" ? takeComparison(state, input.comparison, now) : stay(state);
    case "probed":
      return state.phase === "probing" ? takeVersion(state, input.version, now) : stay(state);
    case "opened":
      return opened(state, now);
    case "line":
      if (state.phase === "watching") return takeLine(state, input.line);
      if (state.phase === "probing") return takeProbeLine(state, input.line, now);
      return state.phase === "streaming" ? takeStreamLine(state, input.line, now) : stay(state);
    case "undecodable":
      return state.phase === "watching" ? refuseLine(state, input.error, now) : fail(state, input.error, now);
    case "ended":
      if (state.phase === "watching") return endWatch(state, now);
      if (state.phase === "probing") return endProbe(state);
      return state.phase === "streaming" ? failStream(state, undefined, now) : stay(state);
    case "failed":
      return fail(state, input.error, now);
    case "tick":
      return state.phase === "waiting" ? resume(state, now) : stay(state);
  }
}

function opened(state: ReflectorState, { elapsedMs }: Moment): Step {
  if (state.phase !== "watching" && state.phase !== "streaming") return stay(state);
  const memory = { ...accepted(state.memory), healthyFrom: state.memory.healthyFrom ?? elapsedMs };
  const isNews = state.phase === "watching" && state.memory.isDoubtful;
  return { state: { ...state, memory }, effects: isNews ? [{ type: "tell", condition: { phase: "watching" } }] : [] };
}

function fail(state: ReflectorState, error: PolykindError, now: Moment): Step {
  switch (state.phase) {
    case "listing":
      return failList(state, error, now);
    case "comparing":
    case "fetching":
      return failChanges(state, error, now);
    case "streaming":
      return failStream(state, error, now);
    case "watching":
      // A line that is too long for the reader does not come as a line: it, too, would come again for ever.
      if (error.code === "API_PROTOCOL") return refuseLine(state, error, now);
      return failWatch(state, error, now);
    case "probing":
      return failProbe(state, { error, now });
    case "empty":
    case "waiting":
    case "stopped":
      return stay(state);
  }
}
