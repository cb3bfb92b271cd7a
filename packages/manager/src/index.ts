export { type ManagerOptions, type OpenManager, openManager } from "./composition.ts";
export { Endpoint, type EndpointOptions, type KindRefusal, type Shown } from "./endpoint.ts";
export type { KindExplanation, LifeReport, ReleaseReport } from "./kind/explain.ts";
export type { Awaited } from "./kind/explain-awaits.ts";
export type { Evidence } from "./kind/explain-evidence.ts";
export type { Lookup } from "./kind/explain-lookup.ts";
export type { KindPhase, KindReport, RunReport } from "./kind/report.ts";
export type { Unbinding } from "./kind/state.ts";
export type { LeftBehind } from "./kinds.ts";
export type { KindsLine } from "./kinds-stream.ts";
export {
  leakCount,
  type Leaks,
  Manager,
  type ManagerNotices,
  type ManagerParts,
  type ManagerReport,
  type PluginReport,
} from "./manager.ts";
export { KIND_METRICS } from "./metrics.ts";
