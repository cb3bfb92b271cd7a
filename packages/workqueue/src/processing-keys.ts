/** What a key that was added while a worker had it becomes when the worker is done. */
export interface Mark {
  readonly priority: number;
  /** `Clock.elapsed` of the first add that it stands for. */
  readonly addedAtMs: number;
}

interface Processing {
  readonly startedAtMs: number;
  mark: Mark | undefined;
}

/** How long workers have had the keys that they have now. */
export interface Ages {
  /** All together. */
  readonly unfinishedMs: number;
  /** The oldest. */
  readonly longestMs: number;
}

/** The keys that workers have, and which of them were added meanwhile. */
export class ProcessingKeys {
  readonly #keys = new Map<string, Processing>();
  #marked = 0;

  get size(): number {
    return this.#keys.size;
  }

  /** Keys that were added meanwhile. */
  get marked(): number {
    return this.#marked;
  }

  isMarked(key: string): boolean {
    return this.#keys.get(key)?.mark !== undefined;
  }

  start(key: string, startedAtMs: number): void {
    this.#keys.set(key, { startedAtMs, mark: undefined });
  }

  /** Raises the priority of a mark. @returns whether there is one. */
  raise(key: string, priority: number): boolean {
    const processing = this.#keys.get(key);
    if (processing?.mark === undefined) return false;
    processing.mark = { ...processing.mark, priority: Math.max(priority, processing.mark.priority) };
    return true;
  }

  /** Marks a key that has no mark. @returns whether a worker has it. */
  mark(key: string, mark: Mark): boolean {
    const processing = this.#keys.get(key);
    if (processing === undefined) return false;
    processing.mark = mark;
    this.#marked += 1;
    return true;
  }

  /** Takes a key out, if it is in. */
  finish(key: string): Readonly<Processing> | undefined {
    const processing = this.#keys.get(key);
    this.#keys.delete(key);
    if (processing?.mark !== undefined) this.#marked -= 1;
    return processing;
  }

  /** Takes back all marks. */
  unmark(): void {
    for (const processing of this.#keys.values()) processing.mark = undefined;
    this.#marked = 0;
  }

  ages(nowMs: number): Ages {
    let unfinishedMs = 0;
    let longestMs = 0;
    for (const { startedAtMs } of this.#keys.values()) {
      unfinishedMs += nowMs - startedAtMs;
      longestMs = Math.max(longestMs, nowMs - startedAtMs);
    }
    return { unfinishedMs, longestMs };
  }
}
