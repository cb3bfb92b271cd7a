/**
 * An end that many may wait for at a time, and most wait for in vain: as `AbortSignal`, but it costs little to make, and to come and to go costs the same however many listen, where
 * that one looks through all of its listeners.
 *
 * Guarantees: each listener is called once, with the reason, unless it has left; who comes too late is called at once.
 */
export class Stop {
  /** Who listens: mostly nobody, or one. */
  #first: ((reason: unknown) => void) | undefined;
  #others: Set<(reason: unknown) => void> | undefined;
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
    if (this.#stopped !== undefined) listener(this.#stopped.reason);
    else if (this.#first === undefined && this.#others === undefined) this.#first = listener;
    else if (this.#first !== listener) (this.#others ??= new Set()).add(listener);
  }

  /** Takes `listen` back; harmless when nothing is there to take back. */
  leave(listener: (reason: unknown) => void): void {
    if (this.#first === listener) this.#first = undefined;
    else if (this.#others?.delete(listener) === true && this.#others.size === 0) this.#others = undefined;
  }

  /** How many listen, for leak checks. */
  get listeners(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#others?.size ?? 0);
  }

  /** It has come. Only the first time counts. */
  abort(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    this.#controller?.abort(reason);
    this.#first?.(reason);
    for (const listener of this.#others ?? []) listener(reason);
    this.#first = undefined;
    this.#others = undefined;
  }
}
