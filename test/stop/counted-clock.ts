import { type Clock, systemClock, type Timer } from "@polykind/core";

/** The clock of the machine, whose timers and sleeps are counted while they last. */
export class CountedClock implements Clock {
  readonly #open = new Set<object>();

  /** Timers and sleeps that are open now. */
  get count(): number {
    return this.#open.size;
  }

  now(): number {
    return systemClock.now();
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  setTimer(afterMs: number, fire: () => void): Timer {
    const mark = {};
    this.#open.add(mark);
    const timer = systemClock.setTimer(afterMs, () => {
      this.#open.delete(mark);
      fire();
    });
    return {
      cancel: () => {
        this.#open.delete(mark);
        timer.cancel();
      },
    };
  }

  async sleep(forMs: number, signal?: AbortSignal): Promise<void> {
    const mark = {};
    this.#open.add(mark);
    try {
      await systemClock.sleep(forMs, signal);
    } finally {
      this.#open.delete(mark);
    }
  }
}
