import type { JsonObject } from "../../src/patch/index.ts";

/** A CRD that is created, or updated where `before` is there. */
export interface CrdCase {
  readonly why: string;
  readonly crd: JsonObject;
  /** The CRD that is there, and established. */
  readonly before?: JsonObject;
}

const text = { type: "string" } as const;
const int = { type: "integer" } as const;

interface Parts {
  readonly spec?: JsonObject;
  readonly names?: JsonObject;
  readonly version?: JsonObject;
  readonly versions?: readonly JsonObject[];
  readonly schema?: JsonObject;
  readonly metadata?: JsonObject;
}

/** A CRD that is right but for `parts`. */
export function crdWith({ spec = {}, names = {}, version = {}, versions, schema, metadata = {} }: Parts): JsonObject {
  const root = schema ?? { type: "object", properties: { spec: { type: "object", properties: { a: text } } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.cases.example.com", ...metadata },
    spec: {
      group: "cases.example.com",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing", ...names },
      versions: versions ?? [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: root }, ...version }],
      ...spec,
    },
  };
}

const withSpec = (why: string, spec: JsonObject): CrdCase => ({ why, crd: crdWith({ schema: { type: "object", properties: { spec } } }) });
const withRoot = (why: string, schema: JsonObject): CrdCase => ({ why, crd: crdWith({ schema }) });
const version = (name: string, rest: JsonObject = {}): JsonObject => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: { type: "object" } },
  ...rest,
});

const NAMES: readonly CrdCase[] = [
  { why: "the name is plural.group", crd: crdWith({ metadata: { name: "others.cases.example.com" } }) },
  { why: "a group has a dot", crd: crdWith({ spec: { group: "example" }, metadata: { name: "things.example" } }) },
  { why: "a group is a domain", crd: crdWith({ spec: { group: "Bad_Group.com" }, metadata: { name: "things.Bad_Group.com" } }) },
  { why: "a scope is one of two", crd: crdWith({ spec: { scope: "World" } }) },
  {
    why: "names have forms",
    crd: crdWith({
      names: { kind: "my kind", singular: "A_b", shortNames: ["OK", "no no"], listKind: "1List", categories: ["all", "A b"] },
    }),
  },
  { why: "kind and list kind differ", crd: crdWith({ names: { listKind: "Thing" } }) },
  { why: "names are needed", crd: crdWith({ names: { plural: "", kind: "" }, metadata: { name: ".cases.example.com" } }) },
  { why: "groups of Kubernetes need approval", crd: crdWith({ spec: { group: "x.k8s.io" }, metadata: { name: "things.x.k8s.io" } }) },
  {
    why: "an approval may be bypassed",
    crd: crdWith({
      spec: { group: "x.k8s.io" },
      metadata: { name: "things.x.k8s.io", annotations: { "api-approved.kubernetes.io": "unapproved, a test" } },
    }),
  },
  {
    why: "an approval is an URL",
    crd: crdWith({
      spec: { group: "x.k8s.io" },
      metadata: { name: "things.x.k8s.io", annotations: { "api-approved.kubernetes.io": "yes" } },
    }),
  },
  {
    why: "an approval with an URL",
    crd: crdWith({
      spec: { group: "x.k8s.io" },
      metadata: { name: "things.x.k8s.io", annotations: { "api-approved.kubernetes.io": "https://example.com/1" } },
    }),
  },
  { why: "unknown fields cannot be preserved as a whole", crd: crdWith({ spec: { preserveUnknownFields: true } }) },
];

