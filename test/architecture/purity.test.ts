import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { impurities, unreasoned } from "./rules/purity.ts";
import { asLines, parseSource } from "./source.ts";
import { readWorkspaces } from "./tree.ts";

const SOURCES = readWorkspaces().flatMap(({ sources }) => sources);

describe("the code of this tree", () => {
  test("has no any, no decorators and no state of modules", () => assert.deepEqual(asLines(SOURCES.flatMap(impurities)), []));
  test("says why where it overrules compiler or linter", () => assert.deepEqual(asLines(SOURCES.flatMap(unreasoned)), []));
});

describe("impurities catches", () => {
  for (const { why, code, says } of [
    { why: "any, wherever it hides", code: `type A = Map<string, any>;`, says: /uses any/ },
    { why: "a decorator", code: `@wired class A {}`, says: /is a decorator/ },
    { why: "an enum, which cannot be stripped", code: `enum A { B }`, says: /cannot be stripped/ },
    { why: "a let of the module", code: `export let count = 0;`, says: /is a let of the module/ },
    { why: "a map of the module", code: `const known = new Map<string, string>();`, says: /a collection of the module/ },
    { why: "a weak map of the module", code: `const known = new WeakMap();`, says: /a collection of the module/ },
    { why: "an array of the module", code: `export const all: string[] = [];`, says: /a collection of the module/ },
    { why: "a static field", code: `class A { static count = 0; }`, says: /static field/ },
  ]) {
    test(why, () => assert.match(asLines(impurities(parseSource("x.ts", code))).join(), says));
  }

  test("nothing in what cannot be written, or belongs to a function", () => {
    const code = `const A: ReadonlySet<string> = new Set(["a"]);\nconst B: readonly string[] = ["b"];\nconst C = ["c"] as const;\nclass D { static readonly e = 1; }\nfunction f() { let n = 0; const m = new Map(); return [n, m]; }\nconst G = new Set(["g"]) satisfies ReadonlySet<string>;`;
    assert.deepEqual(asLines(impurities(parseSource("x.ts", code))), []);
  });
});

describe("unreasoned catches", () => {
  for (const { why, code, says } of [
    { why: "a bare as", code: `const a = b as string;`, says: /as has no reason/ },
    { why: "a bare !", code: `const a = b!;`, says: /! has no reason/ },
    { why: "a promise let go", code: `void run();`, says: /void has no reason/ },
    {
      why: "a reason that stands at another line",
      code: `// The server says so.\nconst x = 1;\nconst a = b as string;`,
      says: /as has no reason/,
    },
    {
      why: "a directive without a reason",
      code: `// oxlint-disable-next-line no-console\nconsole.log();`,
      says: /directive without a reason/,
    },
    { why: "an expected error without a reason", code: `// @ts-expect-error\nfoo();`, says: /directive without a reason/ },
    { why: "an ignored error, reason or not", code: `// @ts-ignore it is so\nfoo();`, says: /silences the compiler/ },
    {
      why: "a directive that poses as a reason",
      code: `// oxlint-disable-next-line no-unsafe -- it is known\nconst a = b!;`,
      says: /! has no reason/,
    },
  ]) {
    test(why, () => assert.match(asLines(unreasoned(parseSource("x.ts", code))).join(), says));
  }

  for (const { why, code } of [
    { why: "a reason on the line", code: `const a = b as string; // The server says so.` },
    { why: "a reason on the line before", code: `// The server says so.\nconst a = b as string;` },
    { why: "a reason at the end of a long type", code: `const a = b as {\n  c: string;\n}; // Ours.` },
    { why: "a reason before the statement", code: `// Ours.\nconst a = f(\n  b as string,\n);` },
    { why: "as const and as unknown", code: `const a = ["x"] as const; const b = a as unknown;` },
    { why: "void as a value", code: `const f = () => void 0;` },
    { why: "a directive with its reason", code: `// oxlint-disable-next-line no-console -- the terminal is ours\nconsole.log();` },
  ]) {
    test(`nothing in ${why}`, () => assert.deepEqual(asLines(unreasoned(parseSource("x.ts", code))), []));
  }
});
