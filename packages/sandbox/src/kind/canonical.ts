import type { KubeObject } from "@polykind/apimachinery";
import { type JsonObject, recordAt, setField, sortedJson } from "../json.ts";

/** The order of fields in the metadata of built-in objects: that of the Go structure. */
const METADATA_ORDER: readonly string[] = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];

/** A custom object with all keys in order, as the server writes them. A copy. */
export function canonicalCustom<T extends KubeObject>(object: T): T {
  return sortedJson({ ...object, metadata: withVersion(object) });
}

/** A built-in object with `kind`, `apiVersion` and metadata in front, as the server writes them. */
export function canonicalBuiltin<T extends KubeObject>(object: T): T {
  const { kind, apiVersion, metadata: _, ...rest } = object;
  const metadata = withVersion(object);
  const ordered: JsonObject = {};
  for (const field of METADATA_ORDER) if (metadata[field] !== undefined) ordered[field] = metadata[field];
  for (const [field, value] of Object.entries(metadata)) if (!Object.hasOwn(ordered, field)) setField(ordered, field, value);
  return { kind, apiVersion, metadata: ordered, ...rest } as unknown as T; // The same fields in another order.
}

/** The version gets its place here; its value when it is stored. */
function withVersion(object: KubeObject): JsonObject {
  return { resourceVersion: "", ...recordAt({ ...object }, "metadata") };
}
