export { type Application, type ApplyOutcome, applyConfiguration } from "./apply-configuration.ts";
export { ApplyError } from "./apply-error.ts";
export type { Conflict } from "./conflict.ts";
export type { FieldsV1 } from "./fields-v1.ts";
export type { ManagedFieldsEntry, Operation } from "./managers.ts";
export { trackManagers, type Write, type WriteContext } from "./track-managers.ts";