const VERSIONS: readonly CrdCase[] = [
  { why: "one version is stored", crd: crdWith({ versions: [version("v1"), version("v2")] }) },
  { why: "only one version is stored", crd: crdWith({ versions: [version("v1", { storage: true }), version("v2", { storage: true })] }) },
  { why: "versions have names of their own", crd: crdWith({ versions: [version("v1", { storage: true }), version("v1")] }) },
  { why: "versions have forms", crd: crdWith({ versions: [version("V1", { storage: true })] }) },
  { why: "versions need schemas", crd: crdWith({ versions: [{ name: "v1", served: true, storage: true }] }) },
  {
    why: "one of two versions needs a schema",
    crd: crdWith({ versions: [version("v1", { storage: true }), { name: "v2", served: true, storage: false }] }),
  },
  { why: "there are versions", crd: crdWith({ versions: [] }) },
  { why: "a warning needs a deprecated version", crd: crdWith({ version: { deprecationWarning: "old" } }) },
  { why: "a warning is not empty", crd: crdWith({ version: { deprecated: true, deprecationWarning: "" } }) },
  {
    why: "a warning is short and printable",
    crd: crdWith({ version: { deprecated: true, deprecationWarning: `${"x".repeat(300)}\u0001` } }),
  },
  {
    why: "columns have names, types and paths",
    crd: crdWith({
      version: {
        additionalPrinterColumns: [
          { name: "", type: "", jsonPath: "" },
          { name: "x", type: "object", jsonPath: "spec.x", format: "none" },
        ],
      },
    }),
  },
  {
    why: "columns of two versions that are the same",
    crd: crdWith({
      versions: [
        version("v1", { storage: true, additionalPrinterColumns: [{ name: "x", type: "none", jsonPath: ".x" }] }),
        version("v2", { additionalPrinterColumns: [{ name: "x", type: "none", jsonPath: ".x" }] }),
      ],
    }),
  },
  {
    why: "scale has paths",
    crd: crdWith({
      version: { subresources: { scale: { specReplicasPath: "spec.x", statusReplicasPath: ".spec.x", labelSelectorPath: ".metadata.x" } } },
    }),
  },
  {
    why: "scale has all its paths",
    crd: crdWith({ version: { subresources: { scale: { specReplicasPath: "", statusReplicasPath: "" } } } }),
  },
  {
    why: "selectable fields are fields",
    crd: crdWith({
      version: {
        selectableFields: [
          { jsonPath: ".spec.none" },
          { jsonPath: "" },
          { jsonPath: ".spec" },
          { jsonPath: ".spec.a" },
          { jsonPath: ".spec.a" },
          { jsonPath: "x" },
          { jsonPath: ".spec['a']" },
        ],
      },
    }),
  },
  {
    why: "selectable fields that two versions share with other schemas",
    crd: crdWith({
      versions: [
        version("v1", {
          storage: true,
          selectableFields: [{ jsonPath: ".x" }],
          schema: { openAPIV3Schema: { type: "object", properties: { x: text } } },
        }),
        version("v2", {
          selectableFields: [{ jsonPath: ".x" }],
          schema: { openAPIV3Schema: { type: "object", properties: { x: text, y: text } } },
        }),
      ],
    }),
  },
];

const webhook = (clientConfig: JsonObject | undefined, versions: readonly string[] | undefined): JsonObject => ({
  conversion: {
    strategy: "Webhook",
    webhook: { ...(clientConfig && { clientConfig }), ...(versions && { conversionReviewVersions: versions }) },
  },
});

const CONVERSIONS: readonly CrdCase[] = [
  { why: "a strategy is one of two", crd: crdWith({ spec: { conversion: { strategy: "Magic" } } }) },
  { why: "a webhook needs a configuration", crd: crdWith({ spec: webhook(undefined, undefined) }) },
  { why: "a webhook is an URL or a service", crd: crdWith({ spec: webhook({}, ["v1"]) }) },
  { why: "a webhook's URL is safe and plain", crd: crdWith({ spec: webhook({ url: "http://user@/x?y=1#z" }, ["v2", "V", "v2"]) }) },
  {
    why: "a webhook's service has names, a path and a port",
    crd: crdWith({ spec: webhook({ service: { name: "", namespace: "", path: "x//y_", port: 70000 } }, ["v1"]) }),
  },
  {
    why: "without a webhook there is no configuration",
    crd: crdWith({
      spec: { conversion: { strategy: "None", webhook: { clientConfig: { url: "https://x" }, conversionReviewVersions: ["v1"] } } },
    }),
  },
  { why: "a webhook with a port that is set for it", crd: crdWith({ spec: webhook({ service: { name: "a", namespace: "b" } }, ["v1"]) }) },
];

