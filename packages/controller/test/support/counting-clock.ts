import { type Clock, systemClock } from "@polykind/core";

/** The clock of the machine, which knows how many of its timers have been neither fired nor cancelled. */
export class CountingClock implements Clock {
  readonly #pending = new Set<object>();

  get pending(): number {
    return this.#pending.size;
  }

  now(): number {
    return systemClock.now();
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  setTimer(afterMs: number, fire: () => void): { cancel(): void } {
    const entry = {};
    this.#pending.add(entry);
    const timer = systemClock.setTimer(afterMs, () => {
      this.#pending.delete(entry);
      fire();
    });
    return {
      cancel: () => {
        this.#pending.delete(entry);
        timer.cancel();
      },
    };
  }

  sleep(forMs: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(forMs, signal);
  }
}
