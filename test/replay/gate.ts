/** Something that goes on only when it is let, once. */
export class Gate {
  readonly #passed = Promise.withResolvers<void>();
  #isReached = false;

  constructor() {
    this.#passed.promise.catch(() => {}); // Told to whoever waits.
  }

  /** Whether somebody has come to it. */
  get isReached(): boolean {
    return this.#isReached;
  }

  /** Resolves when it is open; rejects with what it was failed with. */
  pass(): Promise<void> {
    this.#isReached = true;
    return this.#passed.promise;
  }

  open(): void {
    this.#passed.resolve();
  }

  fail(cause: Error): void {
    this.#passed.reject(cause);
  }
}
