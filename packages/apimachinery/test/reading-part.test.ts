import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeCrd, withoutSchemas, type CustomResourceDefinition } from "@polykind/apimachinery";
import { readingPartOf } from "../src/reading-part.ts";

const schema = {
  type: "object",
  description: "A session.",
  properties: {
    description: { type: "string", description: "What it is for.", maxLength: 9 },
    spec: { type: "object", required: ["ttl"], properties: { ttl: { type: "integer", minimum: 1, default: 5 } } },
    list: { type: "array", items: { type: "object", title: "x", properties: { a: { type: "string", pattern: "a" } } } },
  },
  "x-kubernetes-validations": [{ rule: "true" }],
};

const crdOf = (openAPIV3Schema: object): CustomResourceDefinition => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "sessions.demo.example.com", uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: {
    group: "demo.example.com",
    scope: "Namespaced",
    names: { plural: "sessions", kind: "Session" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
  },
});
const bodyHashOf = (openAPIV3Schema: object): string | undefined => describeCrd(crdOf(openAPIV3Schema)).versions[0]?.bodyHash;
/** The schema with `change` made somewhere in its text. */
const edited = (from: string, to: string): object => {
  const text = JSON.stringify(schema);
  assert.ok(text.includes(from), from);
  return JSON.parse(text.replace(from, to)) as object; // A schema again.
};

describe("the part of a schema by which objects read", () => {
  for (const { why, from, to } of [
    { why: "leaves out descriptions", from: "A session.", to: "Another." },
    { why: "leaves out descriptions of a field that is called so", from: "What it is for.", to: "Another." },
    { why: "leaves out limits", from: '"maxLength":9', to: '"maxLength":10' },
    { why: "leaves out rules", from: '"rule":"true"', to: '"rule":"false"' },
    { why: "leaves out which fields must be there", from: '["ttl"]', to: "[]" },
    { why: "leaves out the like in items", from: '"pattern":"a"', to: '"pattern":"b"' },
  ])
    test(why, () => assert.equal(bodyHashOf(edited(from, to)), bodyHashOf(schema)));

  for (const { why, from, to } of [
    { why: "has defaults", from: '"default":5', to: '"default":6' },
    { why: "has types", from: '"integer"', to: '"number"' },
    { why: "has fields", from: '"ttl":', to: '"tts":' },
    { why: "has fields that are called like a keyword", from: '"properties":{"description":', to: '"properties":{"title":' },
    { why: "has what is preserved", from: '"type":"array"', to: '"x-kubernetes-preserve-unknown-fields":true,"type":"array"' },
    { why: "has what may be null", from: '"type":"integer"', to: '"nullable":true,"type":"integer"' },
    { why: "has keywords that nobody knows", from: '"type":"array"', to: '"x-new":1,"type":"array"' },
  ])
    test(why, () => assert.notEqual(bodyHashOf(edited(from, to)), bodyHashOf(schema)));

  test("keeps a default whose fields are called like keywords", () => {
    const part = { default: { description: "x", enum: ["a"] }, type: "object" };
    assert.deepEqual(readingPartOf(part), part);
  });

  test("is known of a CRD without its schemas, too", () => {
    const [whole, cut] = [crdOf(schema), withoutSchemas(crdOf(schema))];
    assert.deepEqual(describeCrd(cut), describeCrd(whole));
    assert.deepEqual(describeCrd(withoutSchemas(cut)), describeCrd(whole));
  });
});
