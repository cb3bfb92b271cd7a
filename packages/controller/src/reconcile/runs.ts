import { type Clock, PolykindError, type Timer } from "@polykind/core";

/** How a hook of a plugin ended. */
export type Ended<T> =
  | { readonly type: "returned"; readonly value: T }
  | { readonly type: "threw"; readonly cause: unknown }
  /** It went on although it was told to end; `settled` resolves when it has ended after all. */
  | { readonly type: "abandoned"; readonly settled: Promise<void> };

/** How long a hook may take. */
export interface Deadline {
  /** After so many milliseconds its signal aborts with `TIMED_OUT`. */
  readonly timeoutMs: number;
  /** So many milliseconds later nobody waits for it any more. */
  readonly graceMs: number;
}

interface Run {
  readonly abort: AbortController;
  readonly abandon: () => void;
  timer: Timer | undefined;
  ended: Promise<void>;
}

/** The hooks of one controller's plugin that are under way. Nothing in here outlives {@link abandon} but hooks that do not end. */
export class Runs {
  readonly #clock: Clock;
  readonly #onChange: (size: number) => void;
  readonly #active = new Set<Run>();
  #ended: { readonly reason: unknown } | undefined;

  /** @param onChange is told how many hooks are under way, whenever that changes. */
  constructor(clock: Clock, onChange: (size: number) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Hooks that have not ended, abandoned ones too. */
  get size(): number {
    return this.#active.size;
  }

  /** Calls `hook` and waits until it ends, or is abandoned. Never rejects. */
  async run<T>(hook: (signal: AbortSignal) => T | Promise<T>, { timeoutMs, graceMs }: Deadline): Promise<Ended<T>> {
    const abort = new AbortController();
    const { promise: abandoned, resolve } = Promise.withResolvers<void>();
    const run: Run = { abort, abandon: resolve, timer: undefined, ended: abandoned };
    if (this.#ended !== undefined) abort.abort(this.#ended.reason);
    this.#active.add(run);
    this.#onChange(this.#active.size);
    const work = this.#follow(run, hook);
    const settled = work.then(() => {});
    run.ended = settled;
    run.timer = this.#clock.setTimer(timeoutMs, () => {
      abort.abort(
        new PolykindError("TIMED_OUT", `cannot go on: it has taken ${timeoutMs} ms, which is all it may`, { facts: { timeoutMs } }),
      );
      run.timer = this.#clock.setTimer(graceMs, resolve);
    });
    try {
      return await Promise.race([work, abandoned.then((): Ended<T> => ({ type: "abandoned", settled }))]);
    } finally {
      run.timer.cancel();
    }
  }

  /** Aborts the signals of all hooks under way, and of those that are called later. */
  abort(reason: unknown): void {
    this.#ended ??= { reason };
    for (const { abort } of this.#active) abort.abort(reason);
  }

  /** Resolves when no hook is under way; nothing else is then waited for. */
  async settled(): Promise<void> {
    while (this.#active.size > 0) await Promise.all([...this.#active].map(({ ended }) => ended));
  }

  /** Waits for none of those under way any more. */
  abandon(): void {
    for (const run of this.#active) {
      run.timer?.cancel();
      run.abandon();
    }
  }

  async #follow<T>(run: Run, hook: (signal: AbortSignal) => T | Promise<T>): Promise<Ended<T>> {
    try {
      return { type: "returned", value: await hook(run.abort.signal) };
    } catch (cause) {
      return { type: "threw", cause };
    } finally {
      this.#active.delete(run);
      this.#onChange(this.#active.size);
    }
  }
}
