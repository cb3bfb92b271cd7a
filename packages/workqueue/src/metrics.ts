import type { MetricDefinition, SeriesGroup } from "@polykind/telemetry";
import type { Ages } from "./processing-keys.ts";

function define(name: string, type: MetricDefinition["type"], help: string): MetricDefinition {
  return { name, type, help, labelNames: ["name"] };
}

/** The metrics of a queue, by the names that client-go gave them. The label `name` comes from the group. */
export const QUEUE_METRICS: Readonly<
  Record<"depth" | "adds" | "queued" | "worked" | "unfinished" | "longest" | "retries", MetricDefinition>
> = {
  depth: define("workqueue_depth", "gauge", "Keys that are ready and wait for a worker"),
  adds: define("workqueue_adds_total", "counter", "Keys that became ready"),
  queued: define("workqueue_queue_duration_seconds", "histogram", "How long a key was ready before a worker took it"),
  worked: define("workqueue_work_duration_seconds", "histogram", "How long a worker had a key"),
  unfinished: define("workqueue_unfinished_work_seconds", "gauge", "Ages of the keys that workers have now, in all"),
  longest: define("workqueue_longest_running_processor_seconds", "gauge", "Age of the oldest key that a worker has now"),
  retries: define("workqueue_retries_total", "counter", "Retries after a failure"),
};

/** Writes the metrics of one queue. */
export class QueueMetrics {
  readonly #series: SeriesGroup;

  constructor(series: SeriesGroup) {
    this.#series = series;
  }

  added(depth: number): void {
    this.#series.add(QUEUE_METRICS.adds);
    this.#series.set(QUEUE_METRICS.depth, depth);
  }

  taken(depth: number, waitedMs: number): void {
    this.#series.set(QUEUE_METRICS.depth, depth);
    this.#series.observe(QUEUE_METRICS.queued, waitedMs / 1000);
  }

  done(workedMs: number): void {
    this.#series.observe(QUEUE_METRICS.worked, workedMs / 1000);
  }

  retried(): void {
    this.#series.add(QUEUE_METRICS.retries);
  }

  sampled({ unfinishedMs, longestMs }: Ages): void {
    this.#series.set(QUEUE_METRICS.unfinished, unfinishedMs / 1000);
    this.#series.set(QUEUE_METRICS.longest, longestMs / 1000);
  }
}
