import { Duration, Timestamp, Uint } from "./scalars.ts";
import { CelError, type CelList, type CelMap, type Opaque, type OptionalValue, type TypeValue, type Value } from "./value.ts";

/** The name of the type of a value, as `type()` and messages give it. */
export function typeNameOf(value: Value): string {
  if (value === null) return "null_type";
  switch (typeof value) {
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "string":
      return "string";
    default:
      return nameOfObject(value);
  }
}

function nameOfObject(value: Exclude<Value, bigint | boolean | number | string | null>): string {
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Uint) return "uint";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  switch (value.shape) {
    case "optional":
      return "optional_type";
    case "opaque":
      return value.type.name;
    default:
      return value.shape;
  }
}

/** Whether a value is a list. */
export function isList(value: Value): value is CelList {
  return hasShape(value, "list");
}

/** Whether a value is a map or an object with fields. */
export function isMap(value: Value): value is CelMap {
  return hasShape(value, "map");
}

/** Whether a value is an optional one. */
export function isOptional(value: Value): value is OptionalValue {
  return hasShape(value, "optional");
}

/** Whether a value is a type. */
export function isTypeValue(value: Value): value is TypeValue {
  return hasShape(value, "type");
}

/** Whether a value is one of a type of the libraries. */
export function isOpaque(value: Value): value is Opaque {
  return hasShape(value, "opaque");
}

function hasShape(value: Value, shape: string): boolean {
  return typeof value === "object" && value !== null && "shape" in value && value.shape === shape;
}

/** What the server says where an operation is not there for values of these types. */
export function noSuchOverload(): CelError {
  return new CelError("no such overload");
}
