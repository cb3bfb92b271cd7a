export { type Log, type LogFields, silentLog } from "./log.ts";
export type { Labels, MetricDefinition, Metrics, SeriesGroup } from "./metrics.ts";
