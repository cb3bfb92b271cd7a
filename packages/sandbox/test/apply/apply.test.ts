import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { freezeDeep } from "@polykind/apimachinery";
import { ApplyError, applyConfiguration, type ManagedFieldsEntry, trackManagers, type WriteContext } from "../../src/apply/index.ts";
import { builtinSchema } from "../../src/openapi/index.ts";
import { memberOf } from "../../src/patch/index.ts";

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        size: { type: "integer" },
        color: { type: "string" },
        tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["port", "protocol"],
          items: {
            type: "object",
            properties: { port: { type: "integer" }, protocol: { type: "string", default: "TCP" }, name: { type: "string" } },
          },
        },
        byName: { type: "object", additionalProperties: { type: "string" } },
      },
    },
    status: { type: "object", properties: { ready: { type: "boolean" } } },
  },
};

const at = (second: number): string => new Date(second * 1000).toISOString().replace(".000", "");
const by = (manager: string, second: number, more: Partial<WriteContext> = {}): WriteContext => ({
  manager,
  schema,
  at: at(second),
  apiVersion: "e.com/v1",
  ...more,
});
const thing = (spec: object, metadata: object = {}): object => ({
  apiVersion: "e.com/v1",
  kind: "Thing",
  metadata: { name: "a", ...metadata },
  spec,
});

function entriesOf(object: object | undefined): readonly ManagedFieldsEntry[] {
  return (memberOf(memberOf(object, "metadata"), "managedFields") ?? []) as readonly ManagedFieldsEntry[]; // Written by what is tested.
}

/** Who owns what since when, in one line each. */
function owners(object: object | undefined): readonly string[] {
  return entriesOf(object).map(({ manager, operation, time, fieldsV1, subresource }) =>
    [
      operation,
      manager,
      ...(subresource === undefined ? [] : [subresource]),
      time === undefined ? "-" : Date.parse(time) / 1000,
      JSON.stringify(fieldsV1),
    ].join(" "),
  );
}

function applied(live: object | undefined, spec: object, context: WriteContext, force = false): object {
  const { object, conflicts } = applyConfiguration({ ...context, live, applied: thing(spec), force });
  assert.ok(object !== undefined, JSON.stringify(conflicts));
  return object;
}

