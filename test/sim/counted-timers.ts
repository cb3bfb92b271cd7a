import type { Clock, Timer } from "@polykind/core";

/** A clock whose timers are counted. */
export class CountedTimers implements Clock {
  readonly #clock: Clock;
  readonly #marks = new Set<object>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Timers that are set now. */
  get count(): number {
    return this.#marks.size;
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  sleep(forMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(forMs, signal);
  }

  setTimer(afterMs: number, fire: () => void): Timer {
    const mark = {};
    this.#marks.add(mark);
    const timer = this.#clock.setTimer(afterMs, () => {
      this.#marks.delete(mark);
      fire();
    });
    return {
      cancel: () => {
        this.#marks.delete(mark);
        timer.cancel();
      },
    };
  }
}
