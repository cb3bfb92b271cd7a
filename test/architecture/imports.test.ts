import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PACKAGES } from "./house.ts";
import { brokenFloors, brokenHosts, brokenPaths, importCircles, importsOf } from "./rules/imports.ts";
import { asLines, parseSource, type Violation } from "./source.ts";
import { plant } from "./support/plant.ts";
import { readWorkspaces, type Workspace } from "./tree.ts";

const TREE = readWorkspaces();

describe("the imports of this tree", () => {
  const rules: Readonly<Record<string, (workspace: Workspace) => readonly Violation[]>> = {
    brokenFloors,
    brokenHosts,
    brokenPaths,
    importCircles,
  };
  for (const [name, rule] of Object.entries(rules)) test(`keep to ${name}`, () => assert.deepEqual(asLines(TREE.flatMap(rule)), []));

  test("come from packages that all have a floor, and no floor is without a package", () => {
    const names = TREE.filter(({ isPlugin }) => !isPlugin).map(({ manifest }) => manifest.name);
    assert.deepEqual(names.toSorted(), Object.keys(PACKAGES).toSorted());
  });

  test("have one host for each library", () => {
    const hosted = Object.values(PACKAGES).flatMap(({ hosts }) => hosts);
    assert.deepEqual(hosted.toSorted(), [...new Set(hosted)].toSorted());
  });
});

describe("importsOf", () => {
  for (const { why, code, specifier, isType } of [
    { why: "sees a declaration", code: `import { a } from "x";`, specifier: "x", isType: false },
    { why: "sees an import for its effect", code: `import "x";`, specifier: "x", isType: false },
    { why: "sees a re-export", code: `export * from "x";`, specifier: "x", isType: false },
    { why: "sees an import at run time", code: `const x = await import("x");`, specifier: "x", isType: false },
    { why: "sees an import in a type", code: `type X = import("x").X;`, specifier: "x", isType: true },
    { why: "knows an import of types", code: `import type { A } from "x";`, specifier: "x", isType: true },
    { why: "knows an import of nothing but types", code: `import { type A, type B } from "x";`, specifier: "x", isType: true },
    { why: "knows an import that has one value among types", code: `import { type A, b } from "x";`, specifier: "x", isType: false },
  ]) {
    test(why, () => {
      const found = importsOf(parseSource("x.ts", code)).map((each) => ({ specifier: each.specifier, isType: each.isType }));
      assert.deepEqual(found, [{ specifier, isType }]);
    });
  }
});

describe("brokenFloors catches", () => {
  for (const { why, dir, code, says } of [
    {
      why: "an import that goes up",
      dir: "packages/informer",
      code: `import { x } from "@polykind/controller";`,
      says: /floor 3 is not below 2/,
    },
    {
      why: "an import that goes sideways, even of a type",
      dir: "packages/informer",
      code: `import type { X } from "@polykind/client";`,
      says: /floor 2 is not below 2/,
    },
    {
      why: "an import that goes down where this package may not go",
      dir: "packages/sandbox",
      code: `export * from "@polykind/client";`,
      says: /may import .* only/,
    },
    { why: "a package that is in no table", dir: "packages/stranger", code: ``, says: /has no floor/ },
    {
      why: "a plugin that reaches behind its contract",
      dir: "plugins/x",
      code: `import { x } from "@polykind/core/deep.js";`,
      says: /plugins import @polykind\/plugin only/,
    },
  ]) {
    test(why, () => assert.match(asLines(brokenFloors(plant({ "a.ts": code }, { dir }))).join(), says));
  }

  test("nothing in an import that goes down", () => {
    assert.deepEqual(
      brokenFloors(plant({ "a.ts": `import { x } from "@polykind/core"; import { y } from "semver";` }, { dir: "packages/client" })),
      [],
    );
    assert.deepEqual(brokenFloors(plant({ "a.ts": `import { x } from "@polykind/plugin";` }, { dir: "plugins/x" })), []);
  });
});

describe("brokenHosts catches", () => {
  for (const { why, code, says } of [
    {
      why: "a library that another package hosts",
      code: `import { x } from "semver/functions/gt.js";`,
      says: /imports semver: its host is @polykind\/plugin-host/,
    },
    { why: "a library without a host", code: `import x from "left-pad";`, says: /imports left-pad: it has no host/ },
    { why: "a library in a scope", code: `import x from "@kubernetes/client-node/dist/x.js";`, says: /its host is @polykind\/client/ },
  ]) {
    test(why, () => assert.match(asLines(brokenHosts(plant({ "a.ts": code }))).join(), says));
  }

  test("nothing in what the host imports, in what Node brings, or in a plugin", () => {
    assert.deepEqual(brokenHosts(plant({ "a.ts": `import { E } from "eventemitter3"; import { join } from "node:path";` })), []);
    assert.deepEqual(brokenHosts(plant({ "a.ts": `import x from "left-pad";` }, { dir: "plugins/x" })), []);
  });
});

describe("brokenPaths catches", () => {
  test("a way into another package, and a file named without its ending", () => {
    const found = asLines(
      brokenPaths(plant({ "a.ts": `import { x } from "../../client/src/x.ts";\nimport { y } from "./b";\nimport { z } from "./c.ts";` })),
    );
    assert.deepEqual(found, [
      "packages/core/src/a.ts:1: imports ../../client/src/x.ts, which is outside its package",
      "packages/core/src/a.ts:2: imports ./b: relative imports end in .ts",
    ]);
  });
});

describe("importCircles catches", () => {
  test("a circle of three, once", () => {
    const found = importCircles(plant({ "a.ts": `import "./b.ts";`, "b.ts": `import "./c.ts";`, "c.ts": `import "./a.ts";` }));
    assert.deepEqual(asLines(found), ["packages/core/src/a.ts: imports itself by way of packages/core/src/b.ts, packages/core/src/c.ts"]);
  });

  test("nothing in a circle of types, which is gone when it runs", () => {
    assert.deepEqual(importCircles(plant({ "a.ts": `import "./b.ts";`, "b.ts": `import type { A } from "./a.ts";` })), []);
  });
});
