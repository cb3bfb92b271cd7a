import type { PathElement } from "./path-element.ts";

/**
 * A set of paths to fields, as a tree. A path is in the set when its last element is a member of the node that its other elements
 * lead to: a parent is not in the set because a child is.
 */
export interface FieldSet {
  readonly members: ReadonlySet<PathElement>;
  /** Never holds an empty set in what the functions here give back. */
  readonly children: ReadonlyMap<PathElement, FieldSet>;
}

/** A set that is being made. */
export interface GrowingFieldSet extends FieldSet {
  readonly members: Set<PathElement>;
  readonly children: Map<PathElement, GrowingFieldSet>;
}

/** A new set without members. */
export function emptySet(): GrowingFieldSet {
  return { members: new Set(), children: new Map() };
}

/** Puts a path into a set; the empty path, which stands for the whole object, is never put in. */
export function insertPath(set: GrowingFieldSet, path: readonly PathElement[]): void {
  const last = path.at(-1);
  if (last === undefined) return;
  let node = set;
  for (let index = 0; index < path.length - 1; index += 1) {
    const element = path[index] ?? ""; // Within the bounds.
    let next = node.children.get(element);
    if (next === undefined) {
      next = emptySet();
      node.children.set(element, next);
    }
    node = next;
  }
  node.members.add(last);
}

/** The set of the given paths. */
export function setOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  const set = emptySet();
  for (const path of paths) insertPath(set, path);
  return set;
}

/** Whether no path is in the set. */
export function isEmptySet({ members, children }: FieldSet): boolean {
  return members.size === 0 && children.values().every(isEmptySet);
}

/** Whether `path` is in the set. */
export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path.slice(0, -1)) node = node?.children.get(element);
  const last = path.at(-1);
  return last !== undefined && node !== undefined && node.members.has(last);
}

/** The paths in one or the other. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const children = new Map(a.children);
  for (const [element, child] of b.children) {
    const other = children.get(element);
    children.set(element, other === undefined ? child : union(other, child));
  }
  return { members: a.members.union(b.members), children };
}

/** The paths in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return {
    members: a.members.intersection(b.members),
    children: mapChildren(a, (child, element) => {
      const other = b.children.get(element);
      return other === undefined ? undefined : intersection(child, other);
    }),
  };
}

/** The paths in `a` that are not in `b`; the children of a path in `b` stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return {
    members: a.members.difference(b.members),
    children: mapChildren(a, (child, element) => {
      const other = b.children.get(element);
      return other === undefined ? child : difference(child, other);
    }),
  };
}

/** The paths in `a` that are neither in `b` nor below a path in `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return {
    members: a.members.difference(b.members),
    children: mapChildren(a, (child, element) => {
      if (b.members.has(element)) return undefined;
      const other = b.children.get(element);
      return other === undefined ? child : recursiveDifference(child, other);
    }),
  };
}

function mapChildren(
  set: FieldSet,
  map: (child: FieldSet, element: PathElement) => FieldSet | undefined,
): ReadonlyMap<PathElement, FieldSet> {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const mapped = map(child, element);
    if (mapped !== undefined && !isEmptySet(mapped)) children.set(element, mapped);
  }
  return children;
}

/** All paths, members of a node before those below it, each in order. */
export function* pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): Generator<readonly PathElement[], void, undefined> {
  for (const element of [...set.members].toSorted(compareElements)) yield [...prefix, element];
  for (const element of [...set.children.keys()].toSorted(compareElements)) {
    yield* pathsOf(set.children.get(element) ?? emptySet(), [...prefix, element]);
  }
}

const RANK_BY_TYPE: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** The order of elements in `fieldsV1`: members, then items by keys, then items by value. */
export function compareElements(a: PathElement, b: PathElement): number {
  const rank = (RANK_BY_TYPE[a.charAt(0)] ?? 4) - (RANK_BY_TYPE[b.charAt(0)] ?? 4);
  return rank || Number(a > b) - Number(a < b);
}
