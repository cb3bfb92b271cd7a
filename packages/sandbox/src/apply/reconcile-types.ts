import { emptySet, type FieldSet, type GrowingFieldSet, insertPath, recursiveDifference, union } from "./field-set.ts";
import type { PathElement } from "./path-element.ts";
import { atomOf, type ListType, type MapType, type TypeRef } from "./types.ts";

/**
 * Fits a set to a schema that may have changed since it was written: who owned fields within what is now merged as a whole, owns the whole.
 */
export function reconcileTypes(set: FieldSet, type: TypeRef): FieldSet {
  const wholes = emptySet();
  visit(set, type, { wholes, path: [], isWhole: false });
  return wholes.members.size === 0 && wholes.children.size === 0 ? set : union(recursiveDifference(set, wholes), wholes);
}

interface Walk {
  /** Paths that are to be owned as a whole. */
  readonly wholes: GrowingFieldSet;
  readonly path: PathElement[];
  /** Whether the set has this path and nothing below it. */
  readonly isWhole: boolean;
}

function visit(set: FieldSet | undefined, type: TypeRef, walk: Walk): void {
  const { map, scalar, list } = atomOf(type);
  if (map !== undefined) visitMap(set, type, map, walk);
  else if (scalar === undefined && list !== undefined) visitList(set, list, walk);
}

function visitMap(set: FieldSet | undefined, type: TypeRef, map: MapType, walk: Walk): void {
  if (set === undefined || type.kind !== "node" || (map.elementType?.kind === "deduced" && !Object.hasOwn(type.node, "properties"))) return;
  if (!walk.isWhole && map.isAtomic) return insertPath(walk.wholes, walk.path);
  visitBelow(set, walk, (element) => (element.startsWith("f:") ? (map.fieldType(element.slice(2)) ?? map.elementType) : map.elementType));
}

function visitList(set: FieldSet | undefined, list: ListType, walk: Walk): void {
  if (!walk.isWhole && list.relationship === "atomic") return insertPath(walk.wholes, walk.path);
  if (set !== undefined) visitBelow(set, walk, () => list.elementType);
}

function visitBelow(set: FieldSet, { wholes, path }: Walk, typeAt: (element: PathElement) => TypeRef | undefined): void {
  for (const element of set.members.union(set.children)) {
    const type = typeAt(element);
    if (type === undefined) continue;
    const below = set.children.get(element);
    path.push(element);
    visit(below, type, { wholes, path, isWhole: set.members.has(element) && below === undefined });
    path.pop();
  }
}
