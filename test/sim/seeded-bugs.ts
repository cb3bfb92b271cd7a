import type { Bug } from "./bugs.ts";

/** The mistakes that the simulation must find; most are real ones of other clients. Kept as edits, so that one that does not fit any more is noticed. */
export const BUGS: readonly Bug[] = [
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
    name: "no pause after a failure",
    file: "reflector/retry.ts",
    find: `if (isStarting(error) && memory.starting <= STARTING_TRIES) return quickMs;`,
    replace: `if (error !== undefined) return quickMs;`,
    caughtBy: ["W13"],
  },
  {
    name: "Retry-After is not heard",
    file: "reflector/retry.ts",
    find: `return askedMs === undefined ? ownMs : `,
    replace: `return askedMs !== undefined ? ownMs : askedMs === undefined ? ownMs : `,
    caughtBy: ["W13"],
  },
  {
    name: "the pause does not grow",
    file: "reflector/retry.ts",
    find: `FIRST_BACKOFF_MS * 2 ** Math.min(doublings, 10)`,
    replace: `FIRST_BACKOFF_MS * 2 ** Math.min(doublings, 0)`,
    caughtBy: ["W13"],
  },
  {
    name: "watches that end at once are opened again at once",
    file: "reflector/watch-step.ts",
    find: `if (hasProgress || lastedMs >= SHORT_WATCH_MS) return openWatch(memory, now);`,
    replace: `if (hasProgress || lastedMs >= 0) return openWatch(memory, now);`,
    caughtBy: ["W13"],
  },
  {
    name: "silence is never noticed",
    file: "reflector/driver.ts",
    find: `if (silentMs >= call.idleMs) {`,
    replace: `if (silentMs >= call.idleMs * 1_000) {`,
    isRare: true,
    caughtBy: ["W14", "W3"],
  },
  {
    name: "the next call does not wait for the end of the one before",
    file: "reflector/driver.ts",
    find: `    await before;
    if (call.abort.signal.aborted) return;`,
    replace: `    if (call.abort.signal.aborted) return;`,
    caughtBy: ["W9"],
  },
  {
    name: "a call that is over is not aborted",
    file: "reflector/driver.ts",
    find: `    call?.abort.abort();`,
    replace: ``,
    caughtBy: ["W3", "W9", "W10", "W14"],
  },
  {
    name: "the stop does not wait for what is open",
    file: "reflector/driver.ts",
    find: `    await this.#call?.done;`,
    replace: ``,
    caughtBy: ["W10"],
  },
  {
    name: "a timer is left after a call",
    file: "reflector/driver.ts",
    find: `    call?.timer?.cancel();
    call?.abort.abort();`,
    replace: `    call?.abort.abort();`,
    caughtBy: ["W10"],
  },
  {
    name: "a place among the lists is never given back",
    file: "reflector/driver.ts",
    find: `    this.#ticket?.leave();
    this.#ticket = undefined;`,
    replace: `    this.#ticket = undefined;`,
    caughtBy: ["W3"],
  },
  {
    name: "an informer that is being stopped is handed out again",
    file: "pool/pool.ts",
    find: `slot?.stopped !== undefined; slot = this.#slots.get(name)) await slot.stopped;`,
    replace: `slot?.stopped !== undefined && slot.leases.size > 99; slot = this.#slots.get(name)) await slot.stopped;`,
    caughtBy: ["C12", "W3", "W10"],
  },
  {
    name: "the first release stops the informer for all",
    file: "pool/pool.ts",
    find: `if (slot.leases.size === 0) await this.#stop(name, slot);`,
    replace: `if (slot.leases.size >= 0) await this.#stop(name, slot);`,
    caughtBy: ["C12", "W3", "W10", "W4"],
  },
  {
    name: "a lease leaves its handlers behind",
    file: "pool/lease.ts",
    find: `    for (const end of this.#ends) end();`,
    replace: ``,
    caughtBy: ["W10"],
  },
  {
    name: "a removed handler is told what was queued",
    file: "handlers/registration.ts",
    find: `    this.#queue = undefined;
    clearImmediate`,
    replace: `    clearImmediate`,
    caughtBy: ["W10"],
  },
  {
    name: "a late joiner is told of nothing that is there",
    file: "informer.ts",
    find: `if (this.hasSynced) registration.begin(this.store.snapshot());`,
    replace: `if (this.hasSynced) registration.begin([]);`,
    caughtBy: ["W3", "W4", "W6"],
  },
  {
    name: "a late joiner waits for the next list",
    file: "informer.ts",
    find: `if (this.hasSynced) registration.begin(this.store.snapshot());`,
    replace: ``,
    caughtBy: ["W3"],
  },
  {
    name: "synced is said before anything was told",
    file: "handlers/registration.ts",
    find: `      if (!this.#queue.hasInitial) this.#latch.open();`,
    replace: `      this.#latch.open();`,
    caughtBy: ["W6"],
  },
  {
    name: "handlers are told by name instead of uid",
    file: "handlers/change-queue.ts",
    find: `change.before.uid === change.after.uid) return { change };`,
    replace: `change.before.key === change.after.key) return { change };`,
    caughtBy: ["W4"],
  },
  {
    name: "the successor is told before the end of its predecessor",
    file: "handlers/change-queue.ts",
    find: `    this.#successor = { ...change, before: undefined, last: undefined };
    return { change: { ...change, after: undefined } };`,
    replace: `    this.#successor = { ...change, after: undefined };
    return { change: { ...change, before: undefined, last: undefined } };`,
    caughtBy: ["W4"],
  },
  {
    name: "changes are told last first",
    file: "handlers/change-queue.ts",
    find: `      this.#changes.push(change);
      return;`,
    replace: `      this.#changes.unshift(change);
      return;`,
    caughtBy: ["W4"],
  },
  {
    name: "a handler that throws is told nothing more",
    file: "handlers/registration.ts",
    find: `      this.#fail(cause);
      return undefined;`,
    replace: `      this.#fail(cause);
      this.#queue = undefined;
      return undefined;`,
    caughtBy: ["W3"],
  },
  {
    name: "what a list no longer has stays cached",
    file: "store/object-store.ts",
    find: `for (const [key, before] of old) if (!records.has(key)) changes.push(`,
    replace: `for (const [key, before] of []) if (!records.has(key)) changes.push(`,
    caughtBy: ["W3", "W4"],
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
    name: "a broken wait of one kind wakes those that were told to wait",
    file: "pool/reconnects.ts",
    find: `state.phase === "waiting" && (state.error?.code === "API_UNREACHABLE" || isStarting(state.error));`,
    replace: `state.phase === "waiting" || isStarting(undefined);`,
    isRare: true,
    caughtBy: ["W13"],
  },
];
