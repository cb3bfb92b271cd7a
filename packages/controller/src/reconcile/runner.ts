import { nameOfKey, type KubeObject } from "@polykind/apimachinery";
import { type Clock, messageOf, PolykindError } from "@polykind/core";
import type { Store } from "@polykind/informer";
import { type Cause, isTerminalError, type PluginContext, type ReconcileContext, type Reconciler, type Result } from "@polykind/plugin";
import type { Log } from "@polykind/telemetry";
import type { Fence } from "../fence.ts";
import { finalizerStep, hasFinalizer } from "../finalizer/state.ts";
import type { OwnWrites } from "../readers/own-writes.ts";
import type { Causes } from "../sources/causes.ts";
import type { Sending } from "../writer/sender.ts";
import type { Finalizers } from "./finalizers.ts";
import type { Gone } from "./gone.ts";
import type { Ledger } from "./ledger.ts";
import { requeueAfterMsOf } from "./result.ts";
import type { Deadline, Runs } from "./runs.ts";

/** What a {@link Runner} needs. */
export interface RunnerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly fence: Fence;
  readonly reconciler: Reconciler;
  /** Of the managed kind. */
  readonly store: Store;
  readonly causes: Causes;
  readonly gone: Gone;
  readonly ledger: Ledger;
  readonly ownWrites: OwnWrites;
  readonly finalizers: Finalizers;
  readonly runs: Runs;
  readonly deadline: Deadline;
  readonly contextFor: (sending: Sending) => PluginContext;
  readonly isTerminating: () => boolean;
  readonly isRetiring: () => boolean;
  /** Aborts when the controller stops. */
  readonly ended: AbortSignal;
}

/** What is to be done after the run of a key. */
export type Outcome =
  /** There was nothing to call a hook for. */
  | { readonly type: "idle" }
  /** The next change will bring the key back: what was to be done before the run is done. */
  | { readonly type: "awaiting" }
  | { readonly type: "ran"; readonly durationMs: number; readonly requeueAfterMs: number | undefined }
  /** Without `durationMs`, no hook was called. `isStale`: the cache was behind. */
  | {
      readonly type: "failed";
      readonly cause: unknown;
      readonly durationMs?: number;
      readonly isStale?: boolean;
      readonly settled?: Promise<void>;
    };

const IDLE: Outcome = { type: "idle" };

/** Brings one key at a time from what the cache shows of it to an {@link Outcome}. */
export class Runner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Runs `key` once. Never rejects. */
  async run(key: string): Promise<Outcome> {
    const { ownWrites, causes, gone, store, ended, fence } = this.#options;
    await ownWrites.seen(key, ended);
    if (fence.isEnded) return IDLE;
    const why = causes.take(key);
    if (gone.take(key)) this.#forget(key);
    const object = store.byKey(key);
    if (object === undefined || gone.wasFinalized(key, object.metadata.uid)) return IDLE;
    const outcome = await this.#step(key, object, why);
    // Who comes next must know what this run would have: it did not do it.
    if (outcome.type === "awaiting" || (outcome.type === "failed" && !isTerminalError(outcome.cause)))
      for (const cause of why) causes.note(key, cause);
    return outcome;
  }

  async #step(key: string, object: KubeObject, why: readonly Cause[]): Promise<Outcome> {
    const { reconciler, finalizers, isTerminating, isRetiring } = this.#options;
    const step = finalizerStep({
      hasOurs: hasFinalizer(object, finalizers.name),
      isDeleting: object.metadata.deletionTimestamp !== undefined,
      canFinalize: reconciler.finalize !== undefined,
      isTerminating: isTerminating(),
      isRetiring: isRetiring(),
    });
    switch (step) {
      case "nothing":
        return IDLE;
      case "add":
        return this.#add(key, object);
      case "remove":
        return this.#remove(key, object);
      case "reconcile":
        return this.#call(key, why, (context) => reconciler.reconcile(object, context));
      case "finalize":
        return this.#finalize(key, object, why);
    }
  }

  async #add(key: string, object: KubeObject): Promise<Outcome> {
    try {
      const change = await this.#options.finalizers.add(object, this.#sending(key));
      if (change.type === "stale") return { type: "failed", cause: change.cause, isStale: true };
      return { type: "awaiting" };
    } catch (cause) {
      return { type: "failed", cause };
    }
  }

  async #remove(key: string, object: KubeObject): Promise<Outcome> {
    try {
      const change = await this.#options.finalizers.remove(object, this.#sending(key));
      return change.type === "stale" ? { type: "failed", cause: change.cause, isStale: true } : IDLE;
    } catch (cause) {
      return { type: "failed", cause };
    }
  }

  async #finalize(key: string, object: KubeObject, why: readonly Cause[]): Promise<Outcome> {
    const { reconciler, store, gone, fence } = this.#options;
    const outcome = await this.#call(key, why, (context) => reconciler.finalize?.(object, context) ?? Promise.resolve(undefined));
    if (outcome.type !== "ran" || outcome.requeueAfterMs !== undefined || fence.isEnded) return outcome;
    // What `finalize` itself has changed may be in the cache already: the index must be that of now.
    const now = store.byKey(key);
    if (now?.metadata.uid !== object.metadata.uid) {
      // Somebody else took the finalizer off meanwhile. It was finalized all the same: there is nothing to forget.
      gone.take(key);
      return outcome;
    }
    gone.noteFinalized(key, object.metadata.uid);
    const removed = await this.#remove(key, now);
    if (removed.type !== "failed") return outcome;
    gone.withdraw(key);
    return { ...removed, durationMs: outcome.durationMs };
  }

  async #call(key: string, why: readonly Cause[], hook: (context: ReconcileContext) => Promise<Result | undefined>): Promise<Outcome> {
    const { clock, runs, deadline, contextFor } = this.#options;
    const startedAtMs = clock.elapsed();
    const ended = await runs.run((signal) => hook({ ...contextFor({ runKey: key, signal }), why }), deadline);
    const durationMs = clock.elapsed() - startedAtMs;
    switch (ended.type) {
      case "returned":
        return outcomeOf(ended.value, durationMs);
      case "threw":
        return { type: "failed", cause: ended.cause, durationMs };
      case "abandoned":
        return { type: "failed", cause: abandoned(key, deadline), durationMs, settled: ended.settled };
    }
  }

  #forget(key: string): void {
    const { reconciler, contextFor, ended } = this.#options;
    const forget = (): unknown => reconciler.forget?.(nameOfKey(key), contextFor({ runKey: key, signal: ended }));
    void Promise.try(forget).catch((cause: unknown) => this.#failToForget(key, cause)); // Plain JavaScript may make it async; nothing waits for it.
  }

  #failToForget(key: string, cause: unknown): void {
    const { fence, ledger, log } = this.#options;
    if (!fence.isEnded) ledger.fail(key, cause);
    log.error("the plugin cannot forget an object", { object: key, cause: messageOf(cause) });
  }

  #sending(key: string): Sending {
    return { runKey: key, signal: this.#options.ended };
  }
}

function abandoned(key: string, { timeoutMs, graceMs }: Deadline): PolykindError {
  const why = `the plugin did not end within ${timeoutMs} ms, nor in the ${graceMs} ms after its signal was aborted`;
  return new PolykindError("TIMED_OUT", `cannot wait for the run of ${key}: ${why}; it must heed context.signal`);
}

function outcomeOf(returned: Result | undefined, durationMs: number): Outcome {
  try {
    return { type: "ran", durationMs, requeueAfterMs: requeueAfterMsOf(returned) };
  } catch (cause) {
    return { type: "failed", cause, durationMs };
  }
}
