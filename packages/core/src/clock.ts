import { setTimeout as sleepFor } from "node:timers/promises";

/** A timer that has been set; cancelling it twice, or after it fired, is harmless. */
export interface Timer {
  cancel(): void;
}

/**
 * Time as a parameter: whatever waits or tells the time takes a clock, so that tests move it by hand.
 */
export interface Clock {
  /** Wall-clock time in Unix milliseconds. May jump; only for what people or the API server read. */
  now(): number;
  /** Milliseconds since some fixed instant. Never goes back; for durations and deadlines. */
  elapsed(): number;
  /** Calls `fire` once after `afterMs` (at least 0), never before this call has returned. */
  setTimer(afterMs: number, fire: () => void): Timer;
  /**
   * Resolves after `forMs`. When `signal` aborts, rejects at once with its reason and leaves no timer.
   */
  sleep(forMs: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay a Node timer can carry; longer ones are set again when it fires. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimer: setSystemTimer,
  async sleep(forMs, signal) {
    for (let leftMs = Math.max(0, forMs); ; leftMs -= LONGEST_DELAY_MS) {
      signal?.throwIfAborted();
      try {
        await sleepFor(Math.min(leftMs, LONGEST_DELAY_MS), undefined, signal === undefined ? {} : { signal });
      } catch (cause) {
        signal?.throwIfAborted();
        throw cause;
      }
      if (leftMs <= LONGEST_DELAY_MS) return;
    }
  },
};

function setSystemTimer(afterMs: number, fire: () => void): Timer {
  if (afterMs <= LONGEST_DELAY_MS) return new ShortTimer(afterMs, fire);
  let handle: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    handle = setTimeout(() => (leftMs > LONGEST_DELAY_MS ? arm(leftMs - LONGEST_DELAY_MS) : fire()), Math.min(leftMs, LONGEST_DELAY_MS));
  };
  arm(Math.max(0, afterMs));
  return { cancel: () => clearTimeout(handle) };
}

/** One that Node can carry: almost all are, and there are several for each kind. */
class ShortTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;

  constructor(afterMs: number, fire: () => void) {
    this.#timeout = setTimeout(fire, Math.max(0, afterMs));
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }
}

/** Numbers in [0, 1), as `Math.random`: randomness as a parameter. */
export type Random = () => number;
