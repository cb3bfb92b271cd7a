import { setImmediate } from "node:timers/promises";
import { retryAfterMsOf } from "@polykind/apimachinery";
import { isPolykindError, messageOf } from "@polykind/core";
import { isTerminalError } from "@polykind/plugin";
import type { Log } from "@polykind/telemetry";
import type { WorkQueue } from "@polykind/workqueue";
import type { Fence } from "../fence.ts";
import type { Causes } from "../sources/causes.ts";
import type { Ledger } from "./ledger.ts";
import type { Outcome, Runner } from "./runner.ts";

/** What {@link Workers} need. */
export interface WorkersOptions {
  readonly queue: WorkQueue;
  readonly runner: Runner;
  readonly causes: Causes;
  readonly ledger: Ledger;
  readonly fence: Fence;
  readonly log: Log;
}

/** After so many runs in a row a worker lets the event loop turn: runs that wait for nothing would starve it. */
const RUNS_PER_TURN = 16;

/** A cache that was behind heals by itself; so many times in a row, it is something else, and told. */
const STALE_TO_TELL = 5;

/** Takes keys, runs them, and decides by the outcome when they come again. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #working: Promise<void>[] = [];

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  start(count: number): void {
    for (let n = 0; n < count; n += 1) this.#working.push(this.#work());
  }

  /** Resolves when the queue has let all workers go and they have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#working);
  }

  async #work(): Promise<void> {
    const { queue, runner } = this.#options;
    for (let count = 1; ; count += 1) {
      const key = await queue.get();
      if (key === undefined) return;
      void this.#settle(key, await runner.run(key)); // Only a run that was abandoned is waited for, and that is not for this worker.
      if (count % RUNS_PER_TURN === 0) await setImmediate();
    }
  }

  /** The key is done when its run is: one that was abandoned blocks its key, and only that, until it ends. */
  async #settle(key: string, outcome: Outcome): Promise<void> {
    const { queue, fence } = this.#options;
    if (!fence.isEnded) this.#decide(key, outcome);
    if (outcome.type === "failed") await outcome.settled;
    // One that comes again at once lets the event loop turn before.
    if (outcome.type === "ran" && outcome.requeueAfterMs === 0) await setImmediate();
    queue.done(key);
  }

  #decide(key: string, outcome: Outcome): void {
    const { queue, causes, ledger } = this.#options;
    switch (outcome.type) {
      case "idle":
      case "awaiting":
        queue.forget(key);
        return;
      case "ran": {
        const { durationMs, requeueAfterMs } = outcome;
        ledger.record({ key, result: requeueAfterMs === undefined ? "success" : "requeue", durationMs });
        queue.forget(key);
        if (requeueAfterMs === undefined) return;
        causes.note(key, { type: "requeue" });
        queue.add(key, { afterMs: requeueAfterMs });
        return;
      }
      case "failed":
        this.#fail(key, outcome);
        return;
    }
  }

  #fail(key: string, { cause, durationMs, isStale = false, settled }: Extract<Outcome, { readonly type: "failed" }>): void {
    const { queue, causes, ledger, log } = this.#options;
    if (settled !== undefined) ledger.abandon();
    if (durationMs !== undefined && isTerminalError(cause)) {
      ledger.record({ key, result: "terminal", durationMs, cause });
      queue.forget(key);
      log.error("cannot reconcile, and will not try again before the object changes", { object: key, cause: messageOf(cause) });
      return;
    }
    const atLeastMs = isPolykindError(cause) ? retryAfterMsOf(cause) : undefined;
    causes.note(key, { type: "retry" });
    const retryInMs = queue.retry(key, { ...(atLeastMs !== undefined && { atLeastMs }) });
    if (isStale && queue.failuresOf(key) < STALE_TO_TELL)
      return log.debug("the object has changed meanwhile; looking again", { object: key, cause: messageOf(cause) });
    if (durationMs === undefined) ledger.fail(key, cause);
    else ledger.record({ key, result: "error", durationMs, cause });
    log.warn("cannot reconcile", { object: key, cause: messageOf(cause), retryInMs: Math.round(retryInMs) });
  }
}
