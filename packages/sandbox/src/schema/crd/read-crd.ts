import { isRecord, type JsonObject } from "../../json.ts";
import { OBJECT_META } from "../meta/read-meta.ts";
import { type Field, readTyped, type Shape } from "../typed/read-typed.ts";
import { ALWAYS_STRING, always, BOOL, INT, JSON_VALUE, list, record, STRING, STRINGS } from "../typed/shapes.ts";

const NUMBER: Shape = { type: "float64" };

const RULE = record("ValidationRule", {
  rule: ALWAYS_STRING,
  message: STRING,
  messageExpression: STRING,
  reason: always(STRING),
  fieldPath: STRING,
  optionalOldSelf: always(BOOL),
});

const SCHEMA: Shape = { type: "record", name: "JSONSchemaProps", fields: () => SCHEMA_FIELDS };
const SCHEMAS = list(SCHEMA);
const SCHEMA_MAP: Shape = { type: "map", of: SCHEMA };
const SCHEMA_OR_BOOL: Shape = {
  type: "either",
  problem: "boolean or JSON schema expected",
  choose: (value) => (typeof value === "boolean" ? BOOL : isRecord(value) ? SCHEMA : undefined),
};

const SCHEMA_FIELDS: ReadonlyMap<string, Field> = new Map(
  Object.entries<Field | Shape>({
    id: STRING,
    $schema: STRING,
    $ref: always(STRING),
    description: STRING,
    type: STRING,
    format: STRING,
    title: STRING,
    default: always(JSON_VALUE),
    maximum: always(NUMBER),
    exclusiveMaximum: BOOL,
    minimum: always(NUMBER),
    exclusiveMinimum: BOOL,
    maxLength: always(INT),
    minLength: always(INT),
    pattern: STRING,
    maxItems: always(INT),
    minItems: always(INT),
    uniqueItems: BOOL,
    multipleOf: always(NUMBER),
    enum: list(JSON_VALUE),
    maxProperties: always(INT),
    minProperties: always(INT),
    required: STRINGS,
    items: always({ type: "either", problem: "", choose: (value) => (Array.isArray(value) ? SCHEMAS : SCHEMA) }),
    allOf: SCHEMAS,
    oneOf: SCHEMAS,
    anyOf: SCHEMAS,
    not: always(SCHEMA),
    properties: SCHEMA_MAP,
    additionalProperties: always(SCHEMA_OR_BOOL),
    patternProperties: SCHEMA_MAP,
    dependencies: { type: "map", of: { type: "either", problem: "", choose: (value) => (Array.isArray(value) ? STRINGS : SCHEMA) } },
    additionalItems: always(SCHEMA_OR_BOOL),
    definitions: SCHEMA_MAP,
    externalDocs: always(record("ExternalDocumentation", { description: STRING, url: STRING })),
    example: always(JSON_VALUE),
    nullable: BOOL,
    "x-kubernetes-preserve-unknown-fields": always(BOOL),
    "x-kubernetes-embedded-resource": BOOL,
    "x-kubernetes-int-or-string": BOOL,
    "x-kubernetes-list-map-keys": STRINGS,
    "x-kubernetes-list-type": always(STRING),
    "x-kubernetes-map-type": always(STRING),
    "x-kubernetes-validations": list(RULE),
  }).map(([name, field]) => [name, "shape" in field ? field : { shape: field }]),
);

const NAMES = record("CustomResourceDefinitionNames", {
  plural: ALWAYS_STRING,
  singular: STRING,
  shortNames: STRINGS,
  kind: ALWAYS_STRING,
  listKind: STRING,
  categories: STRINGS,
});

const COLUMN = record("CustomResourceColumnDefinition", {
  name: ALWAYS_STRING,
  type: ALWAYS_STRING,
  format: STRING,
  description: STRING,
  priority: { type: "int32" },
  jsonPath: ALWAYS_STRING,
});

const SUBRESOURCES = record("CustomResourceSubresources", {
  status: always(record("CustomResourceSubresourceStatus", {})),
  scale: always(
    record("CustomResourceSubresourceScale", {
      specReplicasPath: ALWAYS_STRING,
      statusReplicasPath: ALWAYS_STRING,
      labelSelectorPath: always(STRING),
    }),
  ),
});

const VERSION = record("CustomResourceDefinitionVersion", {
  name: ALWAYS_STRING,
  served: { shape: BOOL, keepsEmpty: true, missing: false },
  storage: { shape: BOOL, keepsEmpty: true, missing: false },
  deprecated: BOOL,
  deprecationWarning: always(STRING),
  schema: always(record("CustomResourceValidation", { openAPIV3Schema: always(SCHEMA) })),
  subresources: always(SUBRESOURCES),
  additionalPrinterColumns: list(COLUMN),
  selectableFields: list(record("SelectableField", { jsonPath: ALWAYS_STRING })),
});

const SERVICE = record("ServiceReference", {
  namespace: ALWAYS_STRING,
  name: ALWAYS_STRING,
  path: always(STRING),
  port: always({ type: "int32" }),
});

const CONVERSION = record("CustomResourceConversion", {
  strategy: ALWAYS_STRING,
  webhook: always(
    record("WebhookConversion", {
      clientConfig: always(record("WebhookClientConfig", { url: always(STRING), service: always(SERVICE), caBundle: { type: "bytes" } })),
      conversionReviewVersions: always(STRINGS),
    }),
  ),
});

const CONDITION = record("CustomResourceDefinitionCondition", {
  type: ALWAYS_STRING,
  status: ALWAYS_STRING,
  lastTransitionTime: { type: "time" },
  reason: STRING,
  message: STRING,
  observedGeneration: INT,
});

const CRD = record("CustomResourceDefinition", {
  kind: STRING,
  apiVersion: STRING,
  metadata: OBJECT_META,
  spec: {
    keepsEmpty: true,
    shape: record("CustomResourceDefinitionSpec", {
      group: ALWAYS_STRING,
      names: always(NAMES),
      scope: ALWAYS_STRING,
      versions: always(list(VERSION)),
      conversion: always(CONVERSION),
      preserveUnknownFields: BOOL,
    }),
  },
  status: record("CustomResourceDefinitionStatus", {
    conditions: list(CONDITION),
    acceptedNames: always(NAMES),
    storedVersions: STRINGS,
    observedGeneration: INT,
  }),
});

/** A CRD as the server decodes and writes it back, with the paths of the fields that it does not know; or why it cannot be read. */
export type ReadCrd = { readonly crd: JsonObject; readonly unknown: readonly string[] } | { readonly problem: string };

/** Reads JSON as a CustomResourceDefinition of apiextensions.k8s.io/v1: unknown and empty fields are dropped. Never throws. */
export function readCrd(value: object): ReadCrd {
  const read = readTyped(value, CRD);
  if ("problem" in read) return read;
  return { crd: isRecord(read.value) ? read.value : {}, unknown: read.unknown };
}
