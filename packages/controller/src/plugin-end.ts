import { type Clock, type End, PolykindError } from "@polykind/core";
import type { Reconciler, StopReason } from "@polykind/plugin";
import type { Log } from "@polykind/telemetry";
import { attempt } from "./attempt.ts";
import type { Runs } from "./reconcile/runs.ts";

/** What a {@link PluginEnd} needs. */
export interface PluginEndOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly runs: Runs;
}

/** What `onStop` is told. */
export interface StopFacts {
  readonly reason: StopReason;
  readonly remainingObjects: number;
}

/** `onStop` takes no longer, in milliseconds. */
const HEARING_MS = 10_000;

/**
 * What has to end of a plugin: what its `setup` returned, and what it deferred.
 *
 * Guarantees: `onStop` is called once, then each end, last deferred first; one that fails or hangs spares no other. What comes after the close,
 * because `setup` has outlived its controller, ends at once.
 */
export class PluginEnd {
  readonly #options: PluginEndOptions;
  readonly #ends: End[] = [];
  #onStop: ((stop: StopFacts) => unknown) | undefined;
  /** There from the close on. */
  #stop: StopFacts | undefined;

  constructor(options: PluginEndOptions) {
    this.#options = options;
  }

  /** Runs `end` at the close, or now if that is over. */
  defer(end: End): void {
    if (this.#stop === undefined) this.#ends.push(end);
    else void this.#attempt("defer", end); // Nobody waits for what comes so late; its failure is told.
  }

  /** `setup` has returned `made`, which may be anything. Resolves when it has been told of the stop if that is over. */
  async take(made: unknown): Promise<void> {
    const onStop: unknown = (made as Partial<Reconciler> | null | undefined)?.onStop; // Looked at before it is known to be one.
    if (typeof onStop !== "function") return;
    const call = ({ reason, remainingObjects }: StopFacts): unknown => onStop.call(made, reason, { remainingObjects });
    const stop = this.#stop;
    if (stop === undefined) this.#onStop = call;
    else await this.#attempt("onStop", () => call(stop));
  }

  /** Ends all of it, once, until `untilMs` (`Clock.elapsed`) at the latest. Never rejects. */
  async close(stop: StopFacts, untilMs: number): Promise<void> {
    const { clock } = this.#options;
    const leftMs = (): number => Math.max(0, untilMs - clock.elapsed());
    this.#stop = stop;
    const onStop = this.#onStop;
    if (onStop !== undefined) {
      const mostMs = this.#ends.length === 0 ? leftMs() : leftMs() / 2;
      await this.#endWithin(Math.min(HEARING_MS, mostMs), "onStop", () => onStop(stop));
    }
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) {
      // Those that follow have the same share at least, however long this one takes.
      await this.#endWithin(leftMs() / (this.#ends.length + 1), "defer", end);
    }
  }

  #endWithin(withinMs: number, hook: string, end: End): Promise<void> {
    return this.#attempt(hook, async () => {
      const outcome = await this.#options.runs.run(() => end(), { timeoutMs: withinMs, graceMs: 0 });
      if (outcome.type === "threw") throw outcome.cause;
      if (outcome.type === "abandoned")
        throw new PolykindError("TIMED_OUT", `cannot wait for ${hook}: it did not end within ${Math.round(withinMs)} ms`);
    });
  }

  #attempt(hook: string, step: End): Promise<void> {
    const { log } = this.#options;
    return attempt(step, { log, message: "the plugin failed to stop", fields: { hook, reason: this.#stop?.reason } });
  }
}
