import { watch } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** What a watch of a directory tells. */
export interface DirectoryObserver {
  /** Something in the directory, not below, has changed, or may have. */
  readonly changed: () => void;
  /** The watch has failed; nothing is told any more. */
  readonly failed: (cause: unknown) => void;
}

/**
 * Watches one directory, not what is below it.
 *
 * @returns ends it. May throw what the system says when it cannot watch.
 */
export type WatchDirectory = (directory: string, observer: DirectoryObserver) => () => void;

/** Watches as the system offers it. */
export const watchSystemDirectory: WatchDirectory = (directory, { changed, failed }) => {
  const watcher = watch(directory, () => changed());
  watcher.on("error", failed);
  return () => watcher.close();
};

interface Watched {
  /** Which directory it was: another of the same path needs another watch. */
  readonly identity: string;
  readonly end: () => void;
}

/**
 * The watches of some directories, kept equal to those that are wanted.
 *
 * A directory that is not there is watched for by the nearest one above it that is.
 */
export class DirectoryWatches {
  readonly #watch: WatchDirectory;
  readonly #observer: DirectoryObserver;
  readonly #watched = new Map<string, Watched>();
  /** Once true, no watch begins any more: who wants one may have waited since before. */
  #isClosed = false;

  constructor(watch: WatchDirectory, observer: DirectoryObserver) {
    this.#watch = watch;
    this.#observer = observer;
  }

  /** The number of watches that are open. */
  get size(): number {
    return this.#watched.size;
  }

  /**
   * Watches these directories and no others; none once it is closed.
   *
   * @returns whether any watch is new: what changed there before it began was not seen.
   */
  async want(directories: Iterable<string>): Promise<boolean> {
    const identityByPath = new Map<string, string>();
    for (const directory of directories) {
      const there = await nearest(directory);
      if (there !== undefined) identityByPath.set(there.path, there.identity);
    }
    if (this.#isClosed) return false;
    for (const [path, { identity }] of this.#watched) if (identityByPath.get(path) !== identity) this.#end(path);
    const missing = Array.from(identityByPath).filter(([path]) => !this.#watched.has(path));
    return missing.map(([path, identity]) => this.#begin(path, identity)).includes(true);
  }

  /** Ends all watches, for good. */
  close(): void {
    this.#isClosed = true;
    for (const path of this.#watched.keys()) this.#end(path);
  }

  #begin(path: string, identity: string): boolean {
    const { changed, failed } = this.#observer;
    const fail = (cause: unknown): void => {
      this.#end(path);
      failed(cause);
    };
    try {
      this.#watched.set(path, { identity, end: this.#watch(path, { changed, failed: fail }) });
      return true;
    } catch (cause) {
      failed(cause);
      return false;
    }
  }

  #end(path: string): void {
    const watched = this.#watched.get(path);
    this.#watched.delete(path);
    watched?.end();
  }
}

/** The directory, or the nearest above it that is there. */
async function nearest(directory: string): Promise<{ readonly path: string; readonly identity: string } | undefined> {
  for (let path = directory; ; path = dirname(path)) {
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isDirectory()) return { path, identity: `${stats.dev}:${stats.ino}` };
    if (path === dirname(path)) return undefined;
  }
}
