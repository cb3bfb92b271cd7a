import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";
import { managedFieldsOf } from "./managers.ts";

/**
 * `after`, but with the `managedFields` of `before` where the two differ in nothing but the times there: so a write that changes nothing
 * stores nothing.
 */
export function keepTimes(before: object | undefined, after: JsonObject): JsonObject {
  const [entriesBefore, entriesAfter] = [managedFieldsOf(before), managedFieldsOf(after)];
  if (!Array.isArray(entriesBefore) || !Array.isArray(entriesAfter) || entriesBefore.length !== entriesAfter.length) return after;
  const isSame = (entry: unknown, index: number): boolean =>
    isDeepStrictEqual(without(entry, "time"), without(entriesBefore[index], "time"));
  if (!entriesAfter.every(isSame) || !isDeepStrictEqual(withoutOwners(before), withoutOwners(after))) return after;
  const { metadata } = after;
  return { ...after, metadata: { ...(isJsonObject(metadata) && metadata), managedFields: entriesBefore } };
}

function without(value: unknown, ...keys: readonly string[]): unknown {
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) : value;
}

function withoutOwners(object: object | undefined): unknown {
  return { ...object, metadata: without(memberOf(object, "metadata"), "managedFields", "resourceVersion") };
}