const STRUCTURE: readonly CrdCase[] = [
  withRoot("the root is an object", { type: "string" }),
  withRoot("the root has a type", { properties: { a: text } }),
  withRoot("the root has no additionalProperties", { type: "object", additionalProperties: text }),
  withRoot("the root is not nullable", { type: "object", nullable: true }),
  withRoot("metadata has only names", {
    type: "object",
    properties: { metadata: { type: "object", properties: { labels: { type: "object" } } }, kind: int, apiVersion: int },
  }),
  withRoot("metadata may restrict names", {
    type: "object",
    properties: { metadata: { type: "object", properties: { name: { type: "string", maxLength: 5 } } } },
  }),
  withSpec("fields have types", { type: "object", properties: { a: {}, b: { type: "array" }, c: { type: "array", items: {} } } }),
  withSpec("types are known", { type: "object", properties: { a: { type: "text" }, b: { type: "null" } } }),
  withSpec("what is combined is structural", {
    type: "object",
    properties: { a: text },
    anyOf: [{ type: "object", properties: { a: { default: "x", title: "t", description: "d", nullable: true } } }],
    not: { properties: { b: {} } },
  }),
  withSpec("the usual anyOf of int-or-string is let pass", {
    type: "object",
    properties: {
      a: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
      b: { "x-kubernetes-int-or-string": true, allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { minimum: 1 }] },
    },
  }),
  withSpec("another anyOf is not", {
    type: "object",
    properties: { a: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "string" }, { type: "integer" }] } },
  }),
  withSpec("extensions exclude each other", {
    type: "object",
    properties: {
      a: { "x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true },
      b: { "x-kubernetes-embedded-resource": true, type: "string" },
      c: { type: "object", "x-kubernetes-embedded-resource": true },
      d: {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true,
        additionalProperties: text,
      },
    },
  }),
  withSpec("preserving is true or absent", { type: "object", "x-kubernetes-preserve-unknown-fields": false }),
  withSpec("keywords that are not supported", {
    type: "object",
    uniqueItems: true,
    $ref: "#/x",
    definitions: { a: text },
    dependencies: { a: ["b"] },
    patternProperties: { a: text },
    id: "x",
  }),
  withSpec("properties and additionalProperties exclude each other", {
    type: "object",
    properties: { a: text },
    additionalProperties: text,
  }),
  withSpec("additionalProperties are not forbidden beside properties", {
    type: "object",
    properties: { a: text },
    additionalProperties: false,
  }),
  withSpec("patterns are those of RE2", {
    type: "object",
    properties: { a: { type: "string", pattern: "(?=a)" }, b: { type: "string", pattern: "(" } },
  }),
  withSpec("lists of types", {
    type: "object",
    properties: {
      a: { type: "string", "x-kubernetes-list-type": "set" },
      b: { type: "array", items: text, "x-kubernetes-list-type": "bag" },
      c: { type: "array", items: text, "x-kubernetes-list-map-keys": ["x"] },
      d: { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "set" },
      e: { type: "array", items: { type: "array", items: text, "x-kubernetes-list-type": "set" }, "x-kubernetes-list-type": "set" },
    },
  }),
  withSpec("keyed lists", {
    type: "object",
    properties: {
      a: { type: "array", items: text, "x-kubernetes-list-type": "map" },
      b: {
        type: "array",
        items: { type: "object", nullable: true, properties: { k: { type: "string", nullable: true }, o: { type: "object" } } },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k", "k", "none", "o"],
      },
    },
  }),
  withSpec("maps of types", {
    type: "object",
    "x-kubernetes-map-type": "bag",
    properties: { a: { type: "array", items: text, "x-kubernetes-map-type": "atomic" } },
  }),
  {
    why: "the root is plain where there is a status",
    crd: crdWith({ schema: { type: "object", required: ["spec"], maxProperties: 5 }, version: { subresources: { status: {} } } }),
  },
];

