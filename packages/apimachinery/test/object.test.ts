import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  apiVersionOf,
  freezeDeep,
  groupKindOf,
  groupKindText,
  keyOf,
  nameOfKey,
  parseApiVersion,
  objectPathOf,
  pathOf,
  type Resource,
} from "@polykind/apimachinery";

describe("keyOf", () => {
  for (const { name, key } of [
    { name: { namespace: "default", name: "web" }, key: "default/web" },
    { name: { name: "web" }, key: "web" },
    { name: { namespace: "__proto__", name: "constructor" }, key: "__proto__/constructor" },
  ]) {
    test(`names ${key}, and nameOfKey takes it back`, () => {
      assert.equal(keyOf(name), key);
      assert.deepEqual(nameOfKey(key), name);
    });
  }

  test("takes an empty namespace for none, as servers write it", () => assert.equal(keyOf({ namespace: "", name: "web" }), "web"));
});

describe("freezeDeep", () => {
  test("freezes what is nested in objects and arrays", () => {
    const value = freezeDeep({ list: [{ deep: { deeper: 1 } }] });
    assert.throws(() => Object.assign(value.list[0]?.deep ?? {}, { deeper: 2 }), TypeError);
  });

  test("takes a nesting of 100,000, at which a recursion would end the process", () => {
    let nested: { inner?: object } = {};
    const innermost = nested;
    for (let depth = 0; depth < 100_000; depth += 1) nested = { inner: nested };
    freezeDeep(nested);
    assert.ok(Object.isFrozen(innermost));
  });
});

describe("apiVersionOf", () => {
  for (const { group, version, apiVersion } of [
    { group: "apps", version: "v1", apiVersion: "apps/v1" },
    { group: "", version: "v1", apiVersion: "v1" },
  ]) {
    test(`writes ${apiVersion}, and parseApiVersion reads it`, () => {
      assert.equal(apiVersionOf({ group, version }), apiVersion);
      assert.deepEqual(parseApiVersion(apiVersion), { group, version });
    });
  }
});

describe("groupKindText", () => {
  test("is as people write it, with and without a group", () => {
    assert.equal(groupKindText(groupKindOf({ apiVersion: "apps/v1", kind: "Deployment" })), "Deployment.apps");
    assert.equal(groupKindText(groupKindOf({ apiVersion: "v1", kind: "Pod" })), "Pod");
  });
});

describe("the path of one object", () => {
  const apps: Resource = { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", resourceScope: "Namespaced" };

  for (const name of ["", ".", "..", "a/b", "a%2Fb", undefined, null]) {
    test(`is never that of the collection or of another: ${JSON.stringify(name) ?? "no name"} is refused`, () => {
      assert.throws(() => objectPathOf(apps, { namespace: "web", name: name as string }), { code: "API_INVALID" });
    });
  }

  test("has no namespace that leads elsewhere", () => {
    assert.throws(() => objectPathOf(apps, { namespace: "..", name: "a" }), { code: "API_INVALID", message: /by the namespace "\.\."/ });
    assert.throws(() => pathOf(apps, { namespace: "a/b" }), { code: "API_INVALID" });
  });

  test("may have a name that only some kinds have", () => {
    assert.equal(objectPathOf(apps, { namespace: "web", name: "system:a" }), "/apis/apps/v1/namespaces/web/deployments/system%3Aa");
  });
});

describe("pathOf", () => {
  const pods: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod", resourceScope: "Namespaced" };
  const apps: Resource = { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", resourceScope: "Namespaced" };
  const nodes: Resource = { group: "", version: "v1", plural: "nodes", kind: "Node", resourceScope: "Cluster" };
  for (const { why, resource, target, path } of [
    { why: "the core group has a prefix of its own", resource: pods, target: {}, path: "/api/v1/pods" },
    {
      why: "a namespace stands before the plural",
      resource: apps,
      target: { namespace: "web" },
      path: "/apis/apps/v1/namespaces/web/deployments",
    },
    {
      why: "a subresource stands last",
      resource: apps,
      target: { namespace: "web", name: "front", subresource: "status" },
      path: "/apis/apps/v1/namespaces/web/deployments/front/status",
    },
    {
      why: "a cluster-scoped kind has no namespace, whatever is said",
      resource: nodes,
      target: { namespace: "web", name: "n1" },
      path: "/api/v1/nodes/n1",
    },
    { why: "an empty namespace is none", resource: pods, target: { namespace: "" }, path: "/api/v1/pods" },
    {
      why: "names cannot leave their place in the path",
      resource: pods,
      target: { namespace: "a b", name: "x?y#z" },
      path: "/api/v1/namespaces/a%20b/pods/x%3Fy%23z",
    },
  ]) {
    test(why, () => assert.equal(pathOf(resource, target), path));
  }
});
