import type { Bug } from "./bugs.ts";

/** Mistakes in when and how calls are made. */
export const CALL_BUGS: readonly Bug[] = [
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
    name: "a broken wait of one kind wakes those that were told to wait",
    file: "pool/reconnects.ts",
    find: `state.phase === "waiting" && (state.error?.code === "API_UNREACHABLE" || isStarting(state.error));`,
    replace: `state.phase === "waiting" || isStarting(undefined);`,
    isRare: true,
    caughtBy: ["W13"],
  },
  {
    name: "the pause after a failure is the same for all",
    file: "reflector/retry.ts",
    find: `2 ** Math.min(doublings, 10)) * (1 + draw)`,
    replace: `2 ** Math.min(doublings, 10))`,
    caughtBy: ["W13"],
  },
  {
    name: "the pause after a failure is nearly the same for all",
    file: "reflector/retry.ts",
    find: `2 ** Math.min(doublings, 10)) * (1 + draw)`,
    replace: `2 ** Math.min(doublings, 10)) * (1 + draw / 20)`,
    isRare: true,
    caughtBy: ["W13"],
  },
  {
    name: "all come back at the very end of Retry-After",
    file: "reflector/retry.ts",
    find: `askedMs + draw * Math.max(100, askedMs / 5)`,
    replace: `askedMs`,
    caughtBy: ["W13"],
  },
  {
    name: "the first tries of all come at one moment",
    file: "reflector/retry.ts",
    find: `const quickMs = 50 + 100 * draw;`,
    replace: `const quickMs = 100 + 0 * draw;`,
    caughtBy: ["W13"],
  },
  {
    name: "all are woken at once when the server is back",
    file: "pool/reconnects.ts",
    find: `const AT_ONCE = 8;`,
    replace: `const AT_ONCE = 1_000;`,
    caughtBy: ["W13"],
  },
];
