import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Resource } from "@polykind/apimachinery";
import { AppliedManifests } from "../../src/writer/applied.ts";
import { withOwner } from "../../src/writer/owner.ts";
import { objectOf } from "../support/objects.ts";

const widgets: Resource = { group: "test.polykind.dev", version: "v1", kind: "Widget", plural: "widgets", resourceScope: "Namespaced" };
const manifest = { apiVersion: "test.polykind.dev/v1", kind: "Widget", metadata: { name: "a" }, spec: { size: 1, list: [{ x: 1 }] } };
const answer = objectOf({}, { spec: { size: 1, list: [{ x: 1, defaulted: true }], defaulted: true } });

function noted(): AppliedManifests {
  const applied = new AppliedManifests();
  applied.note(widgets, manifest, answer);
  return applied;
}

describe("AppliedManifests", () => {
  test("hold what was applied as long as the object has all of it, whatever the server and others have added", () => {
    const moved = objectOf({ resourceVersion: "11", labels: { foreign: "yes" } }, { spec: answer.spec, status: { up: true } });
    assert.deepEqual([noted().holds(widgets, manifest, answer), noted().holds(widgets, manifest, moved)], [true, true]);
  });

  for (const { why, wished = manifest, cached = answer } of [
    { why: "another manifest was applied last", wished: { ...manifest, spec: { list: [{ x: 1 }] } } },
    { why: "another has changed a field", cached: objectOf({ resourceVersion: "11" }, { spec: { size: 2, list: [{ x: 1 }] } }) },
    { why: "another has added to a list", cached: objectOf({ resourceVersion: "11" }, { spec: { size: 1, list: [{ x: 1 }, { x: 2 }] } }) },
    { why: "another has removed a field", cached: objectOf({ resourceVersion: "11" }, { spec: { size: 1 } }) },
    { why: "it is another object of the same name", cached: objectOf({ uid: "u2" }, { spec: answer.spec }) },
    { why: "the cache is older than the write", cached: objectOf({ resourceVersion: "9" }, { spec: answer.spec }) },
    { why: "versions cannot be compared", cached: objectOf({ resourceVersion: "abc" }, { spec: answer.spec }) },
  ]) {
    test(`do not hold when ${why}`, () => assert.equal(noted().holds(widgets, wished, cached), false));
  }

  test("forget an object that is gone", () => {
    const applied = noted();
    applied.forget(widgets, { namespace: "n", name: "a" });
    assert.deepEqual([applied.size, applied.holds(widgets, manifest, answer)], [0, false]);
  });
});

describe("withOwner", () => {
  const reference = {
    apiVersion: "test.polykind.dev/v1",
    kind: "Widget",
    name: "a",
    uid: "u1",
    controller: true,
    blockOwnerDeletion: true,
  };

  test("puts the object into the namespace of its owner, and makes that its controller", () => {
    assert.deepEqual(withOwner(manifest, objectOf(), widgets).metadata, { name: "a", namespace: "n", ownerReferences: [reference] });
  });

  test("keeps other owners, and names each once", () => {
    const other = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u9" };
    const owned = { ...manifest, metadata: { name: "a", ownerReferences: [other, { ...reference, controller: false }] } };
    assert.deepEqual(withOwner(owned, objectOf(), widgets).metadata.ownerReferences, [other, reference]);
  });

  test("leaves a manifest without an owner as it is", () => assert.equal(withOwner(manifest, undefined, widgets), manifest));

  test("lets an owner without a namespace own anything", () => {
    const { namespace: _, ...metadata } = objectOf().metadata;
    const owner = { ...objectOf(), metadata };
    assert.equal(withOwner({ ...manifest, metadata: { name: "a", namespace: "other" } }, owner, widgets).metadata.namespace, "other");
    assert.equal(withOwner(manifest, owner, { ...widgets, resourceScope: "Cluster" }).metadata.namespace, undefined);
  });

  for (const { why, namespace, resource } of [
    { why: "of another namespace", namespace: "other", resource: widgets },
    { why: "for what has no namespace", namespace: undefined, resource: { ...widgets, resourceScope: "Cluster" as const } },
  ]) {
    test(`refuses an owner ${why}, since the server would collect the object at once`, () => {
      const owned = { ...manifest, metadata: { name: "a", ...(namespace !== undefined && { namespace }) } };
      assert.throws(() => withOwner(owned, objectOf(), resource), { code: "API_INVALID" });
    });
  }
});
