import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type MetaOptions, readMeta, validateMeta } from "../../src/schema/index.ts";

const CREATE: MetaOptions = { isNamespaced: true, isCreate: true };

describe("validateMeta", () => {
  for (const { why, meta, options = CREATE, fields } of [
    {
      why: "what is right has no errors",
      meta: { name: "a.b-c", namespace: "ns", labels: { "x.y/z": "" }, finalizers: ["a.b/c"] },
      fields: [],
    },
    { why: "a name is needed", meta: { namespace: "ns" }, fields: ["metadata.name"] },
    { why: "a name is a subdomain", meta: { name: "A", namespace: "ns" }, fields: ["metadata.name"] },
    { why: "a name is at most 253 bytes", meta: { name: "a".repeat(254), namespace: "ns" }, fields: ["metadata.name"] },
    {
      why: "a label has no dots",
      meta: { name: "a.b", namespace: "ns" },
      options: { ...CREATE, nameRule: "label" },
      fields: ["metadata.name"],
    },
    {
      why: "a name that is a segment may have capitals",
      meta: { name: "A:b", namespace: "ns" },
      options: { ...CREATE, nameRule: "pathSegment" },
      fields: [],
    },
    {
      why: "a segment is not ..",
      meta: { name: "..", namespace: "ns" },
      options: { ...CREATE, nameRule: "pathSegment" },
      fields: ["metadata.name"],
    },
    { why: "a dash may end what a suffix is added to", meta: { name: "a", generateName: "a-", namespace: "ns" }, fields: [] },
    {
      why: "a generated name begins rightly",
      meta: { name: "a", generateName: "AB-", namespace: "ns" },
      fields: ["metadata.generateName"],
    },
    { why: "a namespace is needed", meta: { name: "a" }, fields: ["metadata.namespace"] },
    { why: "a namespace is a label", meta: { name: "a", namespace: "a.b" }, fields: ["metadata.namespace"] },
    {
      why: "what has no namespace must not name one",
      meta: { name: "a", namespace: "b" },
      options: { isNamespaced: false, isCreate: true },
      fields: ["metadata.namespace"],
    },
    {
      why: "labels have keys and values",
      meta: { name: "a", namespace: "b", labels: { "a b": "c d" } },
      fields: ["metadata.labels", "metadata.labels"],
    },
    {
      why: "keys of annotations may have capitals before the slash",
      meta: { name: "a", namespace: "b", annotations: { "A.b/c": " " } },
      fields: [],
    },
    {
      why: "annotations are at most 256 KiB",
      meta: { name: "a", namespace: "b", annotations: { a: "x".repeat(256 * 1024) } },
      fields: ["metadata.annotations"],
    },
    {
      why: "finalizers are qualified names",
      meta: { name: "a", namespace: "b", finalizers: ["a/b/c", ""] },
      fields: ["metadata.finalizers", "metadata.finalizers", "metadata.finalizers"],
    },
    {
      why: "two ways of deletion exclude each other",
      meta: { name: "a", namespace: "b", finalizers: ["orphan", "foregroundDeletion"] },
      fields: ["metadata.finalizers"],
    },
    {
      why: "owners are complete",
      meta: { name: "a", namespace: "b", ownerReferences: [{}] },
      fields: ["apiVersion", "kind", "name", "uid"].map((field) => `metadata.ownerReferences.${field}`),
    },
    {
      why: "events own nothing",
      meta: { name: "a", namespace: "b", ownerReferences: [{ apiVersion: "v1", kind: "Event", name: "x", uid: "y" }] },
      fields: ["metadata.ownerReferences"],
    },
    {
      why: "an update does not look at the name",
      meta: { name: "A", finalizers: ["a b"] },
      options: { isNamespaced: true, isCreate: false },
      fields: [],
    },
    {
      why: "entries of managed fields have operations",
      meta: { name: "a", namespace: "b", managedFields: [{ operation: "Do", fieldsType: "X" }] },
      fields: ["metadata.managedFields[0].operation", "metadata.managedFields[0].fieldsType"],
    },
  ] as readonly { why: string; meta: object; options?: MetaOptions; fields: readonly string[] }[]) {
    test(why, () => {
      assert.deepEqual(
        validateMeta(meta, options).map(({ field }) => field),
        fields,
      );
    });
  }

  test("two controllers are named, with the owners in the order of their type", () => {
    const owner = { uid: "u", name: "x", kind: "K", apiVersion: "v1", controller: true };
    const [error] = validateMeta({ name: "a", namespace: "b", ownerReferences: [owner, { ...owner, name: "y" }] }, CREATE);
    assert.match(error?.message ?? "", /^Invalid value: \[\{"apiVersion":"v1","kind":"K","name":"x","uid":"u","controller":true\},/);
    assert.match(error?.message ?? "", /references for K\/x and K\/y$/);
  });
});

describe("readMeta", () => {
  for (const { why, given, read } of [
    {
      why: "empty and unknown fields are dropped",
      given: { name: "a", labels: {}, finalizers: [], generation: 0, foo: 1 },
      read: { metadata: { name: "a" }, unknown: ["foo"] },
    },
    { why: "null is absent", given: { name: null, labels: { a: null } }, read: { metadata: { labels: { a: "" } }, unknown: [] } },
    {
      why: "times are written in UTC without fractions",
      given: { creationTimestamp: "2024-01-01T01:00:00.5+01:00" },
      read: { metadata: { creationTimestamp: "2024-01-01T00:00:00Z" }, unknown: [] },
    },
    {
      why: "owners keep what they must have",
      given: { ownerReferences: [{ name: "x", controller: false, y: 1 }] },
      read: {
        metadata: { ownerReferences: [{ apiVersion: "", kind: "", name: "x", uid: "", controller: false }] },
        unknown: ["ownerReferences[0].y"],
      },
    },
    { why: "absent metadata is empty", given: undefined, read: { metadata: {}, unknown: [] } },
  ]) {
    test(why, () => assert.deepEqual(readMeta(given), read));
  }

  for (const { why, given, problem } of [
    {
      why: "a label is a text",
      given: { labels: { a: 1 } },
      problem: "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
    },
    {
      why: "finalizers are a list",
      given: { finalizers: "a" },
      problem: "json: cannot unmarshal string into Go struct field ObjectMeta.finalizers of type []string",
    },
    { why: "metadata is an object", given: [], problem: "json: cannot unmarshal array into Go value of type v1.ObjectMeta" },
    {
      why: "a time is a time",
      given: { creationTimestamp: "x" },
      problem: 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    },
  ]) {
    test(`${why}, or nothing can be read`, () => assert.deepEqual(readMeta(given), { problem }));
  }
});
