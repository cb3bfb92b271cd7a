/** One rule of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** A node of a CRD's OpenAPI v3 schema: the JSON of `JSONSchemaProps` of apiextensions.k8s.io/v1. */
export interface SchemaProps {
  readonly id?: string;
  readonly $schema?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly default?: unknown;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly multipleOf?: number;
  readonly enum?: readonly unknown[];
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly items?: SchemaProps | readonly SchemaProps[];
  readonly allOf?: readonly SchemaProps[];
  readonly oneOf?: readonly SchemaProps[];
  readonly anyOf?: readonly SchemaProps[];
  readonly not?: SchemaProps;
  readonly properties?: Readonly<Record<string, SchemaProps>>;
  readonly additionalProperties?: SchemaProps | boolean;
  readonly patternProperties?: Readonly<Record<string, SchemaProps>>;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly additionalItems?: SchemaProps | boolean;
  readonly definitions?: Readonly<Record<string, SchemaProps>>;
  readonly externalDocs?: object;
  readonly example?: unknown;
  readonly nullable?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
}

/** The schema of the field `name`, or `undefined`; names such as `constructor` are only fields where the schema has them. */
export function propertyOf(schema: SchemaProps | undefined, name: string): SchemaProps | undefined {
  const properties = schema?.properties;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** The schema of the items of a list; `undefined` when there is none, or one for each place. */
export function itemsOf(schema: SchemaProps | undefined): SchemaProps | undefined {
  const items = schema?.items;
  return items === undefined || items === null || Array.isArray(items) ? undefined : (items as SchemaProps); // Neither absent nor an array.
}

/** The schema of the values of a map; `undefined` when there is none, or only a boolean. */
export function valuesOf(schema: SchemaProps | undefined): SchemaProps | undefined {
  const values = schema?.additionalProperties;
  return typeof values === "object" && values !== null ? values : undefined;
}

/** Whether fields that are not in `properties` are allowed for by `additionalProperties`, were it `false`. */
export function hasAdditional(schema: SchemaProps | undefined): boolean {
  return schema?.additionalProperties !== undefined && schema.additionalProperties !== null;
}

/** The schema of a field or of a map's value. */
export function fieldOf(schema: SchemaProps | undefined, name: string): SchemaProps | undefined {
  return propertyOf(schema, name) ?? valuesOf(schema);
}
