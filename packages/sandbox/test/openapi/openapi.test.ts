import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { builtinSchema, type OpenapiResource, openapiV2, openapiV3Group, openapiV3Index } from "../../src/openapi/index.ts";
import { isJsonObject, type JsonObject, memberOf } from "../../src/patch/index.ts";

const at = (value: unknown, ...keys: readonly string[]): unknown => keys.reduce(memberOf, value);

const deployment: OpenapiResource = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  resourceScope: "Namespaced",
  hasStatus: true,
  hasScale: true,
};
const namespace: OpenapiResource = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  resourceScope: "Cluster",
  hasStatus: true,
};
const crd: OpenapiResource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  resourceScope: "Cluster",
};
const widget: OpenapiResource = {
  group: "shop.example.com",
  version: "v1beta1",
  kind: "Widget",
  plural: "widgets",
  resourceScope: "Namespaced",
  schema: {
    description: "A thing to sell.",
    type: "object",
    properties: {
      metadata: { type: "object" },
      spec: {
        type: "object",
        properties: {
          size: { description: "How big.", type: "integer", nullable: true },
          any: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
          nullable: { type: "boolean", default: true },
          template: { type: "object", default: { nullable: true, anyOf: [] } },
        },
      },
    },
  },
};
const ALL = [deployment, namespace, crd, widget];

describe("builtinSchema", () => {
  const service = builtinSchema("", "Service");
  const podSpec = at(builtinSchema("apps", "Deployment"), "properties", "spec", "properties", "template", "properties", "spec");
  for (const { why, value, expected } of [
    {
      why: "ports are told apart by port and protocol",
      value: at(service, "properties", "spec", "properties", "ports", "x-kubernetes-list-map-keys"),
      expected: ["port", "protocol"],
    },
    {
      why: "but a patch merges them by port",
      value: at(service, "properties", "spec", "properties", "ports", "x-kubernetes-patch-merge-key"),
      expected: "port",
    },
    {
      why: "the protocol has a default",
      value: at(service, "properties", "spec", "properties", "ports", "items", "properties", "protocol", "default"),
      expected: "TCP",
    },
    {
      why: "a selector of a service is one",
      value: at(service, "properties", "spec", "properties", "selector", "x-kubernetes-map-type"),
      expected: "atomic",
    },
    {
      why: "a label selector is one, by its type",
      value: at(builtinSchema("apps", "ReplicaSet"), "properties", "spec", "properties", "selector", "x-kubernetes-map-type"),
      expected: "atomic",
    },
    {
      why: "containers are merged by name",
      value: at(podSpec, "properties", "containers", "x-kubernetes-list-map-keys"),
      expected: ["name"],
    },
    {
      why: "arguments are one list",
      value: at(podSpec, "properties", "containers", "items", "properties", "args", "x-kubernetes-list-type"),
      expected: "atomic",
    },
    {
      why: "volumes keep only the keys of the patch",
      value: at(podSpec, "properties", "volumes", "x-kubernetes-patch-strategy"),
      expected: "merge,retainKeys",
    },
    {
      why: "finalizers are a set",
      value: at(service, "properties", "metadata", "properties", "finalizers", "x-kubernetes-list-type"),
      expected: "set",
    },
    {
      why: "owners are told apart by uid",
      value: at(service, "properties", "metadata", "properties", "ownerReferences", "x-kubernetes-list-map-keys"),
      expected: ["uid"],
    },
    {
      why: "data of a config map has any keys",
      value: at(builtinSchema("", "ConfigMap"), "properties", "data", "additionalProperties", "type"),
      expected: "string",
    },
    { why: "a kind of another group is another kind", value: builtinSchema("example.com", "Service"), expected: undefined },
  ]) {
    test(why, () => assert.deepEqual(value, expected));
  }

  test("a schema of a schema contains itself, and knows its own JSON", () => {
    const props = at(
      builtinSchema("apiextensions.k8s.io", "CustomResourceDefinition"),
      "properties",
      "spec",
      "properties",
      "versions",
      "items",
      "properties",
      "schema",
      "properties",
      "openAPIV3Schema",
    );
    assert.equal(at(props, "properties", "not", "properties"), at(props, "properties"));
    assert.deepEqual(at(props, "properties", "items"), { "x-kubernetes-preserve-unknown-fields": true });
    assert.equal(at(props, "properties", "x-kubernetes-list-type", "type"), "string");
  });
});

/** Every reference in a document. */
function* referencesIn(value: unknown): Generator<string, void, undefined> {
  for (const [key, member] of isJsonObject(value) || Array.isArray(value) ? Object.entries(value) : []) {
    if (key === "$ref" && typeof member === "string") yield member;
    else yield* referencesIn(member);
  }
}

/** The names of members that documents have as data look like references, too: those of JSONSchemaProps. */
function danglingIn(document: JsonObject): readonly string[] {
  const isThere = (reference: string): boolean =>
    at(
      document,
      ...reference
        .slice(2)
        .split("/")
        .map((key) => key),
    ) !== undefined;
  return [...new Set(referencesIn(document))].filter((reference) => !isThere(reference));
}

