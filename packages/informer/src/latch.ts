/**
 * Something that comes true once, and is waited for by many.
 *
 * Guarantees: nobody waits after it has opened or failed; a waiter whose signal aborts leaves no listener behind; a failure without waiters is no unhandled
 * rejection.
 */
export class Latch {
  readonly #waiting = new Set<{ readonly resolve: () => void; readonly reject: (reason: unknown) => void }>();
  #state: { readonly is: "closed" | "open" } | { readonly is: "failed"; readonly reason: unknown } = { is: "closed" };

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
    this.#waiting.add(waiting);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      this.#waiting.delete(waiting);
      signal?.removeEventListener("abort", abort);
    }
  }

  open(): void {
    if (this.#state.is !== "closed") return;
    this.#state = { is: "open" };
    for (const { resolve } of this.#waiting) resolve();
  }

  fail(reason: unknown): void {
    if (this.#state.is !== "closed") return;
    this.#state = { is: "failed", reason };
    for (const { reject } of this.#waiting) reject(reason);
  }
}
