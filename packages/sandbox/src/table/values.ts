import { isJsonObject, memberOf } from "../patch/json-object.ts";

/** The value at a path of keys; `undefined` where there is none. */
export function at(object: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce(memberOf, object);
}

/** The text at a path; empty where there is none. */
export function textAt(object: unknown, ...keys: readonly string[]): string {
  const value = at(object, ...keys);
  return typeof value === "string" ? value : "";
}

/** The number at a path; 0 where there is none. */
export function numberAt(object: unknown, ...keys: readonly string[]): number {
  const value = at(object, ...keys);
  return typeof value === "number" ? value : 0;
}

/** The list at a path; empty where there is none. */
export function listAt(object: unknown, ...keys: readonly string[]): readonly unknown[] {
  const value = at(object, ...keys);
  return Array.isArray(value) ? value : [];
}

/** The first instant that is there. */
export function instantAt(object: unknown, ...paths: readonly (readonly string[])[]): string | undefined {
  return paths.map((path) => textAt(object, ...path)).find((text) => text !== "");
}

/** The number of members. */
export function countOf(value: unknown): number {
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

/** `text`, or what kubectl shows instead of none. */
export function orNone(text: string): string {
  return text === "" ? "<none>" : text;
}

/** Labels as a selector: `a=1,b=2`, by name. */
export function labelsText(labels: unknown): string {
  if (!isJsonObject(labels)) return "<none>";
  const parts = Object.keys(labels).map((key) => `${key}=${textAt(labels, key)}`);
  return orNone(parts.toSorted().join(","));
}

/** A selector of labels and expressions in one line. */
export function selectorText(selector: unknown): string {
  const labels = at(selector, "matchLabels");
  const expressions = listAt(selector, "matchExpressions").map(expressionText);
  const all = [...(countOf(labels) === 0 ? [] : [labelsText(labels)]), ...expressions];
  return orNone(all.join(","));
}

function expressionText(expression: unknown): string {
  const key = textAt(expression, "key");
  const values = `(${listAt(expression, "values").map(String).toSorted().join(",")})`;
  const texts: Readonly<Record<string, string>> = {
    Exists: key,
    DoesNotExist: `!${key}`,
    In: `${key} in ${values}`,
    NotIn: `${key} notin ${values}`,
  };
  return texts[textAt(expression, "operator")] ?? key;
}