const DEFAULTS: readonly CrdCase[] = [
  withSpec("defaults are valid", {
    type: "object",
    properties: {
      a: { type: "integer", default: "x" },
      b: { type: "string", enum: ["x"], default: "y" },
      c: { type: "object", properties: { d: text }, default: { e: 1 } },
    },
  }),
  withSpec("defaults follow rules", {
    type: "object",
    properties: { a: { type: "integer", default: 5, "x-kubernetes-validations": [{ rule: "self < 1" }] } },
  }),
  withSpec("defaults follow rules for what is new", {
    type: "object",
    properties: { a: { type: "integer", default: 5, "x-kubernetes-validations": [{ rule: "oldSelf.hasValue()", optionalOldSelf: true }] } },
  }),
  withSpec("defaults of embedded resources are resources", {
    type: "object",
    properties: {
      a: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true, default: { kind: "X" } },
    },
  }),
  withRoot("there are no defaults in metadata", {
    type: "object",
    properties: {
      metadata: { type: "object", properties: { name: { type: "string", default: "x" } } },
      kind: { type: "string", default: "x" },
    },
  }),
  withSpec("defaults with null and empty values", {
    type: "object",
    properties: {
      a: { type: "string", nullable: true, default: null },
      b: { type: "array", items: text, default: [] },
      c: { type: "object", default: {} },
    },
  }),
];

const RULES: readonly CrdCase[] = [
  withSpec("rules have texts", {
    type: "object",
    properties: { a: int },
    "x-kubernetes-validations": [
      { rule: " " },
      { rule: "true", message: " " },
      { rule: "true", message: "a\nb" },
      { rule: "true\n|| false" },
      { rule: "true", messageExpression: " " },
      { rule: "true", reason: "Because" },
      { rule: "true", fieldPath: ".none" },
      { rule: "true", fieldPath: " " },
    ],
  }),
  withSpec("messages are texts", {
    type: "object",
    properties: { a: int },
    "x-kubernetes-validations": [
      { rule: "true", messageExpression: "self.a" },
      { rule: "true", messageExpression: "self.none" },
    ],
  }),
  withSpec("what has no identity cannot be compared", {
    type: "object",
    properties: {
      a: { type: "array", maxItems: 5, items: { type: "integer", "x-kubernetes-validations": [{ rule: "self == oldSelf" }] } },
    },
  }),
  withSpec("what does not compare cannot be optional", {
    type: "object",
    properties: { a: { type: "integer", "x-kubernetes-validations": [{ rule: "self > 1", optionalOldSelf: true }] } },
  }),
  withSpec("rules below allOf are refused", {
    type: "object",
    properties: { a: int },
    allOf: [{ "x-kubernetes-validations": [{ rule: "true" }] }],
  }),
  withSpec("rules on data without a schema", {
    type: "object",
    properties: { a: { "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-validations": [{ rule: "true" }] } },
  }),
  withRoot("rules at the root see names", {
    type: "object",
    properties: { spec: { type: "object", properties: { a: text } } },
    "x-kubernetes-validations": [
      { rule: "self.metadata.name == self.spec.a && self.kind != self.apiVersion && self.metadata.generateName == ''" },
      { rule: "self.metadata.labels.size() == 0" },
    ],
  }),
];

const UPDATES: readonly CrdCase[] = [
  {
    why: "scope and kind stay once established",
    before: crdWith({}),
    crd: crdWith({ spec: { scope: "Cluster" }, names: { kind: "Other" } }),
  },
  {
    why: "group and plural stay",
    before: crdWith({}),
    crd: crdWith({ spec: { group: "other.example.com" }, names: { plural: "others" } }),
  },
  { why: "stored versions stay", before: crdWith({}), crd: crdWith({ versions: [version("v2", { storage: true })] }) },
  {
    why: "another version may be stored",
    before: crdWith({}),
    crd: crdWith({ versions: [version("v1"), version("v2", { storage: true })] }),
  },
  {
    why: "a field may come",
    before: crdWith({}),
    crd: crdWith({ schema: { type: "object", properties: { spec: { type: "object", properties: { a: text, b: int } } } } }),
  },
  { why: "a schema must stay structural", before: crdWith({}), crd: crdWith({ schema: { type: "object", properties: { spec: {} } } }) },
];

/** All cases of CRDs. */
export const CRD_CASES: readonly CrdCase[] = [...NAMES, ...VERSIONS, ...CONVERSIONS, ...STRUCTURE, ...DEFAULTS, ...RULES, ...UPDATES];
