import { isJsonObject, type JsonObject } from "../patch/json-object.ts";
import { type FieldSet, isEmptySet } from "./field-set.ts";
import { identified } from "./list-items.ts";
import { fieldElement } from "./path-element.ts";
import { atomOf, deduce, type ListType, type MapType, type TypeRef } from "./types.ts";

/**
 * `value` without the fields in `set`. What is merged as a whole is only removed as a whole.
 *
 * @returns `undefined` when nothing is left.
 */
export function removeFields(value: unknown, set: FieldSet, type: TypeRef): unknown {
  const { map, scalar, list } = deduce(atomOf(type), value);
  if (map !== undefined) return removeMembers(value, set, map);
  if (scalar !== undefined || list === undefined) return value;
  return removeItems(value, set, list);
}

function removeMembers(value: unknown, set: FieldSet, type: MapType): unknown {
  if (!isJsonObject(value) || Object.keys(value).length === 0 || type.isAtomic) return undefined;
  const members: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const element = fieldElement(key);
    if (set.members.has(element)) continue;
    const below = set.children.get(element);
    const fieldType = type.fieldType(key) ?? type.elementType ?? { kind: "deduced" };
    members.push([key, below === undefined || isEmptySet(below) ? member : (removeFields(member, below, fieldType) ?? null)]);
  }
  return members.length === 0 ? undefined : (Object.fromEntries(members) satisfies JsonObject);
}

function removeItems(value: unknown, set: FieldSet, type: ListType): unknown {
  if (!Array.isArray(value) || value.length === 0 || type.relationship === "atomic") return undefined;
  const items: unknown[] = [];
  for (const item of value) {
    const element = identified(type, item) ?? "";
    if (set.members.has(element)) continue;
    const below = set.children.get(element);
    items.push(below === undefined || isEmptySet(below) ? item : (removeFields(item, below, type.elementType) ?? null));
  }
  return items.length === 0 ? undefined : items;
}
