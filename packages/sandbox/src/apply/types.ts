import { OBJECT_META } from "../openapi/object-meta.ts";
import { isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";

/** What is known of the type of a value: a node of an OpenAPI schema, or nothing, in one of two ways. */
export type TypeRef =
  | {
      readonly kind: "node";
      readonly node: JsonObject /** Whether it is within a node that preserves unknown fields. */;
      readonly isPreserving: boolean;
    }
  /** Objects are merged member by member, lists as a whole. */
  | { readonly kind: "deduced" }
  /** Merged as a whole, whatever it is. */
  | { readonly kind: "untyped" };

/** The type of an object. */
export interface MapType {
  readonly isAtomic: boolean;
  /** The type of a member that the schema names; `undefined` for others. */
  readonly fieldType: (name: string) => TypeRef | undefined;
  /** The type of other members; `undefined` when there may be none. */
  readonly elementType: TypeRef | undefined;
}

/** The type of a list. */
export interface ListType {
  readonly relationship: "atomic" | "map" | "set";
  /** Of a map: the members by which items are told apart. */
  readonly keys: readonly string[];
  readonly elementType: TypeRef;
}

/** What a scalar may be. */
export type ScalarType = "boolean" | "numeric" | "string" | "untyped";

/** The types that a value may have by its schema; a value of one of them has that alone. */
export interface Atom {
  readonly scalar?: ScalarType;
  readonly list?: ListType;
  readonly map?: MapType;
}

const DEDUCED: TypeRef = { kind: "deduced" };
const UNTYPED: TypeRef = { kind: "untyped" };
const NO_FIELD = (): undefined => undefined;
const WHOLE_LIST: ListType = { relationship: "atomic", keys: [], elementType: UNTYPED };
const UNTYPED_ATOM: Atom = { scalar: "untyped", list: WHOLE_LIST, map: { isAtomic: true, fieldType: NO_FIELD, elementType: UNTYPED } };
const DEDUCED_ATOM: Atom = { scalar: "untyped", list: WHOLE_LIST, map: { isAtomic: false, fieldType: NO_FIELD, elementType: DEDUCED } };

/** What every object that is embedded in another has, whatever the schema says of it. */
const EMBEDDED_FIELDS: ReadonlyMap<string, object> = new Map([
  ["apiVersion", { type: "string" }],
  ["kind", { type: "string" }],
  ["metadata", OBJECT_META],
]);

/** The type of whole objects with this schema; without one, all is deduced. */
export function typeOfSchema(schema: object | undefined): TypeRef {
  return schema === undefined ? DEDUCED : nodeType(schema, false);
}

function nodeType(node: unknown, isPreserving: boolean): TypeRef {
  return isJsonObject(node) ? { kind: "node", node, isPreserving } : DEDUCED;
}

/** What a value of this type may be. */
export function atomOf(ref: TypeRef): Atom {
  if (ref.kind !== "node") return ref.kind === "deduced" ? DEDUCED_ATOM : UNTYPED_ATOM;
  const { node } = ref;
  const isPreserving = ref.isPreserving || node["x-kubernetes-preserve-unknown-fields"] === true;
  switch (node["type"]) {
    case "object":
      return { map: mapTypeOf(node, isPreserving) };
    case "array":
      return { list: listTypeOf(node, isPreserving) };
    case "string":
      return { scalar: memberOf(node, "format") === undefined || node["format"] === "byte" ? "string" : "untyped" };
    case "boolean":
      return { scalar: "boolean" };
    case "integer":
    case "number":
      return { scalar: "numeric" };
    default:
      return { scalar: "untyped", list: listTypeOf(node, isPreserving), map: mapTypeOf(node, isPreserving) };
  }
}

function mapTypeOf(node: JsonObject, isPreserving: boolean): MapType {
  const { properties, additionalProperties } = node;
  const isEmbedded = node["x-kubernetes-embedded-resource"] === true;
  return {
    isAtomic: node["x-kubernetes-map-type"] === "atomic",
    fieldType(name) {
      const field = (isEmbedded ? EMBEDDED_FIELDS.get(name) : undefined) ?? memberOf(properties, name);
      return field === undefined ? undefined : nodeType(field, isPreserving);
    },
    elementType: elementTypeOf(
      additionalProperties,
      isPreserving || !isJsonObject(properties) || Object.keys(properties).length === 0,
      isPreserving,
    ),
  };
}

function elementTypeOf(additional: unknown, isOpen: boolean, isPreserving: boolean): TypeRef | undefined {
  if (isJsonObject(additional)) return nodeType(additional, isPreserving);
  if (additional === undefined) return isOpen ? DEDUCED : undefined;
  return additional === true ? DEDUCED : undefined;
}

function listTypeOf(node: JsonObject, isPreserving: boolean): ListType {
  const { items } = node;
  const elementType = items === undefined ? UNTYPED : nodeType(items, isPreserving);
  const keys = node["x-kubernetes-list-map-keys"];
  switch (node["x-kubernetes-list-type"]) {
    case "map":
      return { relationship: "map", keys: Array.isArray(keys) ? keys.map(String) : [], elementType };
    case "set":
      return { relationship: "set", keys: [], elementType };
    case undefined:
      return patchListType(node, elementType);
    default:
      return { relationship: "atomic", keys: [], elementType };
  }
}

/** Lists of types that only tell how strategic merge patch takes them. */
function patchListType(node: JsonObject, elementType: TypeRef): ListType {
  const strategy = node["x-kubernetes-patch-strategy"];
  if (strategy !== "merge" && strategy !== "merge,retainKeys") return { relationship: "atomic", keys: [], elementType };
  const key = node["x-kubernetes-patch-merge-key"];
  return typeof key === "string" ? { relationship: "map", keys: [key], elementType } : { relationship: "set", keys: [], elementType };
}

/** `atom` narrowed to what `value` is. Nothing narrows by null, by what is absent, or by what the schema does not allow. */
export function deduce(atom: Atom, value: unknown): Atom {
  if (value === undefined || value === null) return atom;
  if (Array.isArray(value)) return atom.list === undefined ? atom : { list: atom.list };
  if (typeof value === "object") return atom.map === undefined ? atom : { map: atom.map };
  return atom.scalar === undefined ? atom : { scalar: atom.scalar };
}

/** The default of the member `name` of the items of a list. */
export function keyDefaultOf({ elementType }: ListType, name: string): unknown {
  return elementType.kind === "node" ? memberOf(memberOf(memberOf(elementType.node, "properties"), name), "default") : undefined;
}
