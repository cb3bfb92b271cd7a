export { startController } from "./controller.ts";
export { CONTROLLER_METRICS } from "./metrics.ts";
export type {
  Controller,
  ControllerFacts,
  ControllerNotices,
  ControllerOptions,
  RelatedKind,
  RelatedResource,
  RunResult,
} from "./types.ts";
