import { type Clock, messageOf, Notices } from "@polykind/core";
import type { Log, SeriesGroup } from "@polykind/telemetry";
import { CONTROLLER_METRICS } from "../metrics.ts";
import type { ControllerFacts, ControllerNotices, RunResult } from "../types.ts";

/** What a {@link Ledger} needs. */
export interface LedgerOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** With the label `controller`. */
  readonly series: SeriesGroup;
}

/** How one run went. */
export interface RunRecord {
  readonly key: string;
  readonly result: RunResult;
  readonly durationMs: number;
  /** What a failed run threw. */
  readonly cause?: unknown;
}

const METRIC_RESULT = { success: "success", requeue: "requeue_after", error: "error", terminal: "error" } as const satisfies Record<
  RunResult,
  string
>;

/** Writes down what the runs of one controller came to: facts, metrics and notices. */
export class Ledger {
  readonly notices: Notices<ControllerNotices>;
  readonly #clock: Clock;
  readonly #series: SeriesGroup;
  #reconciles = 0;
  #errors = 0;
  #abandoned = 0;
  #lastReconcileAt: number | undefined;
  #lastError: ControllerFacts["lastError"];
  /** See `PluginContext.note`. */
  note: string | undefined;

  constructor({ clock, log, series }: LedgerOptions) {
    this.#clock = clock;
    this.#series = series;
    this.notices = new Notices(({ notice, cause }) => log.warn("a listener failed", { notice, cause: messageOf(cause) }));
  }

  get facts(): Pick<ControllerFacts, "reconciles" | "errors" | "abandoned" | "lastReconcileAt" | "lastError" | "note"> {
    return {
      reconciles: this.#reconciles,
      errors: this.#errors,
      abandoned: this.#abandoned,
      ...(this.#lastReconcileAt !== undefined && { lastReconcileAt: this.#lastReconcileAt }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.note !== undefined && { note: this.note }),
    };
  }

  /** A run has ended. */
  record({ key, result, durationMs, cause }: RunRecord): void {
    this.#reconciles += 1;
    this.#lastReconcileAt = this.#clock.now();
    this.#series.add(CONTROLLER_METRICS.runs, 1, { result: METRIC_RESULT[result] });
    this.#series.observe(CONTROLLER_METRICS.durations, durationMs / 1000);
    if (result === "error" || result === "terminal") this.fail(key, cause);
    if (result === "terminal") this.#series.add(CONTROLLER_METRICS.terminalErrors);
    this.notices.tell("reconciled", { key, result, durationMs });
  }

  /** Something of `key` failed. */
  fail(key: string, cause: unknown): void {
    this.#errors += 1;
    this.#lastError = { at: this.#clock.now(), message: messageOf(cause), key };
    this.#series.add(CONTROLLER_METRICS.errors);
  }

  /** A hook did not end although it was told to. */
  abandon(): void {
    this.#abandoned += 1;
  }

  setActive(runs: number): void {
    this.#series.set(CONTROLLER_METRICS.activeWorkers, runs);
  }
}
