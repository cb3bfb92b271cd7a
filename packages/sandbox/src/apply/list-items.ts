import { isJsonObject, memberOf } from "../patch/json-object.ts";
import { keyElement, type PathElement, valueElement } from "./path-element.ts";
import { keyDefaultOf, type ListType } from "./types.ts";

/** Why an item of a list cannot be told from the others, in the API server's words. */
export class UnidentifiedItem extends Error {
  override readonly name = "UnidentifiedItem";
}

/**
 * What tells an item of a map or a set from the others. Keys that are absent are taken from the schema's defaults.
 *
 * @throws {@link UnidentifiedItem}
 */
export function itemElement(type: ListType, item: unknown): PathElement {
  return type.relationship === "map" ? elementByKeys(type, item) : elementByValue(item);
}

function elementByKeys(type: ListType, item: unknown): PathElement {
  if (item === null) throw new UnidentifiedItem("associative list with keys may not have a null element");
  if (!isJsonObject(item)) throw new UnidentifiedItem("associative list with keys may not have non-map elements");
  const keys = type.keys
    .map((name) => [name, memberOf(item, name) ?? keyDefaultOf(type, name)] as const)
    .filter(([, value]) => value !== undefined);
  if (keys.length > 0) return keyElement(keys);
  const names = type.keys.map((name) => JSON.stringify(name)).join(" ");
  throw new UnidentifiedItem(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}

function elementByValue(item: unknown): PathElement {
  if (item === null) throw new UnidentifiedItem("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new UnidentifiedItem("not supported: associative list with lists as elements");
  if (typeof item === "object") throw new UnidentifiedItem("associative list without keys has an element that's a map type");
  return valueElement(item);
}

/** The items with what tells them apart, in order; those that nothing tells apart are left out. */
export function itemsByElement(type: ListType, list: readonly unknown[]): ReadonlyMap<PathElement, readonly unknown[]> {
  const items = new Map<PathElement, unknown[]>();
  for (const item of list) {
    const element = identified(type, item);
    if (element === undefined) continue;
    const same = items.get(element);
    if (same === undefined) items.set(element, [item]);
    else same.push(item);
  }
  return items;
}

/** As {@link itemElement}, with `undefined` for what cannot be told apart. */
export function identified(type: ListType, item: unknown): PathElement | undefined {
  try {
    return itemElement(type, item);
  } catch (thrown) {
    if (thrown instanceof UnidentifiedItem) return undefined;
    throw thrown;
  }
}
