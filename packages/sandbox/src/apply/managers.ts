import { isJsonObject, memberOf } from "../patch/json-object.ts";
import { type FieldSet, isEmptySet } from "./field-set.ts";
import { type FieldsV1, fromFieldsV1, toFieldsV1 } from "./fields-v1.ts";

/** By which sort of write a manager got its fields. */
export type Operation = "Apply" | "Update";

/** Who owns fields, by which sort of write: what makes one entry of `metadata.managedFields` another than the next. */
export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly subresource?: string;
}

/** A manager with the fields that it owns. */
export interface Manager extends ManagerIdentity {
  /** RFC 3339, in whole seconds: when the entry last changed. */
  readonly time?: string;
  readonly fields: FieldSet;
}

/** The managers of an object by {@link managerKey}. */
export type Managers = ReadonlyMap<string, Manager>;

/** Equal for entries that are merged into one: an applier stays the same when it changes the version that it applies. */
export function managerKey({ manager, operation, apiVersion, subresource = "" }: ManagerIdentity): string {
  return JSON.stringify([manager, operation, operation === "Apply" ? "" : apiVersion, subresource]);
}

/** An entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: FieldsV1;
  readonly subresource?: string;
}

/** Reads `metadata.managedFields`; absent means none. @returns `undefined` when an entry is broken. */
export function readManagers(entries: unknown): Managers | undefined {
  const managers = new Map<string, Manager>();
  if (entries === undefined || entries === null) return managers;
  if (!Array.isArray(entries)) return undefined;
  for (const entry of entries) {
    const manager = readManager(entry);
    if (manager === undefined) return undefined;
    managers.set(managerKey(manager), manager);
  }
  return managers;
}

function readManager(entry: unknown): Manager | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { manager = "", operation, apiVersion, time, fieldsType, fieldsV1 = {}, subresource = "" } = entry;
  const fields = fromFieldsV1(fieldsV1);
  if ((operation !== "Apply" && operation !== "Update") || fieldsType !== "FieldsV1" || fields === undefined) return undefined;
  if (typeof manager !== "string" || typeof apiVersion !== "string" || apiVersion === "" || typeof subresource !== "string")
    return undefined;
  return { manager, operation, apiVersion, fields, ...(typeof time === "string" && { time }), ...(subresource !== "" && { subresource }) };
}

/** Writes `metadata.managedFields`, in the API server's order; `undefined` when nobody owns anything. */
export function writeManagers(managers: Managers): readonly ManagedFieldsEntry[] | undefined {
  const entries = [...managers.values()].filter(({ fields }) => !isEmptySet(fields)).toSorted(compareManagers);
  return entries.length === 0 ? undefined : entries.map(entryOf);
}

function entryOf({ manager, operation, apiVersion, time, fields, subresource }: Manager): ManagedFieldsEntry {
  return {
    ...(manager !== "" && { manager }),
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(fields),
    ...(subresource !== undefined && { subresource }),
  };
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareTexts(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource ?? "", b.subresource ?? "")
  );
}

/** The order of two texts by their code units. */
export function compareTexts(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

/** When a manager's entry last changed, in whole seconds; 0 when that is not known. */
export function secondsOf({ time }: Pick<Manager, "time">): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
}

/**
 * Whether `entries` ask the server to forget who owns what: one entry that says nothing; of a built-in kind also an empty list, which of custom
 * resources says nothing.
 */
export function isReset(entries: unknown, isBuiltin: boolean): boolean {
  if (!Array.isArray(entries)) return false;
  const [only] = entries;
  return (isBuiltin && entries.length === 0) || (entries.length === 1 && isJsonObject(only) && Object.keys(only).length === 0);
}

/** The `managedFields` of an object as they stand there. */
export function managedFieldsOf(object: unknown): unknown {
  return memberOf(memberOf(object, "metadata"), "managedFields");
}
