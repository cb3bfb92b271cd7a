import { itemsOf, type SchemaProps } from "../schema-props.ts";

/** Whether a schema or anything in it is as asked. */
export function someSchema(schema: SchemaProps | undefined, test: (schema: SchemaProps) => boolean): boolean {
  if (schema === undefined || schema === null) return false;
  return test(schema) || schemasBelow(schema).some((each) => someSchema(each, test));
}

function schemasBelow(schema: SchemaProps): readonly (SchemaProps | undefined)[] {
  const { additionalProperties, additionalItems, items } = schema;
  const either = (value: SchemaProps | boolean | undefined): SchemaProps | undefined => (typeof value === "object" ? value : undefined);
  return [
    ...(Array.isArray(items) ? (items as readonly SchemaProps[]) : [itemsOf(schema)]), // Just looked at.
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    schema.not,
    ...Object.values(schema.properties ?? {}),
    either(additionalProperties),
    ...Object.values(schema.patternProperties ?? {}),
    either(additionalItems),
    ...Object.values(schema.definitions ?? {}),
  ];
}

/** Why a schema cannot be read as a structural one at all; `undefined` when it can. */
export function unsupportedKeyword(schema: SchemaProps): string | undefined {
  let found: string | undefined;
  someSchema(schema, (each) => {
    found ??= keywordOf(each);
    return found !== undefined;
  });
  return found;
}

function keywordOf(schema: SchemaProps): string | undefined {
  const isFilled = (record: object | undefined): boolean => record !== undefined && Object.keys(record).length > 0;
  const named: readonly (readonly [string, boolean])[] = [
    ["id", (schema.id ?? "") !== ""],
    ["schema", (schema.$schema ?? "") !== ""],
    ["$ref", (schema.$ref ?? "") !== ""],
    ["patternProperties", isFilled(schema.patternProperties)],
    ["dependencies", isFilled(schema.dependencies)],
    ["additionalItems", schema.additionalItems !== undefined],
    ["definitions", isFilled(schema.definitions)],
  ];
  const keyword = named.find(([, isGiven]) => isGiven)?.[0];
  if (keyword !== undefined) return `OpenAPIV3Schema '${keyword}' is not supported`;
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  return Array.isArray(schema.items) && schema.items.length > 0 ? "OpenAPIV3Schema 'items' must be a schema, but is an array" : undefined;
}
