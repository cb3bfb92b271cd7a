import type { Counter, Gauge, Histogram, Registry } from "prom-client";
import { loadPromClient } from "./libraries.ts";
import type { Labels, MetricDefinition, Metrics, SeriesGroup } from "./metrics.ts";

/** From 1 ms to 60 s, in seconds. */
const DEFAULT_BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Metrics of their own: two never share a series, and none of the process is added.
 *
 * A series that two groups touch has one value, and goes when both have let it go. A metric without series is not told at all.
 *
 * *Errors.* `TypeError` for a bug of the caller: labels that are not those of the definition, or one name with two definitions.
 */
export function openMetrics(): Metrics {
  return new PromMetrics();
}

interface MetricByType {
  readonly counter: Counter;
  readonly gauge: Gauge;
  readonly histogram: Histogram;
}

type PromMetric = MetricByType[keyof MetricByType];

/** One registered metric, with the number of groups that hold each of its series. */
interface Family {
  readonly definition: MetricDefinition;
  readonly metric: PromMetric;
  readonly holdersBySeries: Map<string, number>;
}

class PromMetrics implements Metrics {
  readonly #library = loadPromClient();
  readonly #registry: Registry = new this.#library.Registry();
  readonly #familyByName = new Map<string, Family>();

  group(labels: Labels = {}): SeriesGroup {
    return new PromSeriesGroup(this, labels);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get size(): number {
    return this.#familyByName.values().reduce((sum, { holdersBySeries }) => sum + holdersBySeries.size, 0);
  }

  /** The metric of `definition`, registered with its first series. */
  familyOf(definition: MetricDefinition): Family {
    const family = this.#familyByName.get(definition.name);
    if (family === undefined) return this.#register(definition);
    if (family.definition !== definition && !isSameDefinition(family.definition, definition)) {
      throw new TypeError(
        `cannot measure ${definition.name}: it is defined already, as ${family.definition.type} with labels ${family.definition.labelNames.join(", ")}`,
      );
    }
    return family;
  }

  hold(family: Family, series: string): void {
    family.holdersBySeries.set(series, (family.holdersBySeries.get(series) ?? 0) + 1);
  }

  /** Removes the series when nobody else holds it, and the metric with its last series. */
  release({ definition: { name }, metric, holdersBySeries }: Family, series: string, labels: Labels): void {
    const holders = (holdersBySeries.get(series) ?? 0) - 1;
    if (holders > 0) {
      holdersBySeries.set(series, holders);
      return;
    }
    holdersBySeries.delete(series);
    metric.remove(labels);
    if (holdersBySeries.size > 0) return;
    this.#registry.removeSingleMetric(name);
    this.#familyByName.delete(name);
  }

  #register(definition: MetricDefinition): Family {
    const family: Family = { definition, metric: this.#open(definition), holdersBySeries: new Map() };
    this.#familyByName.set(definition.name, family);
    return family;
  }

  #open({ name, help, type, labelNames, buckets = DEFAULT_BUCKETS }: MetricDefinition): PromMetric {
    const options = { name, help, labelNames: [...labelNames], registers: [this.#registry] };
    switch (type) {
      case "counter":
        return new this.#library.Counter(options);
      case "gauge":
        return new this.#library.Gauge(options);
      case "histogram":
        return new this.#library.Histogram({ ...options, buckets: [...buckets] });
    }
  }
}

class PromSeriesGroup implements SeriesGroup {
  readonly #metrics: PromMetrics;
  readonly #labels: Labels;
  /** Per metric name, what this group holds: exactly once in the count of holders. */
  readonly #heldByName = new Map<string, { readonly family: Family; readonly labelsBySeries: Map<string, Labels> }>();
  #isClosed = false;

  constructor(metrics: PromMetrics, labels: Labels) {
    this.#metrics = metrics;
    this.#labels = labels;
  }

  add(metric: MetricDefinition, by = 1, labels?: Labels): void {
    const found = this.#touch(metric, "counter", labels);
    found?.metric.inc(found.labels, by);
  }

  set(metric: MetricDefinition, value: number, labels?: Labels): void {
    const found = this.#touch(metric, "gauge", labels);
    found?.metric.set(found.labels, value);
  }

  observe(metric: MetricDefinition, value: number, labels?: Labels): void {
    const found = this.#touch(metric, "histogram", labels);
    found?.metric.observe(found.labels, value);
  }

  get size(): number {
    return this.#heldByName.values().reduce((sum, { labelsBySeries }) => sum + labelsBySeries.size, 0);
  }

  clear({ name }: MetricDefinition): void {
    const held = this.#heldByName.get(name);
    this.#heldByName.delete(name);
    for (const [series, labels] of held?.labelsBySeries ?? []) if (held !== undefined) this.#metrics.release(held.family, series, labels);
  }

  close(): void {
    this.#isClosed = true;
    for (const { family } of this.#heldByName.values()) this.clear(family.definition);
  }

  #touch<K extends MetricDefinition["type"]>(
    definition: MetricDefinition,
    type: K,
    given: Labels = {},
  ): { readonly metric: MetricByType[K]; readonly labels: Labels } | undefined {
    if (this.#isClosed) return undefined;
    if (definition.type !== type) throw new TypeError(`cannot measure ${definition.name}: it is a ${definition.type}, not a ${type}`);
    const labels = { ...this.#labels, ...given };
    const series = seriesOf(definition, labels);
    const family = this.#metrics.familyOf(definition);
    const held = this.#heldByName.get(definition.name) ?? { family, labelsBySeries: new Map<string, Labels>() };
    this.#heldByName.set(definition.name, held);
    if (!held.labelsBySeries.has(series)) {
      held.labelsBySeries.set(series, labels);
      this.#metrics.hold(family, series);
    }
    return { metric: family.metric as MetricByType[K], labels }; // a family is of the type of its definition
  }
}

/** Tells series of one metric apart, in whatever order the labels are given. */
function seriesOf({ name, labelNames }: MetricDefinition, labels: Labels): string {
  if (Object.keys(labels).length !== labelNames.length || !labelNames.every((label) => Object.hasOwn(labels, label))) {
    throw new TypeError(
      `cannot measure ${name}: its labels are ${labelNames.join(", ") || "none"}, not ${Object.keys(labels).join(", ") || "none"}`,
    );
  }
  return JSON.stringify(labelNames.toSorted().map((label) => labels[label]));
}

function isSameDefinition(a: MetricDefinition, b: MetricDefinition): boolean {
  return a.type === b.type && new Set(a.labelNames).symmetricDifference(new Set(b.labelNames)).size === 0;
}
