import type { Stop } from "@polykind/core";

interface Lane {
  running: number;
  readonly waiting: Set<() => void>;
}

/** How many may run at a time, in all and of one key. */
export interface Limits {
  /** Default: 100. */
  readonly total: number;
  /** Default: 10. */
  readonly perKey: number;
}

/**
 * Lets only so many calls run at a time.
 *
 * Guarantees: those of one key come in turn; keys take turns, so that a key whose calls hang or flood leaves room for the others.
 */
export class Limiter {
  readonly #limits: Limits;
  /** In the order of their turns; a key is there while it has calls. */
  readonly #laneByKey = new Map<string, Lane>();
  #running = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Resolves when the call may run.
   *
   * @returns ends the call, once.
   */
  async acquire(key: string, ending: Stop): Promise<() => void> {
    ending.throwIfAborted();
    const lane = this.#laneByKey.get(key) ?? { running: 0, waiting: new Set() };
    this.#laneByKey.set(key, lane);
    if (this.#running < this.#limits.total && lane.running < this.#limits.perKey && lane.waiting.size === 0) this.#start(lane);
    else await this.#wait(key, lane, ending);
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      lane.running -= 1;
      this.#running -= 1;
      this.#tidy(key, lane);
      this.#startNext();
    };
  }

  /** How many run and how many wait, for leak checks. */
  get size(): number {
    return this.#laneByKey.values().reduce((sum, { running, waiting }) => sum + running + waiting.size, 0);
  }

  #start(lane: Lane): void {
    lane.running += 1;
    this.#running += 1;
  }

  async #wait(key: string, lane: Lane, ending: Stop): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    lane.waiting.add(resolve);
    const abort = (reason: unknown): void => {
      // One whose turn has come meanwhile runs, and its call finds that it has ended.
      if (!lane.waiting.delete(resolve)) return;
      this.#tidy(key, lane);
      reject(reason);
    };
    ending.listen(abort);
    await promise.finally(() => ending.leave(abort));
  }

  #tidy(key: string, lane: Lane): void {
    if (lane.running === 0 && lane.waiting.size === 0) this.#laneByKey.delete(key);
  }

  #startNext(): void {
    if (this.#running >= this.#limits.total) return;
    for (const [key, lane] of this.#laneByKey) {
      const [next] = lane.waiting;
      if (next === undefined || lane.running >= this.#limits.perKey) continue;
      lane.waiting.delete(next);
      this.#start(lane);
      // To the end of the turns.
      this.#laneByKey.delete(key);
      this.#laneByKey.set(key, lane);
      next();
      return;
    }
  }
}
