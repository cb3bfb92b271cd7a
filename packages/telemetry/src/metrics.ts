/** What a metric is, said once for all its series. */
export interface MetricDefinition {
  /** By the Prometheus rules: `[a-z_]+`, counters end in `_total`, durations in `_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labelNames: readonly string[];
  /** Of a histogram, ascending, in the unit of the metric. Default: 1 ms to 60 s, in seconds. */
  readonly buckets?: readonly number[];
}

/** The labels of one series. All of the definition's names, no others. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Series that one owner writes. When the owner ends, `close` removes every series it touched: a kind that is gone leaves none.
 */
export interface SeriesGroup {
  /** Adds to a counter. */
  add(metric: MetricDefinition, by?: number, labels?: Labels): void;
  /** Sets a gauge. */
  set(metric: MetricDefinition, value: number, labels?: Labels): void;
  /** Takes a value into a histogram. */
  observe(metric: MetricDefinition, value: number, labels?: Labels): void;
  /** Removes the series of one metric that this group touched. */
  clear(metric: MetricDefinition): void;
  /** The number of series that this group holds. */
  readonly size: number;
  /** Removes all of them; afterwards every call is without effect. Harmless when called twice. */
  close(): void;
}

/** Where metrics are collected. */
export interface Metrics {
  /** A group whose series all carry `labels` besides those given at each call. */
  group(labels?: Labels): SeriesGroup;
  /** All series in the Prometheus text format. */
  text(): Promise<string>;
  /** The number of series there are, for leak checks. */
  readonly size: number;
}
