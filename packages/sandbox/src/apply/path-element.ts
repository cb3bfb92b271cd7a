import { goJson, isJsonObject } from "../patch/json-object.ts";

/**
 * One step of a path to a field, in the form in which `fieldsV1` has it as a key: `f:name` for a member, `k:{"name":"a"}` for an item of a
 * list by its keys, `v:"a"` for an item of a set. Equal steps are equal texts.
 */
export type PathElement = string;

/** The step to a member of an object. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** The step to an item of a set. */
export function valueElement(value: unknown): PathElement {
  return `v:${goJson(value)}`;
}

/** The step to an item of a list by its keys, in any order. */
export function keyElement(keys: readonly (readonly [name: string, value: unknown])[]): PathElement {
  const members = keys.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${goJson(name)}:${goJson(value)}`);
  return `k:{${members.join(",")}}`;
}

/** What an element is, for those who look into one. */
export type ElementContent =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "keys"; readonly keys: readonly (readonly [name: string, value: unknown])[] };

/** Looks into an element. Never throws: what is no element, and indexes, give `undefined`. */
export function contentOf(element: PathElement): ElementContent | undefined {
  const rest = element.slice(2);
  if (element.startsWith("f:")) return { kind: "field", name: rest };
  if (!element.startsWith("v:") && !element.startsWith("k:")) return undefined;
  const value = parsed(rest);
  if (value === undefined) return undefined;
  if (element.startsWith("v:")) return { kind: "value", value };
  return isJsonObject(value) ? { kind: "keys", keys: Object.entries(value) } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The one form of an element that someone else may have written otherwise; `undefined` for what is none. */
export function canonicalElement(element: string): PathElement | undefined {
  if (element.startsWith("f:") || element.startsWith("i:")) return element;
  const content = contentOf(element);
  if (content === undefined || content.kind === "field") return undefined;
  return content.kind === "value" ? valueElement(content.value) : keyElement(content.keys);
}

/** A path as the API server writes it in messages: `.spec.containers[name="web"].image`. */
export function pathText(path: readonly PathElement[]): string {
  return path.map(elementText).join("");
}

function elementText(element: PathElement): string {
  const content = contentOf(element);
  switch (content?.kind) {
    case "field":
      return `.${content.name}`;
    case "value":
      return `[=${JSON.stringify(content.value)}]`;
    case "keys":
      return `[${content.keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
    case undefined:
      return `[${element.slice(2)}]`;
  }
}
