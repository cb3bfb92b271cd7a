import { isJsonObject } from "../patch/json-object.ts";
import { compareElements, emptySet, type FieldSet, type GrowingFieldSet } from "./field-set.ts";
import { canonicalElement, type PathElement } from "./path-element.ts";

/** The node of `fieldsV1`: each element with what is below it, `.` where the node itself is in the set. */
export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

/** Writes a set as `fieldsV1`. A leaf is an empty object. */
export function toFieldsV1(set: FieldSet): FieldsV1 {
  return Object.fromEntries(entriesOf(set));
}

function entriesOf({ members, children }: FieldSet): readonly (readonly [string, FieldsV1])[] {
  const elements = [...members.union(children)].toSorted(compareElements);
  return elements.map((element) => {
    const child = children.get(element);
    if (child === undefined) return [element, {}];
    const self: readonly (readonly [string, FieldsV1])[] = members.has(element) ? [[".", {}]] : [];
    return [element, Object.fromEntries([...self, ...entriesOf(child)])];
  });
}

/**
 * Reads `fieldsV1`. Elements of a sort that is not known are skipped, as the API server does.
 *
 * @returns `undefined` when it is no tree of objects, or an element is broken.
 */
export function fromFieldsV1(fields: unknown): FieldSet | undefined {
  const set = emptySet();
  return isJsonObject(fields) && readInto(set, fields) ? set : undefined;
}

function readInto(set: GrowingFieldSet, fields: Readonly<Record<string, unknown>>): boolean {
  for (const [key, value] of Object.entries(fields)) {
    if (key === "." || !/^[fkvi]:/.test(key)) continue;
    const element = canonicalElement(key);
    if (element === undefined || !isJsonObject(value) || !readElement(set, element, value)) return false;
  }
  return true;
}

function readElement(set: GrowingFieldSet, element: PathElement, value: Readonly<Record<string, unknown>>): boolean {
  const child = emptySet();
  if (!readInto(child, value)) return false;
  const isLeaf = child.members.size === 0 && child.children.size === 0;
  if (isLeaf || Object.hasOwn(value, ".")) set.members.add(element);
  if (!isLeaf) set.children.set(element, child);
  return true;
}
