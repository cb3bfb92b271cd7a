import { type FieldError, forbidden, invalid, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { compilePattern } from "../re2.ts";
import { hasAdditional, itemsOf, propertyOf, type SchemaProps, valuesOf } from "../schema-props.ts";
import { completenessErrors } from "./completeness.ts";

type Level = "root" | "item" | "field";

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

/** What makes a schema not structural, sorted by message. A schema that is structural can be pruned by and defaulted from. */
export function structuralSchemaErrors(schema: SchemaProps, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  checkNode(schema, { level: "root", path, errors });
  completenessErrors(schema, path, errors);
  const text = ({ field, message }: FieldError): string => `${field}: ${message}`;
  return errors.sort((a, b) => Number(text(a) > text(b)) - Number(text(a) < text(b)));
}

interface Place {
  readonly level: Level;
  readonly path: string;
  readonly errors: FieldError[];
}

function checkNode(schema: SchemaProps, { level, path, errors }: Place): void {
  const items = itemsOf(schema);
  if (schema.type === "array" && items === undefined) errors.push(required(child(path, "items"), "must be specified"));
  if (items !== undefined) checkNode(items, { level: "item", path: child(path, "items"), errors });
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    checkNode(each, { level: "field", path: item(child(path, "properties"), name), errors });
  }
  if (hasAdditional(schema) && level === "root")
    errors.push(forbidden(child(path, "additionalProperties"), "must not be used at the root"));
  const values = valuesOf(schema);
  if (values !== undefined) checkNode(values, { level: "field", path: child(path, "additionalProperties"), errors });
  checkExtensions(schema, path, errors);
  checkValues(schema, { skipsAnyOf: isIntOrString(schema.anyOf), skipsFirstAllOf: isIntOrString(schema.allOf?.[0]?.anyOf) }, path, errors);
  checkType(schema, { level, path, errors });
  checkResource(schema, { level, path, errors });
}

function checkExtensions(schema: SchemaProps, path: string, errors: FieldError[]): void {
  if (schema["x-kubernetes-int-or-string"] !== true) return;
  for (const extension of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const) {
    if (schema[extension] === true)
      errors.push(invalid(child(path, extension), true, "must be false if x-kubernetes-int-or-string is true"));
  }
}

function checkType(schema: SchemaProps, { level, path, errors }: Place): void {
  const { type = "" } = schema;
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const isTypeFree = schema["x-kubernetes-int-or-string"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const at = child(path, "type");
  const rule = "must be object if x-kubernetes-embedded-resource is true";
  if (isEmbedded && type !== "object") errors.push(type === "" ? required(at, rule) : invalid(at, type, rule));
  else if (type === "" && !isTypeFree) errors.push(required(at, EMPTY_TYPE[level]));
  if (isEmbedded && hasAdditional(schema)) {
    errors.push(forbidden(child(path, "additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set"));
  }
  if (level === "root" && type !== "" && type !== "object") errors.push(invalid(at, type, "must be object at the root"));
}

function checkResource(schema: SchemaProps, { level, path, errors }: Place): void {
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const isResource = level === "root" || isEmbedded;
  const at = (name: string): string => item(child(path, "properties"), name);
  for (const name of ["kind", "apiVersion"]) {
    const property = propertyOf(schema, name);
    if (isResource && property !== undefined && property.type !== "string")
      errors.push(invalid(child(at(name), "type"), property.type ?? "", "must be string"));
  }
  const metadata = propertyOf(schema, "metadata");
  if (metadata !== undefined) {
    if (isResource && metadata.type !== "object")
      errors.push(invalid(child(at("metadata"), "type"), metadata.type ?? "", "must be object"));
    if (level === "root" && !isPlainMetadata(metadata)) {
      errors.push(
        forbidden(at("metadata"), "must not specify anything other than name and generateName, but metadata is implicitly specified"),
      );
    }
  }
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true || Object.keys(schema.properties ?? {}).length > 0;
  if (isEmbedded && !isOpen) {
    const rule = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(child(path, "properties"), rule));
  }
}

function isPlainMetadata(metadata: SchemaProps): boolean {
  const others = Object.entries(metadata).filter(
    ([key, value]) => key !== "type" && key !== "default" && key !== "properties" && isGiven(value),
  );
  return others.length === 0 && Object.keys(metadata.properties ?? {}).every((name) => name === "name" || name === "generateName");
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** The two branches `type: integer` and `type: string`, which may stand in `anyOf`. */
function isIntOrString(anyOf: readonly SchemaProps[] | undefined): boolean {
  return anyOf?.length === 2 && isOnlyType(anyOf[0], "integer") && isOnlyType(anyOf[1], "string");
}

function isOnlyType(schema: SchemaProps | undefined, type: string): boolean {
  return schema?.type === type && Object.entries(schema).every(([key, value]) => key === "type" || !isGiven(value));
}

interface Skips {
  readonly skipsAnyOf: boolean;
  readonly skipsFirstAllOf: boolean;
}

function checkValues(schema: SchemaProps, { skipsAnyOf, skipsFirstAllOf }: Skips, path: string, errors: FieldError[]): void {
  const each = (key: "allOf" | "anyOf" | "oneOf", isFirstSkipped: boolean): void => {
    for (const [index, nested] of (schema[key] ?? []).entries()) {
      checkNested(nested, { skipsAnyOf: isFirstSkipped && index === 0, skipsFirstAllOf: false }, item(child(path, key), index), errors);
    }
  };
  if (!skipsAnyOf) each("anyOf", false);
  each("allOf", skipsFirstAllOf);
  each("oneOf", false);
  if (schema.not !== undefined && schema.not !== null) checkNested(schema.not, NO_SKIPS, child(path, "not"), errors);
  const { pattern = "" } = schema;
  const compiled = pattern === "" ? undefined : compilePattern(pattern);
  if (compiled?.error !== undefined) {
    errors.push(invalid(child(path, "pattern"), pattern, `must be a valid regular expression, but isn't: ${compiled.error}`));
  }
}

const NO_SKIPS: Skips = { skipsAnyOf: false, skipsFirstAllOf: false };

/** What may not stand below `allOf`, `anyOf`, `oneOf` and `not`, with the reason. */
const FORBIDDEN_BELOW: readonly (readonly [keyof SchemaProps, string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function checkNested(schema: SchemaProps, skips: Skips, path: string, errors: FieldError[]): void {
  checkValues(schema, skips, path, errors);
  const items = itemsOf(schema);
  if (items !== undefined) checkNested(items, NO_SKIPS, child(path, "items"), errors);
  for (const [name, each] of Object.entries(schema.properties ?? {}))
    checkNested(each, NO_SKIPS, item(child(path, "properties"), name), errors);
  for (const [key, rule] of FORBIDDEN_BELOW) if (isGiven(schema[key])) errors.push(forbidden(child(path, key), rule));
  if (propertyOf(schema, "metadata") !== undefined) {
    errors.push(forbidden(item(child(path, "properties"), "metadata"), "must not be specified in a nested context"));
  }
}