describe("openapiV3Group", () => {
  for (const { group, version, name } of [
    { group: "apps", version: "v1", name: "io.k8s.api.apps.v1.Deployment" },
    { group: "", version: "v1", name: "io.k8s.api.core.v1.Namespace" },
    {
      group: "apiextensions.k8s.io",
      version: "v1",
      name: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
    },
    { group: "shop.example.com", version: "v1beta1", name: "com.example.shop.v1beta1.Widget" },
  ]) {
    test(`the document of ${group}/${version} is whole: it has ${name}, and all that it refers to`, () => {
      const document = openapiV3Group(ALL, group, version);
      assert.ok(document !== undefined);
      assert.equal(at(document, "components", "schemas", name, "type"), "object");
      assert.deepEqual(danglingIn(document), []);
      assert.equal(JSON.stringify(document).includes("x-polykind"), false, "what only we know stays with us");
    });
  }

  test("there is no document where nothing is served", () => assert.equal(openapiV3Group(ALL, "apps", "v2"), undefined));

  test("a kind is found by its group, version and kind", () => {
    const schemas = at(openapiV3Group(ALL, "shop.example.com", "v1beta1"), "components", "schemas");
    const gvk = { group: "shop.example.com", version: "v1beta1", kind: "Widget" };
    assert.deepEqual(at(schemas, "com.example.shop.v1beta1.Widget", "x-kubernetes-group-version-kind"), [gvk]);
    assert.deepEqual(at(schemas, "com.example.shop.v1beta1.WidgetList", "x-kubernetes-group-version-kind"), [
      { ...gvk, kind: "WidgetList" },
    ]);
  });

  test("a custom resource is described by its CRD, its metadata as every object's", () => {
    const schema = at(openapiV3Group(ALL, "shop.example.com", "v1beta1"), "components", "schemas", "com.example.shop.v1beta1.Widget");
    assert.equal(at(schema, "properties", "spec", "properties", "size", "description"), "How big.");
    assert.equal(
      JSON.stringify(at(schema, "properties", "metadata")).includes("#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"),
      true,
    );
  });

  test("the paths tell the kind of each verb, and that writes can be dry and strict", () => {
    const paths = at(openapiV3Group(ALL, "apps", "v1"), "paths");
    assert.deepEqual(Object.keys(paths as object), [
      "/apis/apps/v1/deployments",
      "/apis/apps/v1/namespaces/{namespace}/deployments",
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/status",
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale",
    ]);
    const patch = at(paths, "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch");
    assert.deepEqual(at(patch, "x-kubernetes-group-version-kind"), { group: "apps", version: "v1", kind: "Deployment" });
    const names = (at(patch, "parameters") as readonly { readonly name: string }[]).map(({ name }) => name); // So a parameter is.
    assert.deepEqual(names, ["dryRun", "fieldManager", "fieldValidation", "force"]);
    assert.equal(Object.keys(at(patch, "requestBody", "content") as object).includes("application/strategic-merge-patch+json"), true);
  });

  test("custom resources take no strategic patches, and say so", () => {
    const paths = at(openapiV3Group(ALL, "shop.example.com", "v1beta1"), "paths");
    const patch = at(paths, "/apis/shop.example.com/v1beta1/namespaces/{namespace}/widgets/{name}", "patch");
    assert.deepEqual(Object.keys(at(patch, "requestBody", "content") as object), [
      "application/apply-patch+yaml",
      "application/json-patch+json",
      "application/merge-patch+json",
    ]);
  });

  test("kinds without namespaces have no namespace in their paths", () => {
    assert.deepEqual(Object.keys(at(openapiV3Group(ALL, "", "v1"), "paths") as object), [
      "/api/v1/namespaces",
      "/api/v1/namespaces/{name}",
      "/api/v1/namespaces/{name}/status",
    ]);
  });
});

describe("openapiV3Index", () => {
  const urlOf = (resources: readonly OpenapiResource[], path: string): unknown =>
    at(openapiV3Index(resources), "paths", path, "serverRelativeURL");

  test("every group and version has its document", () => {
    assert.deepEqual(Object.keys(at(openapiV3Index(ALL), "paths") as object), [
      "api/v1",
      "apis/apiextensions.k8s.io/v1",
      "apis/apps/v1",
      "apis/shop.example.com/v1beta1",
    ]);
    assert.match(String(urlOf(ALL, "apis/apps/v1")), /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
  });

  test("the hash changes with a schema or its revision, and only then", () => {
    const path = "apis/shop.example.com/v1beta1";
    const before = urlOf(ALL, path);
    assert.equal(urlOf([{ ...widget, schema: structuredClone(widget.schema) }], path), before);
    assert.notEqual(urlOf([{ ...widget, schema: { type: "object" } }], path), before);
    assert.notEqual(urlOf([{ ...widget, revision: "1" }], path), urlOf([{ ...widget, revision: "2" }], path));
  });
});

describe("openapiV2", () => {
  const document = openapiV2(ALL);

  test("is one document of all kinds, and whole", () => {
    assert.equal(at(document, "swagger"), "2.0");
    assert.deepEqual(danglingIn(document), []);
    assert.equal(Object.keys(at(document, "definitions") as object).includes("com.example.shop.v1beta1.Widget"), true);
  });

  test("says nothing that v2 does not know, but leaves names and defaults alone", () => {
    const spec = at(document, "definitions", "com.example.shop.v1beta1.Widget", "properties", "spec", "properties");
    assert.deepEqual(spec, {
      size: { description: "How big.", type: "integer" },
      any: { "x-kubernetes-int-or-string": true },
      nullable: { type: "boolean", default: true },
      template: { type: "object", default: { nullable: true, anyOf: [] } },
    });
  });
});
