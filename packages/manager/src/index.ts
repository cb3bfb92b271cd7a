export { type ManagerOptions, type OpenManager, openManager } from "./composition.ts";
export { Endpoint, type EndpointOptions, type KindsLine, type Shown } from "./endpoint.ts";
export type { KindPhase, KindReport, RunReport } from "./kind/report.ts";
export {
  leakCount,
  type Leaks,
  Manager,
  type ManagerNotices,
  type ManagerParts,
  type ManagerReport,
  type PluginReport,
} from "./manager.ts";
