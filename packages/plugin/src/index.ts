export type { Condition, KubeObject, Manifest, ObjectMeta, ObjectName, OwnerReference, Resource } from "@polykind/apimachinery";
export { findCondition, withCondition } from "@polykind/apimachinery";
export { isPolykindError, type PolykindError, type PolykindErrorCode } from "@polykind/core";
export type { ApplyOptions, CallOptions, DeleteOptions, KindReference, PluginClient, Reader } from "./client.ts";
export {
  type Cause,
  definePlugin,
  finalizerOf,
  isTerminalError,
  type ManagedKind,
  type ManagedKinds,
  type Plugin,
  type PluginContext,
  type PluginLog,
  type PluginMetrics,
  type ReconcileContext,
  type Reconciler,
  type Result,
  type SchemaChange,
  type SchemaPart,
  type SetupContext,
  type StopReason,
  TerminalError,
  type WatchedKind,
} from "./plugin.ts";
