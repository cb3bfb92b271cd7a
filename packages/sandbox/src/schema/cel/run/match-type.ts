import type { Type } from "../lang/types.ts";
import { isList, isMap, isOpaque, isOptional, isTypeValue } from "../values/kinds.ts";
import { Duration, Timestamp, Uint } from "../values/scalars.ts";
import type { Value } from "../values/value.ts";

/** Whether a value may be given where a signature asks for a type. What lists and maps hold is not looked at. */
export function matchesType(value: Value, type: Type): boolean {
  switch (type.kind) {
    case "dyn":
    case "error":
    case "param":
      return true;
    case "bool":
      return typeof value === "boolean";
    case "int":
      return typeof value === "bigint";
    case "uint":
      return value instanceof Uint;
    case "double":
      return typeof value === "number";
    case "string":
      return typeof value === "string";
    case "bytes":
      return value instanceof Uint8Array;
    case "null":
      return value === null;
    case "timestamp":
      return value instanceof Timestamp;
    case "duration":
      return value instanceof Duration;
    case "list":
      return isList(value);
    case "map":
      return isMap(value);
    case "optional":
      return isOptional(value);
    case "type":
      return isTypeValue(value);
    case "object":
      return isOpaque(value) ? value.type.name === type.name : isMap(value);
  }
}