describe("trackManagers", () => {
  const created = trackManagers({ ...by("curl", 1), after: thing({ size: 1, color: "red" }) });

  test("who creates an object owns all that is in it, but not what the server decides about", () => {
    const after = thing(
      { size: 1 },
      { uid: "u", resourceVersion: "7", generation: 1, creationTimestamp: at(0), namespace: "n", labels: { l: "1" } },
    );
    assert.deepEqual(owners(trackManagers({ ...by("curl", 1), after })), [
      'Update curl 1 {"f:metadata":{"f:labels":{".":{},"f:l":{}}},"f:spec":{".":{},"f:size":{}}}',
    ]);
  });

  test("who changes a field takes it, who sets it to what it is does not", () => {
    const changed = trackManagers({ ...by("edit", 2), before: created, after: thing({ size: 2, color: "red" }) });
    assert.deepEqual(owners(changed), ['Update curl 1 {"f:spec":{".":{},"f:color":{}}}', 'Update edit 2 {"f:spec":{"f:size":{}}}']);
  });

  test("who owns nothing any more is gone, and so are its entries", () => {
    const removed = trackManagers({
      ...by("edit", 2),
      before: created,
      after: { apiVersion: "e.com/v1", kind: "Thing", metadata: { name: "a" } },
    });
    assert.deepEqual(owners(removed), []);
    assert.equal(memberOf(memberOf(removed, "metadata"), "managedFields"), undefined);
  });

  test("the time of an entry moves when its owner writes again, others' do not", () => {
    const changed = trackManagers({ ...by("edit", 2), before: created, after: thing({ size: 2, color: "red" }) });
    const again = trackManagers({ ...by("edit", 3), before: changed, after: thing({ size: 3, color: "red" }) });
    assert.deepEqual(
      entriesOf(again).map(({ manager, time }) => [manager, time]),
      [
        ["curl", at(1)],
        ["edit", at(3)],
      ],
    );
  });

  test("a write that changes nothing leaves everything as it was, times too", () => {
    assert.deepEqual(trackManagers({ ...by("curl", 9), before: created, after: thing({ size: 1, color: "red" }) }), created);
  });

  test("a subresource has entries of its own, and only for what it writes", () => {
    const after = { ...thing({ size: 9, color: "red" }), status: { ready: true } };
    assert.deepEqual(owners(trackManagers({ ...by("ctl", 2, { subresource: "status" }), before: created, after })), [
      'Update curl 1 {"f:spec":{".":{},"f:color":{},"f:size":{}}}',
      'Update ctl status 2 {"f:status":{".":{},"f:ready":{}}}',
    ]);
  });

  test("without the subresource, status is a field like any other", () => {
    const after = { ...thing({ size: 1, color: "red" }), status: { ready: true } };
    assert.deepEqual(owners(trackManagers({ ...by("ctl", 2), before: created, after }))[1], undefined);
    assert.equal(
      owners(trackManagers({ ...by("ctl", 2, { resetFields: [] }), before: created, after }))[1],
      'Update ctl 2 {"f:status":{".":{},"f:ready":{}}}',
    );
  });

  test("a client may give its fields away by writing the entries itself", () => {
    const [entry] = entriesOf(created);
    assert.ok(entry !== undefined);
    const handed = { ...thing({ size: 1, color: "red" }), metadata: { name: "a", managedFields: [{ ...entry, manager: "heir" }] } };
    assert.deepEqual(
      entriesOf(trackManagers({ ...by("curl", 2), before: created, after: handed })).map(({ manager }) => manager),
      ["heir"],
    );
  });

  test("entries that are broken are as if they were not sent", () => {
    for (const broken of [
      [{ manager: "x" }],
      [{ manager: "x", operation: "Update", apiVersion: "e.com/v1", fieldsType: "FieldsV1", fieldsV1: { "k:{": {} } }],
      "text",
    ]) {
      const after = { ...thing({ size: 1, color: "red" }), metadata: { name: "a", managedFields: broken } };
      assert.deepEqual(owners(trackManagers({ ...by("curl", 2), before: created, after })), owners(created));
    }
  });

  test("one empty entry makes the server forget, and nothing is tracked until something is applied", () => {
    const forgotten = trackManagers({
      ...by("curl", 2),
      before: created,
      after: { ...thing({ size: 1, color: "red" }), metadata: { name: "a", managedFields: [{}] } },
    });
    const changed = trackManagers({ ...by("curl", 3), before: forgotten, after: thing({ size: 2, color: "red" }) });
    assert.deepEqual([owners(forgotten), owners(changed)], [[], []]);
    assert.deepEqual(
      owners(applied(changed, { size: 2 }, by("m", 4))),
      ['Apply m 4 {"f:spec":{"f:size":{}}}', 'Update before-first-apply 4 {"f:spec":{".":{},"f:color":{},"f:size":{}}}'].map((line) =>
        line.replace("Apply m 4", "Apply m -"),
      ),
    );
  });

  test("of more than ten who wrote, the oldest become one", () => {
    let object = trackManagers({ ...by("m0", 0), after: thing({ byName: { k0: "0" } }) });
    for (let index = 1; index < 13; index += 1) {
      const byName = Object.fromEntries(Array.from({ length: index + 1 }, (_, key) => [`k${key}`, `${key}`]));
      object = trackManagers({ ...by(`m${index}`, index), before: object, after: thing({ byName }) });
    }
    const managers = entriesOf(object).map(({ manager }) => manager);
    assert.deepEqual(managers, ["ancient-changes", ...Array.from({ length: 9 }, (_, index) => `m${index + 4}`)]);
    assert.equal(
      owners(object)[0],
      'Update ancient-changes 3 {"f:spec":{".":{},"f:byName":{".":{},"f:k0":{},"f:k1":{},"f:k2":{},"f:k3":{}}}}',
    );
  });

  test("a manager without a name is unknown", () =>
    assert.equal(entriesOf(trackManagers({ ...by("", 1), after: thing({ size: 1 }) }))[0]?.manager, "unknown"));

  test("of built-in kinds, what is always there is nobody's", () => {
    const context = { manager: "m", apiVersion: "apps/v1", at: at(1), schema: builtinSchema("apps", "Deployment") };
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
    const after = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      spec: { selector: { matchLabels: { a: "b" } }, template },
    };
    const container = 'k:{"name":"c"}';
    assert.deepEqual(entriesOf(trackManagers({ ...context, after }))[0]?.fieldsV1, {
      "f:spec": {
        "f:selector": {},
        "f:template": {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": { "f:containers": { [container]: { ".": {}, "f:image": {}, "f:name": {}, "f:resources": {} } } },
        },
      },
    });
  });
});

