/** Ends something that a {@link Scope} owns; the scope waits for it. */
export type End = () => unknown;

/** What a scope that is closed answers to {@link Scope.defer}: coming too late is an error, not a leak. */
export class ScopeClosedError extends Error {
  override readonly name = "ScopeClosedError";
}

/**
 * Owns what must end together: last opened ends first, each once, and one failure spares no other.
 *
 * Guarantees: `signal` aborts before the first end runs; closing twice is closing once; once the
 * promise of the close has settled, every end has run.
 *
 * @example
 * const order: string[] = [];
 * const scope = new Scope();
 * scope.defer(() => order.push("opened first"));
 * scope.defer(() => order.push("opened last"));
 * await scope.close();
 * order;
 * // => ["opened last", "opened first"]
 */
export class Scope implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #ends = new Set<{ readonly end: End }>();
  #closed: Promise<void> | undefined;

  /** Aborts when the scope begins to close; its reason is the one given to {@link close}. */
  readonly signal: AbortSignal = this.#abort.signal;

  /** Whether the scope takes no more ends. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The number of ends that still wait to be run: what the scope owns now. */
  get size(): number {
    return this.#ends.size;
  }

  /**
   * Runs `end` when the scope closes.
   *
   * @returns takes the end back without running it, for what ended by itself; harmless when called twice.
   * @throws {@link ScopeClosedError} when the scope is closed: the caller must end what it opened.
   */
  defer(end: End): () => void {
    if (this.#closed !== undefined) throw new ScopeClosedError("cannot defer: the scope is closed");
    const entry = { end };
    this.#ends.add(entry);
    return () => {
      this.#ends.delete(entry);
    };
  }

  /** Owns `resource` and hands it back, so that opening and owning is one expression. */
  own<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.defer(() => (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]()));
    return resource;
  }

  /** A scope that closes with this one at the latest, and is forgotten by it when it closes before. */
  child(): Scope {
    const child = new Scope();
    const forget = this.defer(() => child.close(this.signal.reason));
    child.#forgotten = forget;
    return child;
  }

  #forgotten: (() => void) | undefined;

  /**
   * Aborts `signal` with `reason`, then runs the ends, last opened first, each awaited.
   *
   * @throws AggregateError with the failures of the ends, after all have run.
   */
  close(reason?: unknown): Promise<void> {
    return (this.#closed ??= this.#close(reason));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(reason: unknown): Promise<void> {
    this.#abort.abort(reason);
    const failures: unknown[] = [];
    for (const entry of [...this.#ends].reverse()) {
      this.#ends.delete(entry);
      await Promise.try(entry.end).catch((cause: unknown) => failures.push(cause));
    }
    this.#forgotten?.();
    if (failures.length > 0) throw new AggregateError(failures, `cannot close scope: ${failures.length} ends failed`);
  }
}
