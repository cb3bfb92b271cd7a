import type { MetricDefinition, Metrics, SeriesGroup } from "@polykind/telemetry";
import type { Turn } from "./kind/explain-history.ts";
import { KIND_PHASES, type KindPhase, type KindReport } from "./kind/report.ts";

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

/** Keeps the series of a manager. What it costs grows with the kinds that have changed, not with all that there are. */
export class KindMeter {
  readonly #series: SeriesGroup;
  readonly #takenByCrd = new Map<string, Pick<KindReport, "name" | "state">>();
  /** So many CRDs have a kind of this name. */
  readonly #countByName = new Map<string, number>();
  readonly #retiringByCrd = new Map<string, { readonly controllers: number; readonly objects: number }>();
  readonly #countByState = new Map<KindPhase, number>(KIND_PHASES.map((state) => [state, 0]));

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

  /** The CRDs whose kinds have controllers that only finalize. How many objects those are there for changes by itself: they are to be taken again whenever anything is. */
  get retiring(): Iterable<string> {
    return this.#retiringByCrd.keys();
  }

  /** These kinds are such now, and the kinds of these CRDs are no more: the others are as they were. */
  take(kinds: readonly Pick<KindReport, "name" | "crd" | "state" | "runs">[], gone: readonly string[] = []): void {
    for (const crd of gone) this.#forget(crd);
    for (const { name, crd, state, runs } of kinds) {
      this.#forget(crd);
      this.#takenByCrd.set(crd, { name, state });
      count(this.#countByState, state, 1);
      count(this.#countByName, name, 1);
      const retiring = runs.flatMap((run) => run.retiring ?? []);
      const objects = retiring.reduce((sum, run) => sum + run.objects, 0);
      if (retiring.length > 0) this.#retiringByCrd.set(crd, { controllers: retiring.length, objects });
    }
  }

  /** Tells all that was taken, the kinds of `wanted` that were not, and so much that leaked. States without a kind are told as 0. */
  tell({ wanted, leaked }: { readonly wanted: readonly string[]; readonly leaked: number }): void {
    const absent = wanted.filter((name) => !this.#countByName.has(name)).length;
    for (const [state, found] of this.#countByState)
      this.#series.set(KIND_METRICS.kinds, found + (state === "Absent" ? absent : 0), { state });
    let [controllers, objects] = [0, 0];
    for (const retiring of this.#retiringByCrd.values()) {
      controllers += retiring.controllers;
      objects += retiring.objects;
    }
    this.#series.set(KIND_METRICS.retiring, controllers);
    this.#series.set(KIND_METRICS.carriers, objects);
    this.#series.set(KIND_METRICS.leaked, leaked, { type: "hooks" });
  }

  #forget(crd: string): void {
    const taken = this.#takenByCrd.get(crd);
    if (taken === undefined) return;
    this.#takenByCrd.delete(crd);
    this.#retiringByCrd.delete(crd);
    count(this.#countByState, taken.state, -1);
    count(this.#countByName, taken.name, -1);
    if (this.#countByName.get(taken.name) === 0) this.#countByName.delete(taken.name);
  }

  /** Removes all series. */
  close(): void {
    this.#series.close();
  }
}

function count<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
