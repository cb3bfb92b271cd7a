import { goText, isJsonObject, jsonTypeOf } from "../patch/json-object.ts";
import { itemElement, UnidentifiedItem } from "./list-items.ts";
import { fieldElement, type PathElement, pathText } from "./path-element.ts";
import { atomOf, deduce, type ListType, type MapType, type ScalarType, type TypeRef } from "./types.ts";

/**
 * Checks that a configuration can be merged by its schema: types fit, members are known, items of maps and sets can be told apart.
 *
 * @returns what is wrong, in the API server's words; empty when nothing is.
 */
export function typeErrors(value: unknown, type: TypeRef): readonly string[] {
  const errors: string[] = [];
  visit(value, type, { errors, path: [] });
  return errors;
}

interface Walk {
  readonly errors: string[];
  readonly path: PathElement[];
}

function report({ errors, path }: Walk, message: string): void {
  errors.push(path.length === 0 ? message : `${pathText(path)}: ${message}`);
}

function visit(value: unknown, type: TypeRef, walk: Walk): void {
  if (value === null) return;
  const { map, scalar, list } = deduce(atomOf(type), value);
  if (map !== undefined) visitMap(value, map, walk);
  else if (scalar !== undefined) visitScalar(value, scalar, walk);
  else if (list !== undefined) visitList(value, list, walk);
}

const EXPECTED: Readonly<Record<ScalarType, string>> = {
  boolean: "expected boolean, got",
  numeric: "expected numeric (int or float), got",
  string: "expected string, got",
  untyped: "expected any scalar, got",
};

function visitScalar(value: unknown, type: ScalarType, walk: Walk): void {
  const actual = jsonTypeOf(value);
  const isFitting = {
    boolean: actual === "bool",
    numeric: actual === "number",
    string: actual === "string",
    untyped: actual !== "object" && actual !== "array",
  };
  if (isFitting[type]) return;
  const goTypes: Readonly<Record<string, string>> = {
    array: "[]interface {}",
    bool: "bool",
    number: "int64",
    object: "map[string]interface {}",
    string: "string",
  };
  // The server names the type where it wants a number, and shows the value elsewhere.
  report(
    walk,
    `${EXPECTED[type]} ${type === "numeric" ? goTypes[actual] : type === "string" ? `&value.valueUnstructured{Value:${goSyntax(value)}}` : `&{${goText(value)}}`}`,
  );
}

function goSyntax(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (!isJsonObject(value)) return String(value);
  return `map[string]interface {}{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}:${goSyntax(member)}`)
    .join(", ")}}`;
}

function visitMap(value: unknown, type: MapType, walk: Walk): void {
  if (!isJsonObject(value)) return report(walk, `expected map, got &{${goText(value)}}`);
  for (const [key, member] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const memberType = type.fieldType(key) ?? type.elementType;
    walk.path.push(fieldElement(key));
    if (memberType === undefined) report(walk, "field not declared in schema");
    else visit(member, memberType, walk);
    walk.path.pop();
  }
}

function visitList(value: unknown, type: ListType, walk: Walk): void {
  if (!Array.isArray(value)) return report(walk, `expected list, got &{${goText(value)}}`);
  const seen = new Set<PathElement>();
  for (const [index, item] of value.entries()) {
    const element = type.relationship === "atomic" ? `i:${index}` : elementOf(type, item, { index, walk });
    if (element === undefined) return;
    if (seen.has(element)) report(walk, `duplicate entries for key ${pathText([element])}`);
    seen.add(element);
    walk.path.push(element);
    visit(item, type.elementType, walk);
    walk.path.pop();
  }
}

function elementOf(
  type: ListType,
  item: unknown,
  { index, walk }: { readonly index: number; readonly walk: Walk },
): PathElement | undefined {
  try {
    return itemElement(type, item);
  } catch (thrown) {
    if (!(thrown instanceof UnidentifiedItem)) throw thrown;
    report(walk, `element ${index}: ${thrown.message}`);
    return undefined;
  }
}
