import { itemsOf, propertyOf, type SchemaProps, valuesOf } from "../../schema-props.ts";
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, STRING, TIMESTAMP, type Type } from "../lang/types.ts";
import { escapeField } from "../values/field-names.ts";

/**
 * The type that a schema has in rules; `undefined` for what rules cannot see: data without a schema, and lists and maps
 * of it. Objects are named by where they are below `name`.
 */
export function typeOfSchema(schema: SchemaProps, name: string, isResource: boolean): Type | undefined {
  if (schema["x-kubernetes-int-or-string"] === true) return DYN;
  const full = isResource ? withMetaFields(schema) : schema;
  switch (full.type) {
    case "array": {
      const items = itemsOf(full);
      const type = items === undefined ? undefined : typeBelow(items, `${name}.@idx`);
      return type === undefined ? undefined : listOf(type);
    }
    case "object":
      return typeOfObject(full, name);
    case "string":
      return typeOfText(full.format);
    case "boolean":
      return BOOL;
    case "number":
      return DOUBLE;
    case "integer":
      return INT;
    default:
      return undefined;
  }
}

function typeBelow(schema: SchemaProps, name: string): Type | undefined {
  return typeOfSchema(schema, name, schema["x-kubernetes-embedded-resource"] === true);
}

function typeOfObject(schema: SchemaProps, name: string): Type | undefined {
  const values = valuesOf(schema);
  if (values !== undefined) {
    const type = typeBelow(values, `${name}.@elem`);
    return type === undefined ? undefined : mapOf(STRING, type);
  }
  const fields = new Map<string, Type>();
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const field = escapeField(key);
    const type = field === undefined ? undefined : typeBelow(property, `${name}.${field}`);
    if (field !== undefined && type !== undefined) fields.set(field, type);
  }
  return { kind: "object", name, fields };
}

function typeOfText(format: string | undefined): Type {
  switch (format) {
    case "byte":
      return BYTES;
    case "duration":
      return DURATION;
    case "date":
    case "date-time":
      return TIMESTAMP;
    default:
      return STRING;
  }
}

const TEXT: SchemaProps = { type: "string" };

/** The schema with what every resource has: `apiVersion`, `kind`, `metadata.name` and `metadata.generateName`. */
export function withMetaFields(schema: SchemaProps): SchemaProps {
  const metadata = propertyOf(schema, "metadata");
  const isComplete =
    propertyOf(schema, "kind")?.type === "string" &&
    propertyOf(schema, "apiVersion")?.type === "string" &&
    metadata?.type === "object" &&
    propertyOf(metadata, "name")?.type === "string" &&
    propertyOf(metadata, "generateName")?.type === "string";
  if (isComplete) return schema;
  const meta: SchemaProps = { type: "object", properties: { name: TEXT, generateName: TEXT } };
  return { ...schema, properties: { ...schema.properties, kind: TEXT, apiVersion: TEXT, metadata: meta } };
}
