import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { functionsOf, tooLong } from "./rules/sizes.ts";
import { asLines, parseSource } from "./source.ts";
import { readSources, readWorkspaces } from "./tree.ts";

const lines = (count: number): string => "a();\n".repeat(count);

describe("the files and functions of this tree", () => {
  const sources = [
    ...readWorkspaces().flatMap((workspace) => workspace.sources),
    ...readSources("scripts/**/*.ts"),
    ...readSources("test/**/*.ts"),
  ];
  const ours = sources.filter(({ path }) => !path.endsWith(".test.ts"));
  test("are no longer than the house allows", () => assert.deepEqual(asLines(ours.flatMap(tooLong)), []));
});

describe("tooLong catches", () => {
  for (const { why, code, says } of [
    { why: "a file of 401 lines", code: lines(401), says: /x.ts: has 401 lines, 400 at most/ },
    { why: "a function of 61 lines", code: `function f() {\n${lines(59)}}`, says: /x.ts:1: f has 61 lines, 60 at most/ },
    { why: "a method of 61 lines", code: `class A {\n  #m() {\n${lines(59)}  }\n}`, says: /x.ts:2: m has 61 lines/ },
    { why: "an arrow of 61 lines", code: `const g = () => {\n${lines(59)}};`, says: /g has 61 lines/ },
  ]) {
    test(why, () => assert.match(asLines(tooLong(parseSource("x.ts", code))).join(), says));
  }

  test("nothing in what is just as long as it may be", () => {
    assert.deepEqual(tooLong(parseSource("x.ts", lines(400))), []);
    assert.deepEqual(tooLong(parseSource("x.ts", `function f() {\n${lines(58)}}\n`)), []);
  });
});

describe("functionsOf", () => {
  test("names functions, methods and arrows, and leaves out arrows of one expression", () => {
    const found = functionsOf(parseSource("x.ts", `function f() {}\nclass A { m() {} }\nconst g = () => {};\nconst h = (a) => a;`));
    assert.deepEqual(
      found.map(({ name, lines: count }) => [name, count]),
      [
        ["f", 1],
        ["m", 1],
        ["g", 1],
      ],
    );
  });
});
