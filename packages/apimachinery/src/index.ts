export { type Condition, findCondition, withCondition } from "./condition.ts";
export {
  CRD_RESOURCE,
  type CrdDescriptor,
  type CrdNames,
  type CrdVersion,
  type CustomResourceDefinition,
  describeCrd,
  resourceOf,
  servedVersionsOf,
  type VersionDescriptor,
  withoutSchemas,
} from "./crd.ts";
export type { LineSink, ListCall, ListWatch, WatchCall, WatchedLines } from "./list-watch.ts";
export {
  freezeDeep,
  keyOf,
  type KubeObject,
  type Manifest,
  nameOfKey,
  type ObjectMeta,
  type ObjectName,
  type OwnerReference,
} from "./object.ts";
export {
  apiVersionOf,
  type GroupKind,
  groupKindOf,
  groupKindText,
  parseApiVersion,
  objectPathOf,
  pathOf,
  type PathTarget,
  type Resource,
  type ResourceScope,
} from "./resource.ts";
export {
  type LabelRequirement,
  type LabelSelector,
  type LabelSelectorObject,
  labelSelectorOf,
  matchesLabels,
  parseLabelSelector,
} from "./selector.ts";
export { type Shard, shardFilterOf, shardSelectorOf } from "./shard.ts";
export { apiErrorOf, type FailedRequest, isStatus, retryAfterMsOf, type Status, statusOf } from "./status.ts";
export { compareKubeVersions, compareResourceVersions } from "./version.ts";
export { decodeList, decodeWatchEvent, isKubeObject, type ListPage, type WatchEvent } from "./watch-event.ts";
