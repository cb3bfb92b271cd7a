/** So many different paths are counted; of the rest the oldest are forgotten. */
const PATHS_LIMIT = 20_000;

/** Counts requests and open watches, for tests and for people who want to see. */
export class Traffic {
  readonly #requests = new Map<string, number>();
  readonly #watches = new Map<string, number>();

  /** By `VERB PATH`, such as `list /api/v1/pods`. */
  get requests(): ReadonlyMap<string, number> {
    return this.#requests;
  }

  /** Open watches by path. A path without any is not listed. */
  get watches(): ReadonlyMap<string, number> {
    return this.#watches;
  }

  count(verb: string, path: string): void {
    const key = `${verb} ${path}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    if (this.#requests.size <= PATHS_LIMIT) return;
    const [oldest] = this.#requests.keys();
    if (oldest !== undefined) this.#requests.delete(oldest);
  }

  /** Notes an open watch. @returns notes its end; harmless when called twice. */
  opened(path: string): () => void {
    this.#watches.set(path, (this.#watches.get(path) ?? 0) + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#watches.get(path) ?? 1) - 1;
      if (left === 0) this.#watches.delete(path);
      else this.#watches.set(path, left);
    };
  }
}
