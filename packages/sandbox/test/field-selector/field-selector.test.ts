import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  builtinSelectableFields,
  customSelectableFields,
  FieldSelectorError,
  matchesFields,
  parseFieldSelector,
  requireSupported,
} from "../../src/field-selector/index.ts";

const shirt = {
  apiVersion: "t.example.com/v1",
  kind: "Shirt",
  metadata: { name: "a", namespace: "shop" },
  spec: { color: "r,e=d\\", size: 1, isNew: false, tags: [] },
};
const SHIRT_FIELDS = ["spec.color", "spec.size", "spec.isNew", "spec.none", "spec.tags"];

describe("parseFieldSelector", () => {
  for (const { why, text, expected } of [
    { why: "nothing selects everything", text: "", expected: [] },
    { why: "empty parts are nothing", text: ",a=1,,", expected: [{ field: "a", operator: "=", value: "1" }] },
    { why: "one and two equals signs are the same", text: "a==1", expected: [{ field: "a", operator: "=", value: "1" }] },
    { why: "a value may be empty", text: "a!=", expected: [{ field: "a", operator: "!=", value: "" }] },
    { why: "the first operator counts", text: "a=!b", expected: [{ field: "a", operator: "=", value: "!b" }] },
    {
      why: "what is escaped belongs to the value",
      text: "a=r\\,e\\=d\\\\,b=2",
      expected: [
        { field: "a", operator: "=", value: "r,e=d\\" },
        { field: "b", operator: "=", value: "2" },
      ],
    },
    { why: "spaces are data", text: " a = b ", expected: [{ field: " a ", operator: "=", value: " b " }] },
  ]) {
    test(why, () => assert.deepEqual(parseFieldSelector(text), expected));
  }

  for (const { text, message } of [
    { text: "foo", message: "invalid selector: 'foo'; can't understand 'foo'" },
    { text: "metadata.name=a,b", message: "invalid selector: 'metadata.name=a,b'; can't understand 'b'" },
    { text: "a=\\b", message: "invalid field selector: invalid escape sequence: \\b" },
    { text: "a=b\\", message: "invalid field selector: invalid escape sequence: \\" },
    { text: "a=b=c", message: "invalid field selector: unescaped character in value: 61" },
  ]) {
    test(`"${text}" is refused in the server's words`, () =>
      assert.throws(() => parseFieldSelector(text), { name: "FieldSelectorError", httpStatus: 400, message }));
  }
});

describe("matchesFields", () => {
  for (const { text, expected } of [
    { text: "", expected: true },
    { text: "metadata.name=a", expected: true },
    { text: "metadata.name=a,metadata.namespace!=shop", expected: false },
    { text: "spec.color=r\\,e\\=d\\\\", expected: true },
    { text: "spec.size=1", expected: true },
    { text: "spec.size!=1", expected: false },
    { text: "spec.isNew=false", expected: true },
    { text: "spec.isNew=", expected: false },
    { text: "spec.none=", expected: true },
    { text: "spec.none!=x", expected: true },
    { text: "spec.tags=", expected: true },
  ]) {
    test(`"${text}" ${expected ? "selects" : "does not select"} the shirt`, () =>
      assert.equal(matchesFields(parseFieldSelector(text), shirt, SHIRT_FIELDS), expected));
  }

  test("a field that is not supported is refused, even when no object is there", () => {
    const selector = parseFieldSelector("metadata.uid=1");
    const expected = { name: "FieldSelectorError", message: "field label not supported: metadata.uid" };
    assert.throws(() => matchesFields(selector, shirt), expected);
    assert.throws(() => requireSupported(selector), expected);
    assert.throws(() => requireSupported(selector), FieldSelectorError);
  });

  test("names of what every object inherits are no fields of it", () => {
    assert.equal(matchesFields(parseFieldSelector("constructor.name=Object"), shirt, ["constructor.name"]), false);
  });

  for (const { apiVersion, kind, text, content } of [
    {
      apiVersion: "v1",
      kind: "Pod",
      text: "spec.nodeName=n1,status.phase=Running,spec.hostNetwork=false",
      content: { spec: { nodeName: "n1" }, status: { phase: "Running" } },
    },
    { apiVersion: "batch/v1", kind: "Job", text: "status.successful=0", content: {} },
    { apiVersion: "batch/v1", kind: "Job", text: "status.successful=2", content: { status: { succeeded: 2 } } },
    {
      apiVersion: "v1",
      kind: "Event",
      text: "source=kubelet,involvedObject.name=x",
      content: { source: { component: "kubelet" }, involvedObject: { name: "x" } },
    },
    { apiVersion: "v1", kind: "Namespace", text: "name=a", content: {} },
  ]) {
    test(`a ${kind} is selected by "${text}"`, () => {
      const object = { apiVersion, kind, metadata: { name: "a" }, ...content };
      assert.equal(matchesFields(parseFieldSelector(text), object, builtinSelectableFields(apiVersion, kind)), true);
    });
  }

  test("a CRD writes its fields with a leading dot, selectors without", () => {
    assert.deepEqual(customSelectableFields({ selectableFields: [{ jsonPath: ".spec.color" }] }), ["spec.color"]);
    assert.deepEqual(customSelectableFields({}), []);
  });
});
