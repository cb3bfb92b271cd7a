import type { Clock } from "@polykind/core";
import type { Informer } from "@polykind/informer";

/** A run does not wait longer than this for its own writes, in milliseconds: a cache that is cut off must not stop the kind. */
const WAIT_MS = 5000;

/**
 * Read your writes: the versions that the runs of each key have written, until the caches that the next run of that key reads have reached them.
 *
 * Versions that cannot be compared, and caches that are cut off, are waited for in vain and then let go: the answer is an older view, not none.
 */
export class OwnWrites {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Map<Informer, string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keys whose writes nobody has waited for. */
  get size(): number {
    return this.#byKey.size;
  }

  /** A run of `key` has written an object that `informer` holds, which now has this version. */
  note(key: string, informer: Informer, resourceVersion: string): void {
    const versions = this.#byKey.get(key) ?? new Map<Informer, string>();
    versions.set(informer, resourceVersion);
    this.#byKey.set(key, versions);
  }

  /** Resolves when the caches show what the runs of `key` wrote, or after 5 s, or when `signal` aborts. Never rejects. */
  async seen(key: string, signal: AbortSignal): Promise<void> {
    const versions = this.#byKey.get(key);
    this.#byKey.delete(key);
    const left = [...(versions ?? [])].filter(([{ store }, version]) => !store.hasReached(version));
    if (left.length === 0 || signal.aborted) return;
    const end = new AbortController();
    const abort = (): void => end.abort();
    signal.addEventListener("abort", abort, { once: true });
    const timer = this.#clock.setTimer(WAIT_MS, abort);
    await Promise.allSettled(left.map(([informer, version]) => informer.reached(version, end.signal)));
    timer.cancel();
    signal.removeEventListener("abort", abort);
  }

  clear(): void {
    this.#byKey.clear();
  }
}
