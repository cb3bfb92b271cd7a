import { isJsonObject, type JsonObject, jsonTypeOf } from "./json-object.ts";
import { malformedPatch } from "./patch-error.ts";

/**
 * Applies a JSON Merge Patch (RFC 7386) as the API server does: nulls within lists of the patch stay, members that are null
 * in objects within such lists go.
 *
 * `object` and `patch` stay as they are; the result shares with them what was not changed.
 *
 * @throws PatchError 400 when `patch` is no object.
 */
export function applyMergePatch(object: unknown, patch: unknown): unknown {
  if (patch === null) throw malformedPatch("Invalid JSON Patch");
  if (!isJsonObject(patch))
    throw malformedPatch(`error decoding patch: json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`);
  return isJsonObject(object) ? mergeObjects(object, patch) : withoutNulls(patch);
}

function mergeObjects(object: JsonObject, patch: JsonObject): JsonObject {
  const members = new Map(Object.entries(object));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key);
    else members.set(key, mergeValues(members.get(key), value));
  }
  return Object.fromEntries(members);
}

function mergeValues(current: unknown, patch: unknown): unknown {
  if (!isJsonObject(current)) return withoutNulls(patch);
  return isJsonObject(patch) ? mergeObjects(current, patch) : patch;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNulls(member)]));
}
