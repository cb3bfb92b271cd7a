import { isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";

/**
 * Marks, in the schemas of built-in kinds, the members that the API server always has, whether someone wrote them or not: the value is
 * what it has then, `{}` or `null`. Such members appear to nobody's credit.
 */
export const ALWAYS_PRESENT = "x-polykind-always";

/** Whether `schema` is that of a built-in kind, as it says itself. */
export function isBuiltinSchema(schema: object | undefined): boolean {
  return schema !== undefined && Object.hasOwn(schema, "x-kubernetes-group-version-kind");
}

/** `object` with the members that the API server always has, at every level. Objects of other kinds are given back as they are. */
export function alwaysPresent(object: JsonObject, schema: object | undefined): JsonObject {
  if (!isBuiltinSchema(schema)) return object;
  const filled = fill(object, schema);
  return isJsonObject(filled) ? filled : object;
}

function fill(value: unknown, node: unknown): unknown {
  if (Array.isArray(value)) {
    const items = memberOf(node, "items");
    return isJsonObject(items) && Object.hasOwn(items, "properties") ? value.map((item) => fill(item, items)) : value;
  }
  const properties = memberOf(node, "properties");
  if (!isJsonObject(value) || !isJsonObject(properties)) return value;
  const members = new Map(Object.entries(value));
  for (const [name, property] of Object.entries(properties)) {
    const always = memberOf(property, ALWAYS_PRESENT);
    const member = members.get(name) ?? always;
    if (member !== undefined) members.set(name, fill(member, property));
  }
  return Object.fromEntries(members);
}

/** What an object of the kind is before anything is written into it. */
export function emptyObjectOf(object: object, schema: object | undefined): JsonObject {
  return alwaysPresent({ apiVersion: memberOf(object, "apiVersion"), kind: memberOf(object, "kind") }, schema);
}
