import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ALIKE, FILES } from "./house.ts";
import { foreignSources, mixedVersions, unbuilt, undeclared, unlike } from "./rules/manifests.ts";
import { asLines } from "./source.ts";
import { plant } from "./support/plant.ts";
import { readJson, readWorkspaces } from "./tree.ts";

const TREE = readWorkspaces();
const { version } = readJson("lerna.json") as { readonly version: string }; // lerna's format.

describe("the manifests of this tree", () => {
  test("declare what the code imports, and nothing else", () =>
    assert.deepEqual(asLines(TREE.flatMap((each) => undeclared(each, TREE))), []));
  test("are alike", () => assert.deepEqual(asLines(TREE.flatMap(unlike)), []));
  test("have one version, and one range for each library", () => assert.deepEqual(asLines(mixedVersions(TREE, version)), []));
  test("are all built from the root", () => {
    const { references } = readJson("tsconfig.json") as { readonly references: readonly { readonly path: string }[] }; // tsc's format.
    assert.deepEqual(
      asLines(
        unbuilt(
          TREE,
          references.map(({ path }) => path),
        ),
      ),
      [],
    );
  });
  test("are locked to the default registry", () => assert.deepEqual(asLines(foreignSources(readJson("package-lock.json"))), []));
});

describe("undeclared catches", () => {
  const core = plant({}, { dir: "packages/core" });
  const uses = (code: string, dependencies: Readonly<Record<string, string>>, references: readonly string[]): readonly string[] =>
    asLines(undeclared(plant({ "a.ts": code }, { dir: "packages/client", manifest: { dependencies }, references }), [core]));
  const IMPORT = `import { Scope } from "@polykind/core";`;
  for (const { why, found, says } of [
    { why: "an import that is not declared", found: uses(IMPORT, {}, []), says: /does not declare @polykind\/core/ },
    {
      why: "a declaration that nothing uses",
      found: uses("", { semver: "^7" }, []),
      says: /declares semver, which its code does not import/,
    },
    {
      why: "a reference that is missing",
      found: uses(IMPORT, { "@polykind/core": "^1.0.0" }, []),
      says: /does not refer to packages\/core/,
    },
    {
      why: "a reference too many",
      found: uses("", {}, ["packages/core"]),
      says: /refers to packages\/core, which package.json does not declare/,
    },
  ]) {
    test(why, () => assert.match(found.join("\n"), says));
  }
  test("nothing where all three say the same", () => assert.deepEqual(uses(IMPORT, { "@polykind/core": "^1.0.0" }, ["packages/core"]), []));
});

describe("unlike catches", () => {
  const manifest = { ...ALIKE, files: FILES, description: "What it is for" };
  for (const { why, changed, says } of [
    { why: "another licence", changed: { license: "MIT" }, says: /license is not "Apache-2.0"/ },
    { why: "an entry that plugins' sources cannot be resolved by", changed: { exports: "./dist/index.js" }, says: /exports is not/ },
    { why: "a Node that is too old", changed: { engines: { node: ">=20" } }, says: /engines is not/ },
    { why: "files that would be left out", changed: { files: ["dist"] }, says: /files is not/ },
    { why: "a program that would be left out", changed: { bin: { x: "./bin/x.js" } }, says: /files is not \["bin"/ },
    { why: "a package that says nothing of itself", changed: { description: undefined }, says: /no description/ },
  ]) {
    test(why, () => assert.match(asLines(unlike(plant({}, { manifest: { ...manifest, ...changed } }))).join(), says));
  }
  test("nothing in a package like all others", () => assert.deepEqual(unlike(plant({}, { manifest })), []));
});

describe("mixedVersions catches", () => {
  test("a version of its own, a range that names another, and two ranges of one library", () => {
    const one = plant({}, { dir: "packages/core", manifest: { version: "1.0.1", dependencies: { semver: "^7.0.0" } } });
    const two = plant(
      {},
      { dir: "packages/client", manifest: { dependencies: { "@polykind/core": "^0.9.0" }, devDependencies: { semver: "^7.1.0" } } },
    );
    assert.deepEqual(asLines(mixedVersions([one, two], "1.0.0")), [
      "packages/client/package.json: wants @polykind/core ^0.9.0, elsewhere it is ^1.0.0",
      "packages/client/package.json: wants semver ^7.1.0, elsewhere it is ^7.0.0",
      "packages/core/package.json: version is 1.0.1, all others are 1.0.0",
    ]);
  });
});

describe("unbuilt catches", () => {
  test("a package that the root does not refer to", () =>
    assert.deepEqual(asLines(unbuilt([plant({})], [])), ["tsconfig.json: does not build packages/core"]));
});

describe("foreignSources catches", () => {
  test("a package from elsewhere, not a link and not what the default registry has", () => {
    const packages = {
      "node_modules/a": { resolved: "http://127.0.0.1:4873/a.tgz" },
      "node_modules/b": { resolved: "https://registry.npmjs.org/b.tgz" },
      "node_modules/c": { resolved: "packages/c", link: true },
    };
    assert.deepEqual(asLines(foreignSources({ packages })), ["package-lock.json: node_modules/a comes from http://127.0.0.1:4873/a.tgz"]);
  });
});