describe("applyConfiguration", () => {
  test("the first apply creates the object and owns what it says", () => {
    const object = applied(undefined, { size: 1, tags: ["a"] }, by("m", 1));
    assert.deepEqual(owners(object), ['Apply m 1 {"f:spec":{"f:size":{},"f:tags":{"v:\\"a\\"":{}}}}']);
    assert.deepEqual(memberOf(object, "spec"), { size: 1, tags: ["a"] });
  });

  test("applying the same again gives back what is stored, times too", () => {
    const object = applied(undefined, { size: 1, ports: [{ port: 80 }] }, by("m", 1));
    assert.deepEqual(applied(object, { size: 1, ports: [{ port: 80, protocol: "TCP" }] }, by("m", 2)).constructor, Object);
    assert.deepEqual(applied(object, { size: 1, ports: [{ port: 80 }] }, by("m", 2)), object);
  });

  test("a field that is applied by two goes when both have left it", () => {
    const one = applied(undefined, { size: 1, color: "red" }, by("a", 1));
    const two = applied(one, { color: "red" }, by("b", 2));
    const three = applied(two, { size: 1 }, by("a", 3));
    assert.deepEqual(memberOf(three, "spec"), { size: 1, color: "red" });
    const { object } = applyConfiguration({
      ...by("b", 4),
      live: three,
      applied: { apiVersion: "e.com/v1", kind: "Thing", metadata: { name: "a" } },
    });
    assert.deepEqual(memberOf(object, "spec"), { size: 1 });
    assert.deepEqual(
      owners(object),
      ['Apply a 1 {"f:spec":{"f:size":{}}}'],
      "giving up what another owns does not change the object, so the time stays",
    );
  });

  test("a conflict names the owner and the field, changes nothing, and force resolves it", () => {
    const live = trackManagers({ ...by("kubectl-client-side-apply", 1), after: thing({ size: 1 }) });
    const refused = applyConfiguration({ ...by("m", 2), live, applied: thing({ size: 2 }) });
    assert.deepEqual(refused, {
      conflicts: [
        { manager: "kubectl-client-side-apply", field: ".spec.size", message: 'conflict with "kubectl-client-side-apply" using e.com/v1' },
      ],
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using e.com/v1: .spec.size',
    });
    assert.deepEqual(owners(applied(live, { size: 2 }, by("m", 2), true)), [
      'Apply m 2 {"f:spec":{"f:size":{}}}',
      'Update kubectl-client-side-apply 1 {"f:spec":{}}',
    ]);
  });

  test("the same value is no conflict: both own it", () => {
    const live = applied(undefined, { size: 1 }, by("a", 1));
    assert.deepEqual(
      entriesOf(applied(live, { size: 1 }, by("b", 2))).map(({ manager, fieldsV1 }) => [manager, fieldsV1]),
      [
        ["b", { "f:spec": { "f:size": {} } }],
        ["a", { "f:spec": { "f:size": {} } }],
      ],
    );
  });

  test("the owner of a field within what is now one, owns the one", () => {
    const atomic = { ...schema, properties: { spec: { ...schema.properties.spec, "x-kubernetes-map-type": "atomic" } } };
    const live = applied(undefined, { size: 1, color: "red" }, by("a", 1));
    const { conflicts } = applyConfiguration({ ...by("b", 2, { schema: atomic }), live, applied: thing({ size: 2 }) });
    assert.deepEqual(
      conflicts?.map(({ field }) => field),
      [".spec"],
    );
  });

  test("without a schema objects are merged and lists are not", () => {
    const context = by("a", 1, { schema: undefined });
    const live = applied(undefined, { o: { a: 1 }, l: [1] }, context);
    assert.deepEqual(memberOf(applied(live, { o: { b: 2 } }, by("b", 2, { schema: undefined })), "spec"), { o: { a: 1, b: 2 }, l: [1] });
    assert.ok(applyConfiguration({ ...by("b", 2, { schema: undefined }), live, applied: thing({ l: [2] }) }).conflicts !== undefined);
  });

  test("neither input is changed, frozen objects are merged", () => {
    const live = freezeDeep(applied(undefined, { size: 1, ports: [{ port: 80 }], tags: ["a"] }, by("a", 1)));
    const configuration = freezeDeep(thing({ size: 2, ports: [{ port: 81 }], tags: ["b"] }));
    const given = JSON.stringify([live, configuration]);
    applyConfiguration({ ...by("b", 2), live, applied: configuration, force: true });
    assert.equal(JSON.stringify([live, configuration]), given);
  });

  test("__proto__ is a key like any other, with an owner", () => {
    const configuration = JSON.parse(
      '{"apiVersion":"e.com/v1","kind":"Thing","metadata":{"name":"a"},"spec":{"byName":{"__proto__":"1","constructor":"2"}}}',
    ) as object;
    const { object } = applyConfiguration({ ...by("m", 1), applied: configuration });
    assert.equal(JSON.stringify(memberOf(object, "spec")), '{"byName":{"__proto__":"1","constructor":"2"}}');
    assert.deepEqual(owners(object), ['Apply m 1 {"f:spec":{"f:byName":{"f:__proto__":{},"f:constructor":{}}}}']);
    const gone = applyConfiguration({ ...by("m", 2), live: object, applied: thing({ byName: { a: "1" } }) });
    assert.equal(JSON.stringify(memberOf(gone.object, "spec")), '{"byName":{"a":"1"}}');
  });

  test("items whose keys hold markup are told apart as the server writes them", () => {
    const live = applied(undefined, { tags: ["<a>&"] }, by("m", 1));
    assert.deepEqual(entriesOf(live)[0]?.fieldsV1, { "f:spec": { "f:tags": { 'v:"\\u003ca\\u003e\\u0026"': {} } } });
    assert.deepEqual(memberOf(applied(live, {}, by("m", 2)), "spec"), null);
  });

  for (const { why, configuration, httpStatus, message } of [
    {
      why: "entries of owners",
      configuration: thing({}, { managedFields: [] }),
      httpStatus: 400,
      message: "metadata.managedFields must be nil",
    },
    {
      why: "a field that is not known",
      configuration: thing({ sise: 1 }),
      httpStatus: 500,
      message: "failed to create typed patch object (/a; e.com/v1, Kind=Thing): .spec.sise: field not declared in schema",
    },
    {
      why: "an item twice",
      configuration: thing({ tags: ["a", "a"] }),
      httpStatus: 500,
      message: 'failed to create typed patch object (/a; e.com/v1, Kind=Thing): .spec.tags: duplicate entries for key [="a"]',
    },
  ]) {
    test(`${why} cannot be applied`, () =>
      assert.throws(
        () => applyConfiguration({ ...by("m", 1), applied: configuration }),
        (thrown) => thrown instanceof ApplyError && thrown.httpStatus === httpStatus && thrown.message === message,
      ));
  }

  test("kubectl takes over what it applied from the client's side, and keeps that in step", () => {
    const key = "kubectl.kubernetes.io/last-applied-configuration";
    const live = trackManagers({
      ...by("kubectl-client-side-apply", 1),
      after: thing({ size: 1 }, { annotations: { [key]: JSON.stringify(thing({ size: 1 })) } }),
    });
    const object = applied(live, { size: 2 }, by("kubectl", 2));
    assert.equal(
      memberOf(memberOf(memberOf(object, "metadata"), "annotations"), key),
      '{"apiVersion":"e.com/v1","kind":"Thing","metadata":{"name":"a"},"spec":{"size":2}}\n',
    );
    assert.ok(applyConfiguration({ ...by("other", 2), live, applied: thing({ size: 2 }) }).conflicts !== undefined, "no other manager may");
  });
});
