export type { LogDestination } from "./destination.ts";
export { type Log, type LogFields, silentLog } from "./log.ts";
export type { Labels, MetricDefinition, Metrics, SeriesGroup } from "./metrics.ts";
export { type LogLevel, type LogOptions, openLog } from "./open-log.ts";
export { openMetrics } from "./open-metrics.ts";
