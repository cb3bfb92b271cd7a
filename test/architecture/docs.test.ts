import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { publicNames, saysNothing, undocumented } from "./rules/docs.ts";
import { asLines } from "./source.ts";
import { plant } from "./support/plant.ts";
import { readWorkspaces } from "./tree.ts";

describe("the docs of this tree", () => {
  test("say of every public name what it is for", () => {
    const packages = readWorkspaces().filter(({ isPlugin }) => !isPlugin);
    assert.deepEqual(asLines(packages.flatMap(undocumented)), []);
  });
});

describe("publicNames", () => {
  test("follows every way in which a name is passed on", () => {
    const workspace = plant({
      "index.ts": `export { a, type B } from "./a.ts";\nexport * from "./c.ts";\nexport { default as d } from "./d.ts";\nexport { x } from "@polykind/core";\nexport { old as fresh } from "./a.ts";`,
      "a.ts": `export const a = 1;\nexport interface B {}\nconst kept = 2;\nexport { kept as old };`,
      "c.ts": `export function c() {}\nexport type { B } from "./a.ts";`,
      "d.ts": `export default function d() {}`,
    });
    const names = publicNames(workspace).map(
      ({ name, isType, from }) => `${name}${isType ? " type" : ""}${from === undefined ? "" : ` from ${from}`}`,
    );
    assert.deepEqual(names, ["a", "B type", "c", "B type", "d", "x from @polykind/core", "fresh"]);
  });
});

describe("undocumented catches", () => {
  const index = { "index.ts": `export { a } from "./a.ts";` };
  for (const { why, code, says } of [
    { why: "an export without a doc", code: `export const a = 1;`, says: /a is exported and has no doc/ },
    { why: "an export with a comment that is no doc", code: `// counts\nexport const a = 1;`, says: /no doc/ },
    { why: "a doc that something stands between", code: `/** Counts. */\nconst b = 1;\nexport const a = b;`, says: /no doc/ },
    { why: "a doc that repeats the name", code: `/** The a. */\nexport const a = 1;`, says: /only repeats/ },
    { why: "a name that comes from nowhere", code: `export { a } from "./absent.ts";`, says: /^$/ },
  ]) {
    test(why, () => assert.match(asLines(undocumented(plant({ ...index, "a.ts": code }))).join(), says));
  }

  test("nothing in what is documented, or belongs to another package", () => {
    const found = undocumented(
      plant({
        "index.ts": `export { a } from "./a.ts"; export { b } from "@polykind/core";`,
        "a.ts": `/** How many there are. */\nexport const a = 1;`,
      }),
    );
    assert.deepEqual(found, []);
  });
});

describe("saysNothing", () => {
  for (const { why, doc, name, is } of [
    { why: "a name in other clothes says nothing", doc: "The store of informers.", name: "InformerStore", is: true },
    { why: "an empty doc says nothing", doc: "", name: "x", is: true },
    { why: "one word of weight is enough", doc: "The copy of informers.", name: "InformerStore", is: false },
    { why: "a link to itself is not weight", doc: "The {@link Store}.", name: "Store", is: true },
    { why: "what comes after the first sentence does not save it", doc: "The store.\n\nKeeps objects.", name: "Store", is: true },
  ]) {
    test(why, () => assert.equal(saysNothing(doc, name), is));
  }
});
