type State = { readonly is: "closed" | "open" } | { readonly is: "failed"; readonly reason: unknown };

const CLOSED: State = { is: "closed" };
const OPEN: State = { is: "open" };

/**
 * Something that comes true once, and is waited for by many.
 *
 * Guarantees: nobody waits after it has opened or failed; a waiter whose signal aborts leaves no listener behind; a failure without waiters is no unhandled
 * rejection.
 */
export class Latch {
  /** Made when somebody waits: there are several latches for each kind, and nobody waits for most of them. */
  #waiting: Set<{ readonly resolve: () => void; readonly reject: (reason: unknown) => void }> | undefined;
  #state: State = CLOSED;

  get isAwaited(): boolean {
    return (this.#waiting?.size ?? 0) > 0;
  }

  get isOpen(): boolean {
    return this.#state.is === "open";
  }

  /** Resolves when it is open; rejects with the reason of the failure, or of `signal`. */
  async wait(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#state.is === "open") return;
    if (this.#state.is === "failed") throw this.#state.reason;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { resolve, reject };
    const abort = (): void => reject(signal?.reason);
    const others = (this.#waiting ??= new Set());
    others.add(waiting);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      others.delete(waiting);
      signal?.removeEventListener("abort", abort);
    }
  }

  open(): void {
    if (this.#state.is !== "closed") return;
    this.#state = OPEN;
    for (const { resolve } of this.#waiting ?? []) resolve();
    this.#waiting = undefined;
  }

  fail(reason: unknown): void {
    if (this.#state.is !== "closed") return;
    this.#state = { is: "failed", reason };
    for (const { reject } of this.#waiting ?? []) reject(reason);
    this.#waiting = undefined;
  }
}
