import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";
import { emptySet, type FieldSet, type GrowingFieldSet, insertPath } from "./field-set.ts";
import { itemsByElement } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { type Atom, atomOf, deduce, type ListType, type MapType, type TypeRef } from "./types.ts";

/** What became of the fields of an object. No field is in two of the sets. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

interface GrowingComparison {
  readonly removed: GrowingFieldSet;
  readonly modified: GrowingFieldSet;
  readonly added: GrowingFieldSet;
}

/** Compares two values of a type. Absent is `undefined`, which is another thing than null. */
export function compare(before: unknown, after: unknown, type: TypeRef): Comparison {
  const result: GrowingComparison = { removed: emptySet(), modified: emptySet(), added: emptySet() };
  new Walk(result).visit(before, after, type);
  return result;
}

function isAlike(a: Atom, b: Atom): boolean {
  return (
    (a.scalar === undefined) === (b.scalar === undefined) &&
    (a.list === undefined) === (b.list === undefined) &&
    (a.map === undefined) === (b.map === undefined)
  );
}

class Walk {
  readonly #result: GrowingComparison;
  readonly #path: PathElement[] = [];

  constructor(result: GrowingComparison) {
    this.#result = result;
  }

  visit(before: unknown, after: unknown, type: TypeRef): void {
    const atom = atomOf(type);
    const [atomBefore, atomAfter] = [deduce(atom, before), deduce(atom, after)];
    let isLeaf: boolean;
    if (after === undefined) isLeaf = this.#visitAtom(atomBefore, before, after);
    else {
      if (before !== undefined && !isAlike(atomBefore, atomAfter)) this.#visitAtom(atomBefore, before, after);
      isLeaf = this.#visitAtom(atomAfter, before, after);
    }
    if (isLeaf) return;
    if (before === undefined) insertPath(this.#result.added, this.#path);
    else if (after === undefined) insertPath(this.#result.removed, this.#path);
  }

  /** @returns whether the value was compared as a whole. */
  #visitAtom({ map, scalar, list }: Atom, before: unknown, after: unknown): boolean {
    if (map !== undefined) return this.#visitMap(map, before, after);
    if (scalar !== undefined || list === undefined) return this.#visitLeaf(before, after);
    return this.#visitList(list, before, after);
  }

  #visitLeaf(before: unknown, after: unknown): true {
    if (before === undefined) insertPath(this.#result.added, this.#path);
    else if (after === undefined) insertPath(this.#result.removed, this.#path);
    else if (!isDeepStrictEqual(before, after)) insertPath(this.#result.modified, this.#path);
    return true;
  }

  #visitMap(type: MapType, before: unknown, after: unknown): boolean {
    const left: JsonObject = isJsonObject(before) ? before : {};
    const right: JsonObject = isJsonObject(after) ? after : {};
    const keys = Object.keys(left);
    for (const key of Object.keys(right)) if (!Object.hasOwn(left, key)) keys.push(key);
    // Two empty objects are compared as a whole, so that one that appears is not overlooked.
    if (type.isAtomic || keys.length === 0) return this.#visitLeaf(before, after);
    for (const key of keys) {
      const valueBefore = memberOf(left, key);
      const valueAfter = memberOf(right, key);
      if (valueBefore === valueAfter) continue;
      this.#visitChild(fieldElement(key), [valueBefore, valueAfter], type.fieldType(key) ?? type.elementType);
    }
    return false;
  }

  #visitChild(element: PathElement, [before, after]: readonly [unknown, unknown], type: TypeRef = { kind: "deduced" }): void {
    this.#path.push(element);
    this.visit(before, after, type);
    this.#path.pop();
  }

  #visitList(type: ListType, before: unknown, after: unknown): boolean {
    const left: readonly unknown[] = Array.isArray(before) ? before : [];
    const right: readonly unknown[] = Array.isArray(after) ? after : [];
    if (type.relationship === "atomic" || (left.length === 0 && right.length === 0)) return this.#visitLeaf(before, after);
    const [itemsBefore, itemsAfter] = [itemsByElement(type, left), itemsByElement(type, right)];
    for (const element of new Set([...itemsBefore.keys(), ...itemsAfter.keys()])) {
      this.#visitItems(element, [itemsBefore.get(element) ?? [], itemsAfter.get(element) ?? []], type.elementType);
    }
    return false;
  }

  /** Items that are there more than once are compared as one. */
  #visitItems(element: PathElement, [before, after]: readonly [readonly unknown[], readonly unknown[]], type: TypeRef): void {
    if (before.length <= 1 && after.length <= 1) return this.#visitChild(element, [before[0], after[0]], type);
    const path = [...this.#path, element];
    if (before.length > 1 && after.length > 1) {
      if (!isDeepStrictEqual(before, after)) insertPath(this.#result.modified, path);
    } else if (before.length > 1) {
      if (after.length > 0) this.#visitChild(element, [undefined, after[0]], type);
      insertPath(this.#result.removed, path);
    } else {
      if (before.length > 0) this.#visitChild(element, [before[0], undefined], type);
      insertPath(this.#result.added, path);
    }
  }
}
