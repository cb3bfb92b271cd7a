import { goJson, isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";
import { compare } from "./compare.ts";
import { difference, emptySet, type FieldSet } from "./field-set.ts";
import { ownedFieldsOf } from "./owned-fields.ts";
import type { TypeRef } from "./types.ts";

/** Where kubectl keeps what it applied from the client's side. */
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The manager of `kubectl apply --server-side`, which alone may take over from the client's side. */
export const KUBECTL = "kubectl";

/** The configuration that was applied last from the client's side; empty when there was none. */
export function lastAppliedText(object: unknown): string {
  const text = memberOf(memberOf(memberOf(object, "metadata"), "annotations"), LAST_APPLIED);
  return typeof text === "string" ? text : "";
}

/** The fields that were applied from the client's side and are still as they were: kubectl may take them from whoever owns them. */
export function fieldsOfLastApplied(live: object | undefined, type: TypeRef, apiVersion: string): FieldSet {
  const applied = parsed(lastAppliedText(live));
  if (!isJsonObject(applied) || applied["apiVersion"] !== apiVersion) return emptySet();
  const { modified, added, removed } = compare(applied, live, type);
  return [modified, added, removed].reduce(difference, ownedFieldsOf(applied, type));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Keeps the configuration of the client's side in step with what kubectl applied on the server's, where there is one. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  if (lastAppliedText(object) === "") return object;
  const [metadata, annotations] = [memberOf(object, "metadata"), memberOf(memberOf(object, "metadata"), "annotations")];
  if (!isJsonObject(metadata) || !isJsonObject(annotations)) return object;
  const text = `${goJson(withoutLastApplied(applied))}\n`;
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

function withoutLastApplied(applied: JsonObject): JsonObject {
  const { metadata } = applied;
  const annotations = memberOf(metadata, "annotations");
  if (!isJsonObject(metadata) || !isJsonObject(annotations) || !Object.hasOwn(annotations, LAST_APPLIED)) return applied;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  return { ...applied, metadata: { ...metadata, annotations: others } };
}
