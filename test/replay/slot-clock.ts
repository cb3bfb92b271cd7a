import { type Clock, systemClock, type Timer } from "@polykind/core";

/** Whatever waits for less only gathers what is to be told, in milliseconds. */
const SHORTEST_MS = 100;

/** A timer of a slot that has not fired. */
export interface PendingTimer {
  readonly afterMs: number;
  readonly fire: () => void;
}

/** A clock whose timers fire when they are told to, in any order: the model knows no durations either. */
export class SlotClock implements Clock {
  readonly #pending = new Set<PendingTimer>();

  /** Those that wait, in the order in which they were set. */
  get pending(): readonly PendingTimer[] {
    return [...this.#pending];
  }

  now(): number {
    return systemClock.now();
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  sleep(forMs: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(forMs, signal);
  }

  setTimer(afterMs: number, fire: () => void): Timer {
    if (afterMs < SHORTEST_MS) return systemClock.setTimer(afterMs, fire);
    const timer: PendingTimer = {
      afterMs,
      fire: () => {
        if (this.#pending.delete(timer)) fire();
      },
    };
    this.#pending.add(timer);
    return { cancel: () => void this.#pending.delete(timer) };
  }
}
