import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileJsonPath } from "../../src/table/index.ts";

describe("compileJsonPath", () => {
  const object = {
    spec: { names: ["a", "b"], "x.y/z": 1, deep: { names: ["c"] } },
    list: [
      { type: "Ready", on: true, n: 1 },
      { type: "Synced", n: 2 },
    ],
  };
  for (const { path, found } of [
    { path: "", found: [object] },
    { path: "$.spec.names[1]", found: ["b"] },
    { path: ".spec.x\\.y/z", found: [1] },
    { path: ".spec['x\\.y/z']", found: [1] },
    { path: ".spec.absent.deeper", found: [] },
    { path: "..names", found: [["a", "b"], ["c"]] },
    { path: ".list[?(@.on==true)].type", found: ["Ready"] },
    { path: ".list[?(@.on!=true)].type", found: [] },
    { path: ".list[?(@.n>=2)].type", found: ["Synced"] },
    { path: '.list[?(@.type<"S")].type', found: ["Ready"] },
    { path: ".list[?(@.on)].n", found: [1] },
    { path: ".list[-1,0].n", found: [2, 1] },
    { path: ".spec['names','x\\.y/z']", found: [["a", "b"], 1] },
    { path: ".spec.names[0:0]", found: [] },
    { path: ".constructor.name", found: [] },
    { path: ".spec.names.length", found: [] },
  ]) {
    test(`"${path}" finds ${JSON.stringify(found).slice(0, 40)}`, () => assert.deepEqual(compileJsonPath(path)?.(object), found));
  }

  for (const { path, why } of [
    { path: ".spec.names[5]", why: "the index is out of bounds" },
    { path: ".spec[0]", why: "an object has no indexes" },
    { path: ".spec[?(@.a)]", why: "an object cannot be filtered" },
    { path: '.list[?(@.n>"1")]', why: "a number and a text cannot be compared" },
    { path: ".list[?(@.n=1)]", why: "there is no such operator" },
    { path: ".spec.names[0:2:0]", why: "a step leads on" },
  ]) {
    test(`"${path}" fails on the object: ${why}`, () => assert.equal(compileJsonPath(path)?.(object), undefined));
  }

  for (const path of [".spec[", ".spec[a]", ".spec[?(@.a]", "'open", "spec", ".list[?(@.n==)]", ".a[?(@.b=='x]"]) {
    test(`"${path}" is no JSONPath`, () => assert.equal(compileJsonPath(path), undefined));
  }

  test("a path that is very long or nested is read in the time of its length", () => {
    const startedAt = performance.now();
    for (const path of [
      ".a".repeat(100_000),
      `.a[${"?(@.".repeat(10_000)}`,
      `.a[?(@.b=="${"\\".repeat(50_000)}`,
      `.a[?(${"'x'".repeat(50_000)}`,
    ])
      compileJsonPath(path);
    assert.ok(performance.now() - startedAt < 2000);
  });
});
