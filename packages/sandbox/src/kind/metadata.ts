import type { KubeObject } from "@polykind/apimachinery";
import { equalJson, itemsAt, type JsonObject } from "../json.ts";
import { forbiddenValue, invalidValue } from "./field-errors.ts";
import type { FieldError } from "../schema/index.ts";

/** The fields of metadata that only the server sets: an update keeps what is there. */
const KEPT = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"] as const;

/** Gives a new object what the server decides; what a client set of it is dropped. */
export function beginMetadata(
  metadata: JsonObject,
  facts: { readonly name: string; readonly uid: string; readonly namespace: string; readonly at: string },
): void {
  for (const field of [...KEPT, "resourceVersion", "generation"]) delete metadata[field];
  if (facts.namespace !== "") metadata["namespace"] = facts.namespace;
  else delete metadata["namespace"];
  Object.assign(metadata, { name: facts.name, uid: facts.uid, creationTimestamp: facts.at });
}

/** What an update may not change of the metadata. */
export function validateMetadataUpdate(metadata: Readonly<JsonObject>, before: KubeObject["metadata"]): readonly FieldError[] {
  const errors: FieldError[] = [];
  const immutable = (field: "namespace" | "uid" | "name"): void => {
    const [now, was] = [metadata[field] ?? "", before[field] ?? ""];
    if (now !== was) errors.push(invalidValue(`metadata.${field}`, now, "field is immutable"));
  };
  immutable("name");
  immutable("namespace");
  immutable("uid");
  return [...errors, ...validateFinalizers(metadata, before)];
}

function validateFinalizers(metadata: Readonly<JsonObject>, before: KubeObject["metadata"]): readonly FieldError[] {
  if (before.deletionTimestamp === undefined) return [];
  const fresh = itemsAt(metadata, "finalizers").filter((each) => !before.finalizers?.some((old) => old === each));
  if (fresh.length === 0) return [];
  const list = `[]string{${fresh.map((each) => JSON.stringify(each)).join(", ")}}`;
  return [
    forbiddenValue("metadata.finalizers", `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`),
  ];
}

/** Puts the fields that only the server sets back to what they were. */
export function keepMetadata(metadata: JsonObject, before: KubeObject["metadata"]): void {
  const was: Readonly<JsonObject> = { ...before };
  for (const field of KEPT) {
    if (field === "uid" && metadata["uid"] !== undefined) continue;
    if (was[field] === undefined) delete metadata[field];
    else metadata[field] = was[field];
  }
}

/** Whether two objects differ in more than the times at which their managers last wrote. */
export function isSameState(a: KubeObject, b: KubeObject): boolean {
  return equalJson(withoutTimes(a), withoutTimes(b));
}

function withoutTimes(object: KubeObject): unknown {
  const metadata: JsonObject = { ...object.metadata };
  if (!Array.isArray(metadata["managedFields"])) return object;
  metadata["managedFields"] = metadata["managedFields"].map((entry: object) => ({ ...entry, time: undefined }));
  return { ...object, metadata };
}
