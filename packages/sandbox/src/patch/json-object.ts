/** A JSON object; every key is data, `__proto__` too. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is an object of JSON: no array, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member `key` of `value`, if `value` is an object that has it itself. */
export function memberOf(value: unknown, key: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The name by which Go's JSON decoder calls what it did not expect. */
export function jsonTypeOf(value: unknown): "array" | "bool" | "null" | "number" | "object" | "string" {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return type === "boolean" ? "bool" : type === "number" || type === "string" ? type : "object";
}

/** A value as Go prints it with `%v`, which the server's messages contain. Keys are sorted. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isJsonObject(value)) return value === null || value === undefined ? "<nil>" : String(value);
  const members = Object.entries(value).toSorted(compareKeys);
  return `map[${members.map(([key, member]) => `${key}:${goText(member)}`).join(" ")}]`;
}

/** A value as Go writes it in JSON: keys sorted, and escaped what HTML would take for markup. */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) =>
    isJsonObject(each) ? Object.fromEntries(Object.entries(each).toSorted(compareKeys)) : each,
  );
  return text.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function compareKeys([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
