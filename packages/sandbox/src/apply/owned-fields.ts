import { isJsonObject } from "../patch/json-object.ts";
import { emptySet, type FieldSet, type GrowingFieldSet, insertPath } from "./field-set.ts";
import { itemsByElement } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { atomOf, deduce, type ListType, type MapType, type TypeRef } from "./types.ts";

/**
 * The fields of which who applies `value` is the owner: leaves, items of lists, members that the schema does not name, empty objects, nulls;
 * not the objects in between, which the schema names.
 */
export function ownedFieldsOf(value: unknown, type: TypeRef): FieldSet {
  const set = emptySet();
  visit(value, type, { set, path: [] });
  return set;
}

interface Walk {
  readonly set: GrowingFieldSet;
  readonly path: PathElement[];
}

function visit(value: unknown, type: TypeRef, walk: Walk): void {
  const { map, scalar, list } = deduce(atomOf(type), value);
  if (map !== undefined) visitMap(value, map, walk);
  else if (scalar !== undefined || list === undefined) insertPath(walk.set, walk.path);
  else visitList(value, list, walk);
}

function visitMap(value: unknown, type: MapType, { set, path }: Walk): void {
  if (type.isAtomic) return insertPath(set, path);
  if (!isJsonObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    path.push(fieldElement(key));
    const named = type.fieldType(key);
    visit(member, named ?? type.elementType ?? { kind: "deduced" }, { set, path });
    if (named === undefined || member === null || (isJsonObject(member) && Object.keys(member).length === 0)) insertPath(set, path);
    path.pop();
  }
}

function visitList(value: unknown, type: ListType, { set, path }: Walk): void {
  if (type.relationship === "atomic") return insertPath(set, path);
  if (!Array.isArray(value)) return;
  for (const [element, items] of itemsByElement(type, value)) {
    path.push(element);
    if (items.length === 1) visit(items[0], type.elementType, { set, path });
    insertPath(set, path);
    path.pop();
  }
}

/**
 * The set with the named members on the way to its paths: with `spec.replicas`, `spec` too. Items and members of any name are not
 * added: they are only there if someone put them there.
 */
export function withNamedParents(set: FieldSet, type: TypeRef | undefined): FieldSet {
  const { map, list } = type === undefined ? {} : atomOf(type);
  const members = new Set(set.members);
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const named = element.startsWith("f:") ? map?.fieldType(element.slice(2)) : undefined;
    if (named !== undefined) members.add(element);
    const childType = element.startsWith("f:") ? (named ?? map?.elementType) : element.startsWith("k:") ? list?.elementType : undefined;
    children.set(element, withNamedParents(child, childType));
  }
  return { members, children };
}
