/**
 * Objects that were finalized or are gone, until their key's next run has taken note.
 *
 * It bridges the time between a finalizer that was removed and the event of it, so that nothing is finalized twice, and tells which of
 * those that are gone were never finalized.
 */
export class Gone {
  /** Uids, by key. */
  readonly #finalized = new Map<string, string>();
  readonly #unforgotten = new Set<string>();

  /**
   * This object is finalized, and our finalizer is being taken off. To be said before the request: its event may be faster than its answer.
   */
  noteFinalized(key: string, uid: string): void {
    this.#finalized.set(key, uid);
  }

  /** The finalizer is still there after all. */
  withdraw(key: string): void {
    this.#finalized.delete(key);
  }

  /** Whether our finalizer was taken off this object already, although the cache may not show it yet. */
  wasFinalized(key: string, uid: string): boolean {
    return this.#finalized.get(key) === uid;
  }

  /** The object is gone. */
  add(key: string, uid: string): void {
    if (this.#finalized.get(key) === uid) this.#finalized.delete(key);
    else this.#unforgotten.add(key);
  }

  /** Whether an object of this key is gone that was not finalized. Says so once. */
  take(key: string): boolean {
    return this.#unforgotten.delete(key);
  }

  clear(): void {
    this.#finalized.clear();
    this.#unforgotten.clear();
  }
}
