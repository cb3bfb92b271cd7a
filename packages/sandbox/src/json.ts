/** A JSON object that may be changed: how an object looks while a request works on it. */
export interface JsonObject {
  [field: string]: unknown;
}

/** Whether `value` is a JSON object: neither an array nor `null`. */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object at `record[field]`, or `undefined` when there is none. */
export function recordAt(record: Readonly<JsonObject> | undefined, field: string): JsonObject | undefined {
  const value = record?.[field];
  return isRecord(value) ? value : undefined;
}

/** The text at `record[field]`, or `undefined` when there is none. */
export function textAt(record: Readonly<JsonObject> | undefined, field: string): string | undefined {
  const value = record?.[field];
  return typeof value === "string" ? value : undefined;
}

/** The items at `record[field]`; none when that is no array. */
export function itemsAt(record: Readonly<JsonObject> | undefined, field: string): readonly unknown[] {
  const value = record?.[field];
  return Array.isArray(value) ? value : [];
}

/** Sets a field even if it is named `__proto__`, which assignment would take for the prototype. */
export function setField(record: JsonObject, field: string, value: unknown): void {
  if (field === "__proto__") Object.defineProperty(record, field, { value, configurable: true, enumerable: true, writable: true });
  else record[field] = value;
}

/** A deep copy of JSON that may be changed, whatever is frozen in `value`. Any key is data. */
export function cloneJson<T>(value: T): T {
  return copy(value, (keys) => keys) as T; // The copy of JSON has the shape of the original.
}

/** A deep copy with the keys of each object in the order in which the API server writes custom resources: by code unit. */
export function sortedJson<T>(value: T): T {
  return copy(value, (keys) => (keys.length > 1 ? keys.sort() : keys)) as T; // As above.
}

function copy(value: unknown, ordered: (keys: string[]) => string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copy(item, ordered));
  const out: JsonObject = {};
  for (const key of ordered(Object.keys(value))) setField(out, key, copy((value as JsonObject)[key], ordered)); // Not null and no array.
  return out;
}

/** Whether two JSON values are equal; the order of keys and fields that are `undefined` do not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  const [left, right] = [a as JsonObject, b as JsonObject]; // Neither null nor arrays.
  const present = (record: JsonObject): string[] => Object.keys(record).filter((key) => record[key] !== undefined);
  const keys = present(left);
  return keys.length === present(right).length && keys.every((key) => Object.hasOwn(right, key) && equalJson(left[key], right[key]));
}
