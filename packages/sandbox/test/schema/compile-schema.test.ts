import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileSchema, type FieldError } from "../../src/schema/index.ts";

const PRUNING = { preserveUnknownFields: false };

describe("compileSchema", () => {
  test("without a schema nothing is wrong, and all but metadata is unknown", () => {
    const schema = compileSchema(undefined, PRUNING);
    const object = { apiVersion: "a/v1", kind: "A", metadata: { name: "x" }, spec: {} };
    assert.deepEqual(schema.validate(object), []);
    assert.deepEqual(schema.prune(object), ["spec"]);
    assert.deepEqual(object, { apiVersion: "a/v1", kind: "A", metadata: { name: "x" } });
  });

  test("where unknown fields are preserved as a whole, nothing is pruned", () => {
    const object = { spec: { a: null } };
    assert.deepEqual(compileSchema({ type: "object" }, { preserveUnknownFields: true }).prune(object), []);
    assert.deepEqual(object, { spec: { a: null } });
  });

  test("unknown fields of metadata are named with those of the object", () => {
    const schema = compileSchema({ type: "object" }, PRUNING);
    assert.deepEqual(schema.prune({ metadata: { name: "a", x: 1 }, y: 1 }), ["y", "metadata.x"]);
  });

  test("what cannot be read is told without a change", () => {
    const schema = compileSchema({ type: "object" }, PRUNING);
    const object = { metadata: { labels: [], foo: 1 } };
    assert.match(schema.unreadable(object) ?? "", /^json: cannot unmarshal array/);
    assert.deepEqual(object, { metadata: { labels: [], foo: 1 } });
  });

  test("defaults are copies: what one object does to them no other sees", () => {
    const schema = compileSchema(
      { type: "object", properties: { a: { type: "array", items: { type: "string" }, default: ["x"] } } },
      PRUNING,
    );
    const [one, two]: { a?: string[] }[] = [{}, {}];
    schema.setDefaults(one ?? {});
    one?.a?.push("y");
    schema.setDefaults(two ?? {});
    assert.deepEqual(two, { a: ["x"] });
  });

  test("fields named like members of every object are fields like others", () => {
    const schema = compileSchema({ type: "object", properties: { constructor: { type: "string" } } }, PRUNING);
    const object: object = JSON.parse('{"constructor":"a","toString":1,"__proto__":{"x":1}}') as object; // An object.
    assert.deepEqual([...schema.prune(object)].sort(), ["__proto__", "toString"]);
    assert.deepEqual(schema.validate(object), []);
  });

  test("rules are not evaluated where something else found the shape wrong", () => {
    const schema = compileSchema({ type: "object", "x-kubernetes-validations": [{ rule: "false" }] }, PRUNING);
    const other: FieldError = { reason: "FieldValueRequired", field: "metadata.name", message: "Required value" };
    assert.match(schema.validate({}, undefined, { others: [other] })[0]?.message ?? "", /some validation rules were not checked/);
    assert.match(schema.validate({})[0]?.message ?? "", /failed rule: false$/);
  });

  test("a rule that does not compile is an error for every object, not a silent pass", () => {
    const schema = compileSchema({ type: "object", "x-kubernetes-validations": [{ rule: "self.none == 1" }] }, PRUNING);
    const [error] = schema.validate({});
    assert.equal(error?.reason, "FieldValueInvalid");
    assert.match(error?.message ?? "", /rule compile error: compilation failed: ERROR: <input>:1:5: undefined field 'none'/);
  });

  test("a pattern that is none refuses every text", () => {
    const schema = compileSchema({ type: "object", properties: { a: { type: "string", pattern: "(" } } }, PRUNING);
    assert.match(schema.validate({ a: "x" })[0]?.message ?? "", /pattern is invalid/);
  });

  test("a pattern that would take an engine with backtracking for ever takes no time", { timeout: 5_000 }, () => {
    const schema = compileSchema({ type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } }, PRUNING);
    assert.equal(schema.validate({ a: `${"a".repeat(50_000)}!` }).length, 1);
  });
});
