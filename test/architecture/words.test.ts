import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { emptyNames, undoneMarks, wordsOf } from "./rules/words.ts";
import { asLines, parseSource } from "./source.ts";
import { readSources, readWorkspaces } from "./tree.ts";

const SOURCES = [
  ...readWorkspaces().flatMap(({ sources, tests }) => [...sources, ...tests]),
  ...readSources("test/**/*.ts"),
  ...readSources("scripts/**/*.ts"),
];

describe("the words of this tree", () => {
  test("say something", () => assert.deepEqual(asLines(SOURCES.flatMap(emptyNames)), []));
  test("do not put off work", () => assert.deepEqual(asLines(SOURCES.flatMap(undoneMarks)), []));
});

describe("wordsOf", () => {
  for (const { why, name, words } of [
    { why: "parts camel case", name: "requeueAfterMs", words: ["requeue", "after", "ms"] },
    { why: "keeps an acronym together", name: "parseJSONText", words: ["parse", "json", "text"] },
    { why: "parts constants and files", name: "LONGEST_DELAY-ms", words: ["longest", "delay", "ms"] },
  ]) {
    test(why, () => assert.deepEqual(wordsOf(name), words));
  }
});

describe("emptyNames catches", () => {
  for (const { why, code, path = "x.ts", says } of [
    { why: "a function that handles", code: `function handleEvent() {}`, says: /«handleEvent» begins with «handle»/ },
    { why: "an arrow that does", code: `const doWork = () => {};`, says: /«doWork» begins with «do»/ },
    { why: "a method that processes", code: `class A { processItem() {} }`, says: /«processItem» begins with «process»/ },
    { why: "a private method that performs", code: `class A { #performIt() {} }`, says: /«performIt» begins with «perform»/ },
    { why: "a method of an interface that handles", code: `interface A { handleIt(): void }`, says: /«handleIt»/ },
    { why: "a variable of data", code: `const userData = 1;`, says: /«userData» has the word «data»/ },
    { why: "a parameter of info", code: `const f = (info: string) => info.length;`, path: "y.ts", says: /^$/ },
    { why: "a parameter of kind info", code: `const f = (kindInfo: string) => kindInfo;`, says: /«kindInfo» has the word «info»/ },
    { why: "a type named after a pattern", code: `interface ControllerFactory {}`, says: /«ControllerFactory» is named after a pattern/ },
    { why: "a second manager", code: `class CacheManager {}`, says: /«CacheManager» is named after a pattern/ },
    { why: "an abstract class by name", code: `class AbstractStore {}`, says: /«AbstractStore»/ },
    { why: "a file of helpers", code: ``, path: "src/http-helpers.ts", says: /the word «helpers»/ },
  ]) {
    test(why, () => assert.match(asLines(emptyNames(parseSource(path, code))).join(), says));
  }

  test("nothing in nouns, in the process itself, in fields, and in words that only look alike", () => {
    const code = `class Manager { handle = 1; done() {} document() {} }\nconst handle = process.pid;\ninterface A { data: string; info(): void }\nconst { data } = JSON.parse("{}");\nfunction database() {}`;
    assert.deepEqual(asLines(emptyNames(parseSource("x.ts", code))), []);
  });
});

describe("undoneMarks catches", () => {
  test("a note in a comment, not in a text", () => {
    assert.equal(undoneMarks(parseSource("x.ts", `// TODO: later\n/* see FIXME */\nconst a = "TODO";`)).length, 2);
  });
});
