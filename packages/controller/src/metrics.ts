import type { MetricDefinition } from "@polykind/telemetry";

function define(name: string, type: MetricDefinition["type"], help: string, ...labelNames: readonly string[]): MetricDefinition {
  return { name: `controller_runtime_${name}`, type, help, labelNames: ["controller", ...labelNames] };
}

/** The metrics of a controller, by the names that controller-runtime gave them. */
export const CONTROLLER_METRICS: Readonly<
  Record<"runs" | "errors" | "terminalErrors" | "durations" | "activeWorkers" | "workers", MetricDefinition>
> = {
  runs: define("reconcile_total", "counter", "Runs by their result: success, requeue_after, error", "result"),
  errors: define("reconcile_errors_total", "counter", "Runs that failed"),
  terminalErrors: define("terminal_reconcile_errors_total", "counter", "Runs that failed and are not tried again"),
  durations: define("reconcile_time_seconds", "histogram", "How long a run took"),
  activeWorkers: define("active_workers", "gauge", "Runs at this moment"),
  workers: define("max_concurrent_reconciles", "gauge", "Runs that may be at one moment"),
};
