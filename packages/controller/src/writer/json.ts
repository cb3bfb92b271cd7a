/** JSON data as objects carry it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [field: string]: Json;
}

/** What is sent when `value` is: without `undefined`, with dates as text. */
export function asSent(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject; // What JSON.stringify writes of an object that is no array.
}

/** Whether `value` is a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether both are the same data, in whatever order their fields are. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isSameJson(item, b[at]));
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const fields = Object.keys(a);
  return fields.length === Object.keys(b).length && fields.every((field) => Object.hasOwn(b, field) && isSameJson(a[field], b[field]));
}

/** Whether `whole` has everything that `part` has, with the same values. Lists must have the same length. */
export function holdsJson(whole: unknown, part: unknown): boolean {
  if (Array.isArray(whole) && Array.isArray(part))
    return whole.length === part.length && part.every((item, at) => holdsJson(whole[at], item));
  if (!isJsonObject(whole) || !isJsonObject(part)) return whole === part;
  return Object.keys(part).every((field) => Object.hasOwn(whole, field) && holdsJson(whole[field], part[field]));
}

/** Whether a merge patch (RFC 7386) would leave `target` as it is. */
export function isMerged(target: unknown, patch: Json): boolean {
  if (!isJsonObject(patch)) return isSameJson(target, patch);
  if (!isJsonObject(target)) return false;
  return Object.entries(patch).every(([field, value]) => {
    if (value === null) return !Object.hasOwn(target, field);
    return Object.hasOwn(target, field) && isMerged(target[field], value);
  });
}
