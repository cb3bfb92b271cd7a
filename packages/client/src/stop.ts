/**
 * An end that thousands may wait for at a time: as `AbortSignal`, but to come and to go costs the same however many there are, where that one looks through all of
 * its listeners.
 *
 * Guarantees: each listener is called once, with the reason, unless it has left; who comes too late is called at once.
 */
export class Stop {
  readonly #listeners = new Set<(reason: unknown) => void>();
  #stopped: { readonly reason: unknown } | undefined;

  get aborted(): boolean {
    return this.#stopped !== undefined;
  }

  /** `undefined` while it has not come. */
  get reason(): unknown {
    return this.#stopped?.reason;
  }

  /** Calls `listener` when it comes, or has; returns what takes that back. */
  listen(listener: (reason: unknown) => void): () => void {
    if (this.#stopped !== undefined) {
      listener(this.#stopped.reason);
      return () => {};
    }
    const own = (reason: unknown): void => listener(reason); // the same listener may come twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own); // whether it was there does not matter
  }

  /** It has come. Only the first time counts. */
  abort(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    for (const listener of this.#listeners) listener(reason);
    this.#listeners.clear();
  }
}
