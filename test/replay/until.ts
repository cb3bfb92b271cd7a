import { setTimeout as sleep } from "node:timers/promises";

/** Resolves as soon as it holds; rejects with what was waited for in vain. */
export type Until = (holds: () => boolean | Promise<boolean>, what: string | (() => string)) => Promise<void>;

/** Waits for as long as this, in milliseconds, and no longer. */
export function untilWithin(patienceMs: number): Until {
  return async (holds, what) => {
    const givenUpAt = performance.now() + patienceMs;
    while (!(await holds())) {
      if (performance.now() > givenUpAt) throw new Error(`waited ${patienceMs} ms in vain for ${typeof what === "string" ? what : what()}`);
      await sleep(1);
    }
  };
}
