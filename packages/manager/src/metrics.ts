import type { MetricDefinition, Metrics, SeriesGroup } from "@polykind/telemetry";
import type { Turn } from "./kind/explain-history.ts";
import { KIND_PHASES, type KindReport } from "./kind/report.ts";

function define(name: string, type: MetricDefinition["type"], help: string, ...labelNames: readonly string[]): MetricDefinition {
  return { name: `polykind_${name}`, type, help, labelNames };
}

/** The metrics of a manager. None carries the name of a kind: their number does not grow with kinds that come and go. */
export const KIND_METRICS: Readonly<
  Record<"kinds" | "starts" | "stops" | "retiring" | "carriers" | "events" | "leaked", MetricDefinition>
> = {
  kinds: define("kinds", "gauge", "Kinds by their state", "state"),
  starts: define("kind_starts_total", "counter", "Controllers of a plugin on a kind that came up"),
  stops: define("kind_stops_total", "counter", "Controllers of a plugin on a kind that ended, by why they were stopped", "reason"),
  retiring: define("retiring_controllers", "gauge", "Controllers whose plugin does not manage the kind any more and that only finalize"),
  carriers: define("retiring_objects", "gauge", "Objects that carry the finalizer of such a plugin"),
  events: define("events_total", "counter", "What was to be told in Kubernetes events, by what came of it: sent or dropped", "outcome"),
  leaked: define("leaked_resources", "gauge", "What ended controllers could not release in time", "type"),
};

/** Keeps the series of a manager. */
export class KindMeter {
  readonly #series: SeriesGroup;

  constructor(metrics: Metrics) {
    this.#series = metrics.group();
    this.#series.add(KIND_METRICS.starts, 0);
    this.#series.set(KIND_METRICS.leaked, 0, { type: "hooks" });
    for (const outcome of ["sent", "dropped"] as const) this.countEvents(outcome, 0);
  }

  /** The server knows so many more happenings now, or never will. */
  countEvents(outcome: "sent" | "dropped", count: number): void {
    this.#series.add(KIND_METRICS.events, count, { outcome });
  }

  /** A controller came up or ended. */
  count(turn: Turn): void {
    if (turn.type === "started") this.#series.add(KIND_METRICS.starts);
    else this.#series.add(KIND_METRICS.stops, 1, { reason: turn.run.reason });
  }

  /** What there is now. States without a kind are told as 0. */
  measure(kinds: readonly Pick<KindReport, "state" | "runs">[], leaked: number): void {
    const counts = new Map(KIND_PHASES.map((state) => [state, 0]));
    for (const { state } of kinds) counts.set(state, (counts.get(state) ?? 0) + 1);
    for (const [state, count] of counts) this.#series.set(KIND_METRICS.kinds, count, { state });
    const retiring = kinds.flatMap(({ runs }) => runs.flatMap((run) => run.retiring ?? []));
    this.#series.set(KIND_METRICS.retiring, retiring.length);
    this.#series.set(
      KIND_METRICS.carriers,
      retiring.reduce((sum, { objects }) => sum + objects, 0),
    );
    this.#series.set(KIND_METRICS.leaked, leaked, { type: "hooks" });
  }

  /** Removes all series. */
  close(): void {
    this.#series.close();
  }
}
