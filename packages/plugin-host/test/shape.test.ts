import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { problemsOfPlugin } from "../src/shape.ts";

const PLUGIN = {
  name: "widgets",
  engines: { polykind: "^1.0" },
  manages: { group: "example.com", kind: "Widget" },
  setup: () => undefined,
};

describe("problemsOfPlugin", () => {
  for (const fields of [
    {},
    { version: "1.0.0-rc.1", shared: true, workers: 1, reconcileTimeoutMs: 0.5, finalizer: "example.com/cleanup" },
    { watches: [{ group: "", kind: "Secret", version: "v1", map: () => [] }] },
    { manages: [{ group: "a.b", kind: "K", versions: ["v1", ">=v1beta1"], resourceScope: "Cluster" }, { selector: {} }] },
    { manages: { selector: { group: "*", kind: "*Policy", labels: { "a/b": "" } } } },
    { somethingNewer: 1 },
  ]) {
    test(`finds nothing wrong with ${JSON.stringify(fields)}`, () => assert.deepEqual(problemsOfPlugin({ ...PLUGIN, ...fields }), []));
  }

  for (const { fields, says } of [
    { fields: { name: undefined }, says: /^"name" must .*; it is missing$/ },
    { fields: { name: "Widgets" }, says: /^"name" must be a name of lower case/ },
    { fields: { name: "a".repeat(64) }, says: /^"name"/ },
    { fields: { name: "1st" }, says: /^"name"/ },
    { fields: { version: "1" }, says: /^"version" must be a semantic version/ },
    { fields: { engines: "^1.0" }, says: /^"engines" must name the hosts/ },
    { fields: { engines: {} }, says: /^"engines"/ },
    { fields: { engines: { polykind: "soon" } }, says: /^"engines"/ },
    { fields: { manages: undefined }, says: /^"manages" must be/ },
    { fields: { manages: [] }, says: /^"manages" must be/ },
    { fields: { manages: "Widget" }, says: /^"manages" must be/ },
    { fields: { manages: { group: "", kind: "Pod" } }, says: /^"manages\.group" must be an API group/ },
    {
      fields: {
        manages: [
          { group: "a.b", kind: "K" },
          { group: "A", kind: "K" },
        ],
      },
      says: /^"manages\[1\]\.group"/,
    },
    { fields: { manages: { group: "a.b", kind: "K", versions: "v1" } }, says: /^"manages\.versions" must be a list/ },
    { fields: { manages: { group: "a.b", kind: "K", versions: [] } }, says: /^"manages\.versions"/ },
    { fields: { manages: { group: "a.b", kind: "K", versions: ["^1"] } }, says: /^"manages\.versions"/ },
    {
      fields: { manages: { group: "a.b", kind: "K", resourceScope: "cluster" } },
      says: /^"manages\.resourceScope" must be Namespaced or Cluster/,
    },
    { fields: { manages: { selector: "*" } }, says: /^"manages\.selector" must be/ },
    { fields: { manages: { selector: {}, kind: "K" } }, says: /not both$/ },
    { fields: { manages: { selector: { labels: { a: 1 } } } }, says: /^"manages\.selector\.labels" must be labels/ },
    { fields: { manages: { selector: { group: 1 } } }, says: /^"manages\.selector\.group"/ },
    { fields: { watches: {} }, says: /^"watches" must be a list/ },
    { fields: { watches: [{ group: "apps", kind: "Deployment", map: "owner" }] }, says: /^"watches\[0\]\.map" must be a function/ },
    { fields: { shared: "yes" }, says: /^"shared" must be true or false/ },
    { fields: { finalizer: "cleanup" }, says: /^"finalizer" must be a qualified name/ },
    { fields: { finalizer: "example.com/7b1a4c1e-2a53-4a36-9a0e-3f1f2d1c0b9a" }, says: /^"finalizer" .*uid/ },
    { fields: { workers: 1.5 }, says: /^"workers"/ },
    { fields: { workers: 0 }, says: /^"workers" must be an integer from 1 to 1,000/ },
    { fields: { workers: 1_001 }, says: /^"workers"/ },
    { fields: { reconcileTimeoutMs: Number.POSITIVE_INFINITY }, says: /^"reconcileTimeoutMs"/ },
    { fields: { setup: {} }, says: /^"setup" must be a function/ },
  ]) {
    test(`names the field: ${JSON.stringify(fields)}`, () => {
      const problems = problemsOfPlugin({ ...PLUGIN, ...fields });
      assert.equal(problems.length, 1, problems.join("; "));
      assert.match(problems[0] ?? "", says);
    });
  }

  test("names all that is wrong at once", () => {
    const problems = problemsOfPlugin({ name: 1, manages: { kind: 1 }, setup: 1 });
    assert.deepEqual(
      problems.map((problem) => /^"([^"]+)"/.exec(problem)?.[1]),
      ["name", "engines", "setup", "manages.group", "manages.kind"],
    );
  });

  for (const value of [undefined, null, 1, "x", [], () => undefined]) {
    test(`refuses what is no object: ${String(value)}`, () =>
      assert.match(problemsOfPlugin(value)[0] ?? "", /default export must be definePlugin/));
  }
});
