/** A type of CEL. Types without parts are compared by their kind. */
export type Type =
  | { readonly kind: SimpleKind }
  | { readonly kind: "list"; readonly of: Type }
  | { readonly kind: "map"; readonly key: Type; readonly value: Type }
  | { readonly kind: "type"; readonly of: Type | undefined }
  | { readonly kind: "optional"; readonly of: Type }
  /** A type with a name of its own: an object with fields, or a type of the Kubernetes libraries. */
  | { readonly kind: "object"; readonly name: string; readonly fields: ReadonlyMap<string, Type> | undefined }
  /** A parameter of a function's signature, or a type still to be found out. */
  | { readonly kind: "param"; readonly name: string };

/** Kinds of types that have no parts. */
export type SimpleKind = "bool" | "bytes" | "double" | "duration" | "dyn" | "error" | "int" | "null" | "string" | "timestamp" | "uint";

function simple(kind: SimpleKind): Type {
  return { kind };
}

/** `bool`. */
export const BOOL: Type = simple("bool");
/** `bytes`. */
export const BYTES: Type = simple("bytes");
/** `double`. */
export const DOUBLE: Type = simple("double");
/** `google.protobuf.Duration`. */
export const DURATION: Type = simple("duration");
/** Any type; found out when the expression runs. */
export const DYN: Type = simple("dyn");
/** The type of what is wrong. */
export const ERROR: Type = simple("error");
/** `int`. */
export const INT: Type = simple("int");
/** `null_type`. */
export const NULL: Type = simple("null");
/** `string`. */
export const STRING: Type = simple("string");
/** `google.protobuf.Timestamp`. */
export const TIMESTAMP: Type = simple("timestamp");
/** `uint`. */
export const UINT: Type = simple("uint");

/** `list(of)`. */
export function listOf(of: Type): Type {
  return { kind: "list", of };
}

/** `map(key, value)`. */
export function mapOf(key: Type, value: Type): Type {
  return { kind: "map", key, value };
}

/** `optional_type(of)`. */
export function optionalOf(of: Type): Type {
  return { kind: "optional", of };
}

/** A type parameter. */
export function param(name: string): Type {
  return { kind: "param", name };
}

/** A type of a library, without fields. */
export function opaque(name: string): Type {
  return { kind: "object", name, fields: undefined };
}

/** The parts of a type. */
export function partsOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case "list":
    case "optional":
      return [type.of];
    case "map":
      return [type.key, type.value];
    case "type":
      return type.of === undefined ? [] : [type.of];
    default:
      return [];
  }
}

/** Whether two types are the same, part by part. */
export function isSameType(a: Type, b: Type): boolean {
  if (a.kind !== b.kind) return false;
  if ((a.kind === "object" || a.kind === "param") && (b.kind === "object" || b.kind === "param")) return a.name === b.name;
  const [left, right] = [partsOf(a), partsOf(b)];
  return left.length === right.length && left.every((part, index) => isSameType(part, right[index] ?? ERROR));
}

const NAMES: Readonly<Partial<Record<Type["kind"], string>>> = { error: "!error!", optional: "optional_type" };

/** A type as messages of the compiler write it. */
export function formatType(type: Type): string {
  if (type.kind === "object" || type.kind === "param") return type.name;
  const name = NAMES[type.kind] ?? type.kind;
  const parts = partsOf(type);
  return parts.length === 0 ? name : `${name}(${parts.map(formatType).join(", ")})`;
}
