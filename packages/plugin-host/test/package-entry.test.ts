import assert from "node:assert/strict";
import { relative } from "node:path";
import { describe, test } from "node:test";
import { entryOf } from "../src/package-entry.ts";
import { packageOf, pluginText } from "./support/folder.ts";
import { QUIET_MS, SETTLE_MS, Watched } from "./support/watched.ts";

const CONDITIONS: ReadonlySet<string> = new Set(["node", "import", "module-sync"]);

/** The files in short, or what is said where there is none. */
function entryText(json: Readonly<Record<string, unknown>>): string {
  const entry = entryOf("/p", json, CONDITIONS);
  return entry.type === "files" ? entry.files.map((file) => relative("/p", file)).join(" ") : `none: ${entry.reason}`;
}

describe("entryOf, by exports", () => {
  for (const { why, exported, file } of [
    { why: "a path", exported: "./a.js", file: "a.js" },
    { why: "the subpath of the package itself", exported: { "./b": "./b.js", ".": "./a.js" }, file: "a.js" },
    { why: "conditions without subpaths", exported: { import: "./a.mjs", default: "./a.cjs" }, file: "a.mjs" },
    { why: "the first condition that holds, in their order", exported: { default: "./d.js", import: "./a.js" }, file: "d.js" },
    { why: "no condition that does not hold", exported: { ".": { require: "./a.cjs", node: "./n.js" } }, file: "n.js" },
    { why: "a condition that Node was started with", exported: { "module-sync": "./m.js", default: "./d.js" }, file: "m.js" },
    {
      why: "conditions in conditions",
      exported: { ".": { node: { require: "./r.cjs", import: "./i.js" }, default: "./d.js" } },
      file: "i.js",
    },
    { why: "what comes after conditions of which none holds", exported: { node: { require: "./r.cjs" }, default: "./d.js" }, file: "d.js" },
    { why: "the first of a list that can be used", exported: ["not-a-path", { require: "./r.cjs" }, "./a.js", "./b.js"], file: "a.js" },
    { why: "a path as an address has it", exported: "./a%20b.js", file: "a b.js" },
    { why: "exports, though there is a main", exported: "./a.js", file: "a.js" },
  ]) {
    test(`takes ${why}`, () => assert.equal(entryText({ exports: exported, main: "./main.js" }), file));
  }

  for (const { why, exported, says } of [
    { why: "it is withheld", exported: { import: null, default: "./d.js" }, says: /nothing for "\."/ },
    { why: "only another subpath is there", exported: { "./b": "./b.js" }, says: /nothing for "\."/ },
    { why: "no condition holds", exported: { require: "./r.cjs" }, says: /under the conditions node, import, module-sync$/ },
    { why: "the list is empty", exported: [], says: /nothing for "\."/ },
    { why: "it is no path of the package", exported: "a.js", says: /"a\.js", which must begin with \.\// },
    { why: "it leads out", exported: "./../a.js", says: /stay in the package/ },
    { why: "it leads out in numbers", exported: "./%2e%2E/a.js", says: /stay in the package/ },
    { why: "it leads into other packages", exported: "./node_modules/b/a.js", says: /stay in the package/ },
    { why: "it holds an encoded slash", exported: "./a%2fb.js", says: /which is no path/ },
    { why: "it is neither path nor conditions", exported: { ".": 1 }, says: /"exports" holds 1/ },
    { why: "the last of a list is no path", exported: ["a.js"], says: /must begin with/ },
  ]) {
    test(`has none, and says why: ${why}`, () => assert.match(entryText({ exports: exported, main: "./main.js" }), says));
  }
});

describe("entryOf, without exports", () => {
  for (const { why, json, files } of [
    {
      why: "main, as it is or with what Node adds to it, then an index",
      json: { main: "./lib/m" },
      files: "lib/m lib/m.js lib/m/index.js index.js",
    },
    { why: "an index alone", json: {}, files: "index.js" },
    { why: "an index where main is no text", json: { main: 1, exports: null }, files: "index.js" },
  ]) {
    test(`tries ${why}`, () => assert.equal(entryText(json), files));
  }
});

describe("an upgrade of a package that changes where it begins", () => {
  const old = { "d/w/package.json": packageOf({ version: "1.0.0" }), "d/w/index.js": pluginText({ version: "1.0.0" }) };

  for (const { why, fields } of [
    { why: "its exports", fields: { exports: { ".": { import: "./lib/m.js" } } } },
    { why: "to a main", fields: { exports: undefined, main: "./lib/m" } },
  ]) {
    test(`is loaded from there: ${why}`, async () => {
      await using on = await Watched.open(old);
      await on.write("d/w/lib/m.js", pluginText({ version: "2.0.0" }));
      await on.write("d/w/package.json", packageOf({ version: "2.0.0", ...fields }));
      await on.folder.remove("d/w/index.js");
      await on.pass(QUIET_MS);
      await on.pass(SETTLE_MS);
      assert.deepEqual(on.told, ["loaded widgets 2.0.0"]);
      assert.ok(on.host.records[0]?.file?.endsWith("/d/w/lib/m.js"));
    });
  }

  test("is loaded from its main as soon as that is there, and from its index until then", async () => {
    await using on = await Watched.open({
      "d/w/package.json": packageOf({ exports: undefined, main: "./lib/m.js" }),
      "d/w/index.js": pluginText({ version: "1.0.0" }),
    });
    assert.equal(on.host.records[0]?.version, "1.0.0");
    await on.folder.write("d/w/lib/m.js", pluginText({ version: "2.0.0" }));
    on.watches.changed(`${on.folder.path}/d/w`);
    await on.pass(QUIET_MS);
    assert.deepEqual(on.told, ["loaded widgets 2.0.0"]);
  });

  test("is refused where that is outside of the package", async () => {
    await using on = await Watched.open({
      "d/w/package.json": packageOf({ exports: undefined, main: "../_x.js" }),
      "d/_x.js": pluginText({ head: "globalThis.strayMainRan = true;" }),
    });
    assert.match(on.host.records[0]?.error?.message ?? "", /leads to .*_x\.js, which is outside of/);
    assert.equal(Reflect.get(globalThis, "strayMainRan"), undefined);
  });
});
