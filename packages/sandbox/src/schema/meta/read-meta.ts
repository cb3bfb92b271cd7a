import { isRecord, type JsonObject } from "../../json.ts";
import { readTyped, type Shape } from "../typed/read-typed.ts";
import { ALWAYS_STRING, always, BOOL, INT, JSON_VALUE, list, record, STRING, STRINGS } from "../typed/shapes.ts";

/** Metadata as the server keeps it, with the fields that it does not know; or why it cannot be read at all. */
export type ReadMeta = { readonly metadata: JsonObject; readonly unknown: readonly string[] } | { readonly problem: string };

const OWNER = record("OwnerReference", {
  apiVersion: ALWAYS_STRING,
  kind: ALWAYS_STRING,
  name: ALWAYS_STRING,
  uid: ALWAYS_STRING,
  controller: always(BOOL),
  blockOwnerDeletion: always(BOOL),
});

const MANAGED_FIELDS = record("ManagedFieldsEntry", {
  manager: STRING,
  operation: STRING,
  apiVersion: STRING,
  time: { type: "time" },
  fieldsType: STRING,
  fieldsV1: JSON_VALUE,
  subresource: STRING,
});

/** The shape of `metadata`. */
export const OBJECT_META: Shape = record("ObjectMeta", {
  name: STRING,
  generateName: STRING,
  namespace: STRING,
  selfLink: STRING,
  uid: STRING,
  resourceVersion: STRING,
  generation: INT,
  creationTimestamp: { type: "time" },
  deletionTimestamp: { type: "time" },
  deletionGracePeriodSeconds: always(INT),
  labels: { type: "map", of: STRING },
  annotations: { type: "map", of: STRING },
  ownerReferences: list(OWNER),
  finalizers: STRINGS,
  managedFields: list(MANAGED_FIELDS),
});

/**
 * Reads JSON as the `metadata` of an object, as the server decodes and writes it back: unknown and empty fields are
 * dropped, `null` is absent. Never throws: what has another type than it must have is a problem, worded as Go words it.
 */
export function readMeta(value: unknown): ReadMeta {
  if (value === null || value === undefined) return { metadata: {}, unknown: [] };
  const read = readTyped(value, OBJECT_META);
  if ("problem" in read) return read;
  return { metadata: isRecord(read.value) ? read.value : {}, unknown: read.unknown };
}
