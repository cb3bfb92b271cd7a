import { isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";
import { OBJECT_META } from "../openapi/object-meta.ts";
import { alwaysPresent, emptyObjectOf, isBuiltinSchema } from "./always-present.ts";
import { capUpdaters } from "./cap-updaters.ts";
import { type FieldSet, isEmptySet, setOf, union } from "./field-set.ts";
import {
  isReset,
  type Manager,
  type ManagedFieldsEntry,
  type ManagerIdentity,
  type Managers,
  managedFieldsOf,
  managerKey,
  type Operation,
  readManagers,
  writeManagers,
} from "./managers.ts";
import { changesOf, type OwnershipContext, ownable, reconcileManagers, withLosses } from "./ownership.ts";
import { fieldElement } from "./path-element.ts";
import { keepTimes } from "./keep-times.ts";
import { typeOfSchema } from "./types.ts";

/** What is common to all writes that are noted in `managedFields`. */
export interface WriteContext {
  /** Who writes; empty: `unknown`. */
  readonly manager: string;
  /** The `openAPIV3Schema` of the version, or `builtinSchema` of the kind; without one, types are deduced from values. */
  readonly schema?: object | undefined;
  /** When, in RFC 3339 with whole seconds. */
  readonly at: string;
  /** The version through which is written. */
  readonly apiVersion: string;
  /** The subresource through which is written, such as `status`. */
  readonly subresource?: string;
  /**
   * The paths that this endpoint does not change, by member names. Default: for the subresource `status`, `spec` and the metadata (of built-in
   * kinds, the labels alone); for other subresources, nothing; otherwise `status`. A custom resource without the subresource `status` has none: pass `[]`.
   */
  readonly resetFields?: readonly (readonly string[])[];
}

/** An ordinary write. */
export interface Write extends WriteContext {
  /** The object as it is stored; absent when it is being created. */
  readonly before?: object;
  /** The object as it is to be stored. */
  readonly after: object;
  /** Default: `Update`. */
  readonly operation?: Operation;
}

/**
 * Notes who owns which fields after a create, update or patch: `after` with `metadata.managedFields` as the API server would
 * have them (KEP-555). The writer owns what it changed or added; others lose what was changed or removed.
 *
 * An object whose `managedFields` were emptied is not tracked until something is applied to it. The inputs stay as they are.
 */
export function trackManagers(write: Write): JsonObject {
  const { before, after, subresource } = write;
  const live = readManagers(managedFieldsOf(before)) ?? new Map<string, Manager>();
  const managers = subresource === undefined ? managersOfRequest(write, live) : live;
  const isUntracked = managers.size === 0 && before !== undefined;
  const tracked = isUntracked ? managers : capUpdaters(updated(managers, write));
  return keepTimes(before, withManagedFields(after, writeManagers(tracked)));
}

/** A client may set `managedFields` itself; one that does not know them sends none, or old ones. */
function managersOfRequest({ after, schema }: Write, live: Managers): Managers {
  const entries = managedFieldsOf(after);
  if (isReset(entries, isBuiltinSchema(schema))) return new Map();
  const managers = readManagers(entries);
  return managers === undefined || managers.size === 0 ? live : managers;
}

function updated(managers: Managers, write: Write): Managers {
  const { operation = "Update", at, schema } = write;
  const context = contextOf(write);
  const before =
    write.before === undefined ? emptyObjectOf(write.after, schema) : alwaysPresent(withManagedFields(write.before, undefined), schema);
  const changes = changesOf(before, alwaysPresent(withManagedFields(write.after, undefined), schema), context);
  const others = new Map(withLosses(reconcileManagers(managers, context), "", changes));
  const gained = ownable(union(changes.modified, changes.added));
  if (isEmptySet(gained)) return others;
  const identity = identityOf(write, operation);
  const key = managerKey(identity);
  const previous = others.get(key);
  return others.set(key, { ...identity, time: at, fields: previous === undefined ? gained : union(previous.fields, gained) });
}

/** Who writes by `operation`. */
export function identityOf({ manager, apiVersion, subresource }: WriteContext, operation: Operation): ManagerIdentity {
  return { manager: manager === "" ? "unknown" : manager, operation, apiVersion, ...(subresource !== undefined && { subresource }) };
}

/** What the endpoint means for ownership. */
export function contextOf({ schema, subresource, resetFields }: WriteContext): OwnershipContext {
  return {
    type: typeOfSchema(schema === undefined ? undefined : withObjectMeta(schema)),
    resetFields: resetSet(resetFields ?? defaultReset(subresource, isBuiltinSchema(schema))),
  };
}

function defaultReset(subresource: string | undefined, isBuiltin: boolean): readonly (readonly string[])[] {
  if (subresource === undefined) return [["status"]];
  if (subresource !== "status") return [];
  return isBuiltin ? [["spec"], ["metadata", "labels"]] : [["spec"], ["metadata"]];
}

/** The schema with what every object has: a CRD says at most a little about metadata. */
function withObjectMeta(schema: object): JsonObject {
  const properties = memberOf(schema, "properties");
  const text = { type: "string" };
  return { ...schema, properties: { ...(isJsonObject(properties) && properties), apiVersion: text, kind: text, metadata: OBJECT_META } };
}

function resetSet(paths: readonly (readonly string[])[]): FieldSet {
  return setOf(...paths.map((path) => path.map(fieldElement)));
}

/** `object` with these entries; without the member when there are none. */
export function withManagedFields(object: object, entries: readonly ManagedFieldsEntry[] | undefined): JsonObject {
  const copy: Record<string, unknown> = { ...object };
  const { metadata } = copy;
  if (!isJsonObject(metadata)) return copy;
  const { managedFields: _, ...rest } = metadata;
  copy["metadata"] = entries === undefined ? rest : { ...rest, managedFields: entries };
  return copy;
}
