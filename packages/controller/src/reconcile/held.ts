/**
 * The keys of objects that carry the plugin's finalizer: those of the cache, and those that got it by a request of ours which the cache does not show yet.
 *
 * What can be counted on: as long as such an object may be there, {@link isEmpty} is false; whenever a key has gone, or a request has ended, `onLess` is told.
 */
export class Held {
  readonly #keys = new Set<string>();
  /** Keys of objects that are getting it just now. */
  readonly #coming = new Set<string>();
  /** Told whenever there may be none any more. */
  onLess: () => void = () => {};

  get size(): number {
    return this.#keys.size;
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#coming.size === 0;
  }

  /** All of them. */
  keys(): Iterable<string> {
    return this.#keys;
  }

  /** The first `count` of them. */
  some(count: number): readonly string[] {
    return [...this.#keys.values().take(count)];
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  delete(key: string): void {
    if (this.#keys.delete(key)) this.onLess();
  }

  /** Counts `key` from before the request that `send` sends until its end, and longer when `isAhead` says of the answer that the cache will show it later. */
  async coming<T>(key: string, send: () => Promise<T>, isAhead: (answer: T) => boolean): Promise<T> {
    this.#coming.add(key);
    try {
      const answer = await send();
      if (isAhead(answer)) this.#keys.add(key);
      return answer;
    } finally {
      this.#coming.delete(key);
      this.onLess();
    }
  }

  clear(): void {
    this.#keys.clear();
    this.onLess = () => {};
  }
}
