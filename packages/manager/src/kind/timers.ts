import type { Clock, Timer } from "@polykind/core";
import type { KindState } from "./state.ts";

/** What a timer of a slot is known by. */
export type TimerKey = `${string} ${number}`;

/** The timers of one slot. A timer that the state does not wait for is cancelled, so that none outlives its reason. */
export class Timers {
  readonly #clock: Clock;
  readonly #set = new Map<TimerKey, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `fire` after `forMs`, unless it is cancelled before. */
  set(key: TimerKey, forMs: number, fire: () => void): void {
    const expire = (): void => {
      this.#set.delete(key);
      fire();
    };
    this.#set.set(key, this.#clock.setTimer(forMs, expire));
  }

  /** Cancels all but those that `state` waits for. */
  keep(state: KindState): void {
    if (this.#set.size === 0) return;
    const awaited = awaitedOf(state);
    for (const [key, timer] of this.#set) {
      if (awaited.has(key)) continue;
      timer.cancel();
      this.#set.delete(key);
    }
  }
}

/** The timers that a state waits for. */
export function awaitedOf(state: KindState): ReadonlySet<TimerKey> {
  const keys = new Set<TimerKey>([...state.waits].map(([timer, serial]): TimerKey => `${timer} ${serial}`));
  for (const run of state.runs.values()) {
    if (run.phase === "cooling") keys.add(`cool ${run.epoch}`);
    if (run.phase === "running" && run.successor?.phase === "cooling") keys.add(`cool ${run.successor.epoch}`);
  }
  return keys;
}
