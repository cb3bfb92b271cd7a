import type { Bug } from "./bugs.ts";

/** Mistakes in what the reflector decides. */
export const STEP_BUGS: readonly Bug[] = [
  {
    name: "resume from an initial event",
    file: "reflector/list-step.ts",
    find: `return { state, effects: [{ type: "stage", line }] };`,
    replace: `return { state: { ...state, memory: { ...state.memory, version: line.record.resourceVersion } }, effects: [{ type: "stage", line }] };`,
    isRare: true,
    caughtBy: ["W5", "W7", "W15"],
  },
  {
    name: "a stale list is accepted",
    file: "reflector/list-step.ts",
    find: `if (!state.hasPage && isOlder(page.version, memory.version) && !mayBreak(plan))`,
    replace: `if (!state.hasPage && isOlder(page.version, memory.version) && !mayBreak(plan) && page.version === "")`,
    isRare: true,
    caughtBy: ["W15", "W2"],
  },
  {
    name: "a lost history is never believed",
    file: "reflector/list-step.ts",
    find: `return from === "latest" && tooLarge >= DENIALS_FOR_EPOCH_BREAK;`,
    replace: `return from === "latest" && tooLarge >= 1_000_000;`,
    caughtBy: ["W3"],
  },
  {
    name: "pages are swapped in one by one",
    file: "reflector/list-step.ts",
    find: `      { type: "stagePage", page },
      { type: "list", call,`,
    replace: `      { type: "stagePage", page },
      { type: "replace", version: page.version, isEpochBreak: false },
      { type: "list", call,`,
    caughtBy: ["W5"],
  },
  {
    name: "a list that failed midway leaves its pages behind",
    file: "reflector/moves.ts",
    find: `      { type: "begin" },
      { type: "list", call,`,
    replace: `      { type: "list", call,`,
    isRare: true,
    caughtBy: ["W5"],
  },
  {
    name: "a bookmark does not advance",
    file: "reflector/watch-step.ts",
    find: `[line.type === "bookmark" ? { type: "advance", version } : { type: "apply", line, version }]`,
    replace: `line.type === "bookmark" ? [] : [{ type: "apply", line, version }]`,
    caughtBy: ["W7"],
  },
  {
    name: "an undecodable line is skipped",
    file: "reflector/step.ts",
    find: `return state.phase === "watching" ? refuseLine(state, input.error, now) : fail(state, input.error, now);`,
    replace: `return stay(state);`,
    caughtBy: ["W8"],
  },
  {
    name: "a replayed event is applied",
    file: "reflector/watch-step.ts",
    find: `if (isOlder(version, memory.version)) return stay(state);`,
    replace: ``,
    caughtBy: ["W2", "W5", "W15"],
  },
  {
    name: "an event does not move the version",
    file: "reflector/watch-step.ts",
    find: `const isNew = compareResourceVersions(version, memory.version) !== 0;`,
    replace: `const isNew = line.type === "bookmark" && compareResourceVersions(version, memory.version) !== 0;`,
    caughtBy: ["W7"],
  },
  {
    name: "410 is answered by watching on",
    file: "reflector/watch-step.ts",
    find: `  if (error.code === "API_GONE") {`,
    replace: `  if (error.code === "API_CONFLICT") {`,
    caughtBy: ["W3", "W13"],
  },
  {
    name: "410 in a stream that is left open is waited out",
    file: "reflector/step.ts",
    find: `      return failWatch(state, error, now);`,
    replace: `      return error.code === "API_GONE" ? stay(state) : failWatch(state, error, now);`,
    caughtBy: ["W14", "W3"],
  },
  {
    name: "every lost watch is followed by a list",
    file: "reflector/watch-step.ts",
    find: `  return retry(memory, { error, next: "watch", now });
}

/**`,
    replace: `  return retry(memory, { error, next: FIRST_LIST, now });
}

/**`,
    caughtBy: ["W11"],
  },
  {
    name: "a watch resumes without a version",
    file: "reflector/moves.ts",
    find: `    ask: { resourceVersion: memory.version, timeoutSeconds },`,
    replace: `    ask: { resourceVersion: memory.isDoubtful ? "0" : memory.version, timeoutSeconds },`,
    caughtBy: ["W7"],
  },
  {
    name: "watches that end at once are opened again at once",
    file: "reflector/watch-step.ts",
    find: `if (hasProgress || lastedMs >= SHORT_WATCH_MS) return openWatch(memory, now);`,
    replace: `if (hasProgress || lastedMs >= 0) return openWatch(memory, now);`,
    caughtBy: ["W13"],
  },
  {
    name: "an expected disconnect excuses every later one",
    file: "reflector/moves.ts",
    find: `return rest({ ...memory, resumeWithinMs: 0 }, {`,
    replace: `return rest({ ...memory, resumeWithinMs: 0.1, expectedUntil: Number.POSITIVE_INFINITY }, {`,
    isRare: true,
    caughtBy: ["W13"],
  },
  {
    name: "a server without WatchList is asked for it for ever",
    file: "reflector/list-step.ts",
    find: `return openList({ ...memory, offersWatchList: false }, pages, now);`,
    replace: `return openList(memory, plan, now);`,
    caughtBy: ["W3", "W13"],
  },
  {
    name: "after an announced disconnect all resume at one moment",
    file: "reflector/moves.ts",
    find: `forMs: now.draw * memory.resumeWithinMs`,
    replace: `forMs: memory.resumeWithinMs`,
    caughtBy: ["W13"],
  },
  {
    name: "a line that is too long is asked for again for ever",
    file: "reflector/step.ts",
    find: `      if (error.code === "API_PROTOCOL") return refuseLine(state, error, now);
`,
    replace: ``,
    caughtBy: ["W3"],
  },
];
