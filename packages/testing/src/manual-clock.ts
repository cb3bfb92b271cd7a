import type { Clock, Timer } from "@polykind/core";

interface Waiting {
  readonly atMs: number;
  readonly fire: () => void;
}

/**
 * A clock that a test moves by hand. Time stands still between calls of {@link advance}.
 *
 * Guarantees: timers fire in the order of their instants, and those of one instant in the order in which they were set; whatever a timer
 * started has run as far as it can without time or I/O before the next one fires.
 *
 * @example
 * const clock = new ManualClock();
 * const fired: number[] = [];
 * clock.setTimer(20, () => fired.push(clock.elapsed()));
 * clock.setTimer(10, () => fired.push(clock.elapsed()));
 * await clock.advance(15);
 * fired;
 * // => [10]
 */
export class ManualClock implements Clock {
  readonly #startAt: number;
  #elapsedMs = 0;
  readonly #waiting = new Set<Waiting>();

  /** @param startAt Unix milliseconds. Default: 2026-01-01T00:00:00Z. */
  constructor(startAt: number = Date.UTC(2026, 0, 1)) {
    this.#startAt = startAt;
  }

  now(): number {
    return this.#startAt + this.#elapsedMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  setTimer(afterMs: number, fire: () => void): Timer {
    const waiting = { atMs: this.#elapsedMs + Math.max(0, afterMs), fire };
    this.#waiting.add(waiting);
    return {
      cancel: () => {
        this.#waiting.delete(waiting);
      },
    };
  }

  async sleep(forMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = this.setTimer(forMs, resolve);
    const abort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The number of timers and sleeps that wait: 0 when nothing is left behind. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Milliseconds until the next timer, or `undefined` when none waits. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.atMs - this.#elapsedMs;
  }

  /** Moves time forward by `byMs`, firing what falls due on the way, also what is set meanwhile. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    await settle();
    for (let next = this.#next(); next !== undefined && next.atMs <= untilMs; next = this.#next()) {
      this.#waiting.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.fire();
      await settle();
    }
    this.#elapsedMs = untilMs;
  }

  /** Moves to the next timer and fires it; resolves with whether there was one. */
  async advanceToNext(): Promise<boolean> {
    await settle();
    const byMs = this.nextInMs;
    if (byMs === undefined) return false;
    await this.advance(byMs);
    return true;
  }

  #next(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) if (first === undefined || waiting.atMs < first.atMs) first = waiting;
    return first;
  }
}

/** Lets promise jobs run until none is left: an immediate comes after all of them. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
