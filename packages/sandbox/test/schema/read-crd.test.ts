import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultCrd, readCrd, structuralErrors, validateCrd } from "../../src/schema/index.ts";
import type { JsonObject } from "../../src/patch/index.ts";
import { crdWith } from "./crd-cases.ts";

describe("readCrd", () => {
  test("unknown fields are dropped, and named down to the schema", () => {
    const read = readCrd(crdWith({ spec: { foo: 1 }, schema: { type: "object", properties: { a: { type: "string", bar: 1 } } } }));
    assert.ok("crd" in read);
    assert.deepEqual(read.unknown, ["spec.foo", "spec.versions[0].schema.openAPIV3Schema.properties.a.bar"]);
  });

  test("what is empty is dropped, but for what is required or a pointer", () => {
    const read = readCrd(
      crdWith({
        version: { deprecated: false, additionalPrinterColumns: [], subresources: { status: {} } },
        schema: { type: "object", properties: { a: { type: "string", default: "", enum: [], maxLength: 0 } } },
      }),
    );
    assert.ok("crd" in read);
    const { versions } = read.crd["spec"] as { readonly versions: readonly JsonObject[] }; // A CRD has versions.
    const schema = { type: "object", properties: { a: { type: "string", default: "", maxLength: 0 } } };
    assert.deepEqual(versions, [
      { name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } },
    ]);
  });

  for (const { why, crd, problem } of [
    {
      why: "versions are a list",
      crd: { spec: { versions: {} } },
      problem:
        "json: cannot unmarshal object into Go struct field CustomResourceDefinitionSpec.spec.versions of type []v1.CustomResourceDefinitionVersion",
    },
    {
      why: "a truth value is none of text",
      crd: { spec: { versions: [{ served: "yes" }] } },
      problem: "json: cannot unmarshal string into Go struct field CustomResourceDefinitionVersion.spec.versions.served of type bool",
    },
    {
      why: "additionalProperties are a schema or a truth value",
      crd: crdWith({ schema: { additionalProperties: 1 } }),
      problem: "boolean or JSON schema expected",
    },
  ]) {
    test(`${why}, or nothing can be read`, () => assert.deepEqual(readCrd(crd), { problem }));
  }
});

describe("defaultCrd", () => {
  test("names follow from the kind, and what is there stays", () => {
    const crd: JsonObject = { spec: { names: { kind: "FooBar", singular: "own" } } };
    defaultCrd(crd);
    assert.deepEqual(crd, {
      spec: { names: { kind: "FooBar", singular: "own", listKind: "FooBarList" }, conversion: { strategy: "None" } },
    });
  });
  test("a status gets the stored version as its first", () => {
    const crd: JsonObject = { spec: { versions: [{ name: "v1" }, { name: "v2", storage: true }] }, status: {} };
    defaultCrd(crd);
    assert.deepEqual(crd["status"], { storedVersions: ["v2"] });
  });
  test("what is no CRD is left alone", () => {
    const object = {};
    defaultCrd(object);
    assert.deepEqual(object, {});
  });
});

describe("structuralErrors", () => {
  test("each version is named by its place", () => {
    const crd = crdWith({
      versions: [
        { name: "v1", schema: { openAPIV3Schema: { type: "object" } } },
        { name: "v2", schema: { openAPIV3Schema: { properties: { a: {} } } } },
      ],
    });
    const path = "spec.versions[1].schema.openAPIV3Schema";
    assert.deepEqual(
      structuralErrors(crd).map(({ field }) => field),
      [`${path}.properties[a].type`, `${path}.type`],
    );
  });
  test("what every version preserves as a whole is named too", () => {
    assert.deepEqual(
      structuralErrors(crdWith({ spec: { preserveUnknownFields: true } })).map(({ field }) => field),
      ["spec.preserveUnknownFields"],
    );
  });
});

describe("validateCrd", () => {
  test("what an older CRD was let get away with is not asked of the next", () => {
    const set = (items: JsonObject): JsonObject =>
      crdWith({ schema: { type: "object", properties: { a: { type: "array", "x-kubernetes-list-type": "set", items } } } });
    const old = { type: "object" };
    const [before, now] = [set(old), { ...set(old), status: { storedVersions: ["v1"] } }];
    defaultCrd(before);
    defaultCrd(now);
    assert.deepEqual(validateCrd(now, before), []);
    assert.ok(validateCrd(before).length > 0);
  });
  test("scope and kind may change before a CRD is established", () => {
    const now = { ...crdWith({ spec: { scope: "Cluster" }, names: { kind: "Other" } }), status: { storedVersions: ["v1"] } };
    const named = (crd: JsonObject): JsonObject => {
      defaultCrd(crd);
      return crd;
    };
    assert.deepEqual(validateCrd(named(now), named(crdWith({}))), []);
  });
});
