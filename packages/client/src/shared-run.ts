import { untilAborted } from "@polykind/core";

interface Run<T> {
  readonly promise: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

/**
 * One run shared by all who want its outcome while it lasts.
 *
 * Guarantees: at most one run at a time; who aborts leaves without disturbing the others; when nobody waits any more the run is aborted.
 */
export class SharedRun<T> {
  readonly #start: (signal: AbortSignal) => Promise<T>;
  #run: Run<T> | undefined;

  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.#start = start;
  }

  /** The outcome of the run that is on, or of a new one. Rejects with the reason of `signal` when that aborts first. */
  async join(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const run = (this.#run ??= this.#begin());
    run.waiting += 1;
    try {
      return await untilAborted(run.promise, signal);
    } finally {
      run.waiting -= 1;
      if (run.waiting === 0) this.#leave(run);
    }
  }

  #begin(): Run<T> {
    const abort = new AbortController();
    const promise = this.#start(abort.signal);
    const run = { promise, abort, waiting: 0 };
    const end = (): void => {
      if (this.#run === run) this.#run = undefined;
    };
    promise.then(end, end);
    return run;
  }

  #leave(run: Run<T>): void {
    if (this.#run === run) this.#run = undefined;
    run.abort.abort();
  }
}
