import { goJson } from "../go-text.ts";
import type { SchemaProps } from "../schema-props.ts";
import type { Column, CrdVersion, Subresources } from "./crd-types.ts";

/** Fields of the server's internal type of schemas, in its order, with their names in JSON and what they are when not set. */
const SCHEMA_FIELDS: readonly (readonly [string, keyof SchemaProps, unknown])[] = [
  ["ID", "id", ""],
  ["Schema", "$schema", ""],
  ["Ref", "$ref", null],
  ["Description", "description", ""],
  ["Type", "type", ""],
  ["Nullable", "nullable", false],
  ["Format", "format", ""],
  ["Title", "title", ""],
  ["Default", "default", null],
  ["Maximum", "maximum", null],
  ["ExclusiveMaximum", "exclusiveMaximum", false],
  ["Minimum", "minimum", null],
  ["ExclusiveMinimum", "exclusiveMinimum", false],
  ["MaxLength", "maxLength", null],
  ["MinLength", "minLength", null],
  ["Pattern", "pattern", ""],
  ["MaxItems", "maxItems", null],
  ["MinItems", "minItems", null],
  ["UniqueItems", "uniqueItems", false],
  ["MultipleOf", "multipleOf", null],
  ["Enum", "enum", null],
  ["MaxProperties", "maxProperties", null],
  ["MinProperties", "minProperties", null],
  ["Required", "required", null],
  ["Items", "items", null],
  ["AllOf", "allOf", null],
  ["OneOf", "oneOf", null],
  ["AnyOf", "anyOf", null],
  ["Not", "not", null],
  ["Properties", "properties", null],
  ["AdditionalProperties", "additionalProperties", null],
  ["PatternProperties", "patternProperties", null],
  ["Dependencies", "dependencies", null],
  ["AdditionalItems", "additionalItems", null],
  ["Definitions", "definitions", null],
  ["ExternalDocs", "externalDocs", null],
  ["Example", "example", null],
  ["XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", null],
  ["XEmbeddedResource", "x-kubernetes-embedded-resource", false],
  ["XIntOrString", "x-kubernetes-int-or-string", false],
  ["XListMapKeys", "x-kubernetes-list-map-keys", null],
  ["XListType", "x-kubernetes-list-type", null],
  ["XMapType", "x-kubernetes-map-type", null],
  ["XValidations", "x-kubernetes-validations", null],
];

function fields(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([name, json]) => `"${name}":${json}`).join(",")}}`;
}

function list(items: readonly string[] | undefined): string {
  return items === undefined ? "null" : `[${items.join(",")}]`;
}

/** A schema as messages of the server show it: by the names of its internal type, all fields, set or not. */
export function shownSchema(schema: SchemaProps): string {
  return fields(SCHEMA_FIELDS.map(([name, key, unset]) => [name, schema[key] === undefined ? goJson(unset) : shownPart(key, schema[key])]));
}

function shownPart(key: keyof SchemaProps, value: unknown): string {
  switch (key) {
    case "allOf":
    case "anyOf":
    case "oneOf":
      return list((value as readonly SchemaProps[]).map(shownSchema)); // The key says what it holds.
    case "not":
      return shownSchema(value as SchemaProps); // As above.
    case "properties":
      return shownMap(value as Readonly<Record<string, SchemaProps>>); // As above.
    case "items":
      return fields([
        ["Schema", shownSchema(value as SchemaProps)], // As above.
        ["JSONSchemas", "null"],
      ]);
    case "additionalProperties":
      return fields([
        ["Allows", String(value !== false)],
        ["Schema", typeof value === "object" ? shownSchema(value as SchemaProps) : "null"], // Else it is a boolean.
      ]);
    case "x-kubernetes-validations":
      return list((value as NonNullable<SchemaProps["x-kubernetes-validations"]>).map(shownRule)); // As above.
    default:
      return goJson(value);
  }
}

function shownMap(properties: Readonly<Record<string, SchemaProps>>): string {
  const sorted = Object.entries(properties).sort(([a], [b]) => Number(a > b) - Number(a < b));
  return `{${sorted.map(([name, schema]) => `${goJson(name)}:${shownSchema(schema)}`).join(",")}}`;
}

/** A rule as messages of the server show it. */
export function shownRule(rule: NonNullable<SchemaProps["x-kubernetes-validations"]>[number]): string {
  return fields([
    ["Rule", goJson(rule.rule)],
    ["Message", goJson(rule.message ?? "")],
    ["MessageExpression", goJson(rule.messageExpression ?? "")],
    ["Reason", goJson(rule.reason ?? null)],
    ["FieldPath", goJson(rule.fieldPath ?? "")],
    ["OptionalOldSelf", goJson(rule.optionalOldSelf ?? null)],
  ]);
}

/** Versions as messages of the server show them. */
export function shownVersions(versions: readonly CrdVersion[]): string {
  return list(versions.map(shownVersion));
}

function shownVersion(version: CrdVersion): string {
  const schema = version.schema?.openAPIV3Schema;
  return fields([
    ["Name", goJson(version.name ?? "")],
    ["Served", String(version.served === true)],
    ["Storage", String(version.storage === true)],
    ["Deprecated", String(version.deprecated === true)],
    ["DeprecationWarning", goJson(version.deprecationWarning ?? null)],
    ["Schema", version.schema === undefined ? "null" : fields([["OpenAPIV3Schema", schema === undefined ? "null" : shownSchema(schema)]])],
    ["Subresources", version.subresources === undefined ? "null" : shownSubresources(version.subresources)],
    ["AdditionalPrinterColumns", list(version.additionalPrinterColumns?.map(shownColumn))],
    ["SelectableFields", list(version.selectableFields?.map(({ jsonPath = "" }) => fields([["JSONPath", goJson(jsonPath)]])))],
  ]);
}

function shownSubresources({ status, scale }: Subresources): string {
  const shownScale =
    scale &&
    fields([
      ["SpecReplicasPath", goJson(scale.specReplicasPath ?? "")],
      ["StatusReplicasPath", goJson(scale.statusReplicasPath ?? "")],
      ["LabelSelectorPath", goJson(scale.labelSelectorPath ?? null)],
    ]);
  return fields([
    ["Status", status === undefined ? "null" : "{}"],
    ["Scale", shownScale ?? "null"],
  ]);
}

function shownColumn(column: Column): string {
  return fields([
    ["Name", goJson(column.name ?? "")],
    ["Type", goJson(column.type ?? "")],
    ["Format", goJson(column.format ?? "")],
    ["Description", goJson(column.description ?? "")],
    ["Priority", goJson(column.priority ?? 0)],
    ["JSONPath", goJson(column.jsonPath ?? "")],
  ]);
}
