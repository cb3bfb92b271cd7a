import { itemsAt, type JsonObject, recordAt, textAt } from "../json.ts";
import type { Field, Shape } from "../schema/typed/read-typed.ts";

const SHAPE_BY_FORMAT: Readonly<Record<string, Shape>> = {
  byte: { type: "bytes" },
  "date-time": { type: "json" },
  double: { type: "float64" },
  int32: { type: "int32" },
  int64: { type: "int64" },
  "int-or-string": { type: "json" },
  quantity: { type: "json" },
};

/** The shape in which a built-in kind is decoded, from its OpenAPI schema. Empty fields stay: which of them Go drops, the schema does not tell. */
export function shapeOfNode(node: Readonly<JsonObject>, name: string): Shape {
  const format = textAt(node, "format");
  const known = format === undefined ? undefined : SHAPE_BY_FORMAT[format];
  if (known !== undefined) return known;
  switch (node["type"]) {
    case "string":
      return { type: "string" };
    case "boolean":
      return { type: "bool" };
    case "array":
      return { type: "list", of: shapeOfNode(recordAt(node, "items") ?? {}, name) };
    case "object":
      return shapeOfObject(node, name);
    default:
      return { type: "json" };
  }
}

function shapeOfObject(node: Readonly<JsonObject>, name: string): Shape {
  const properties = recordAt(node, "properties");
  const additional = recordAt(node, "additionalProperties");
  if (properties === undefined) return additional === undefined ? { type: "json" } : { type: "map", of: shapeOfNode(additional, name) };
  let fields: ReadonlyMap<string, Field> | undefined;
  // Types contain themselves: a record's fields are looked at when they are needed.
  return { type: "record", name: typeNameOf(node) ?? name, fields: () => (fields ??= fieldsOf(properties)) };
}

function fieldsOf(properties: Readonly<JsonObject>): ReadonlyMap<string, Field> {
  return new Map(
    Object.keys(properties).map((field) => [field, { shape: shapeOfNode(recordAt(properties, field) ?? {}, field), keepsEmpty: true }]),
  );
}

/** The Go type of a kind, as errors name it. */
function typeNameOf(node: Readonly<JsonObject>): string | undefined {
  const [kind] = itemsAt(node, "x-kubernetes-group-version-kind");
  return textAt(kind as JsonObject | undefined, "kind"); // An entry is an object with group, version and kind.
}
