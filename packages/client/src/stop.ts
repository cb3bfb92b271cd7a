/**
 * An end that many may wait for at a time, and most wait for in vain: as `AbortSignal`, but it costs little to make, and to come and to go costs the same however many listen, where
 * that one looks through all of its listeners.
 *
 * Guarantees: each listener is called once, with the reason, unless it has left; who comes too late is called at once.
 */
export class Stop {
  /** Made when somebody listens. */
  #listeners: Set<(reason: unknown) => void> | undefined;
  #stopped: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#stopped !== undefined;
  }

  /** `undefined` while it has not come. */
  get reason(): unknown {
    return this.#stopped?.reason;
  }

  /** The same end, for those who take nothing else. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#stopped !== undefined) this.#controller.abort(this.#stopped.reason);
    }
    return this.#controller.signal;
  }

  /** @throws its reason, if it has come. */
  throwIfAborted(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
  }

  /** Calls `listener` when it comes, or at once if it has; a listener listens once. */
  listen(listener: (reason: unknown) => void): void {
    if (this.#stopped === undefined) (this.#listeners ??= new Set()).add(listener);
    else listener(this.#stopped.reason);
  }

  /** Takes `listen` back; harmless when nothing is there to take back. */
  leave(listener: (reason: unknown) => void): void {
    this.#listeners?.delete(listener);
  }

  /** How many listen, for leak checks. */
  get listeners(): number {
    return this.#listeners?.size ?? 0;
  }

  /** It has come. Only the first time counts. */
  abort(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    this.#controller?.abort(reason);
    for (const listener of this.#listeners ?? []) listener(reason);
    this.#listeners = undefined;
  }
}
