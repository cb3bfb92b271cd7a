import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileCel } from "../../src/schema/cel/compile.ts";
import { toJsPattern } from "../../src/schema/cel/lib/js-pattern.ts";
import { parseCel } from "../../src/schema/cel/lang/parser.ts";
import { escapeField, unescapeField } from "../../src/schema/cel/values/field-names.ts";
import { compilePattern } from "../../src/schema/re2.ts";

function evaluate(source: string): unknown {
  const compiled = compileCel(source, new Map());
  assert.ok("program" in compiled, "problem" in compiled ? compiled.problem : "");
  return compiled.program.run(new Map());
}

describe("the parser of expressions", () => {
  for (const { why, source, value } of [
    { why: "operators bind as in C", source: "1 + 2 * 3 == 7 && !(1 > 2) || false", value: true },
    { why: "operators of a level go from left to right", source: "10 - 3 - 2 == 5 && 100 / 10 / 5 == 2", value: true },
    { why: "conditions nest to the right", source: "false ? 1 : true ? 2 : 3", value: 2n },
    { why: "two negations are none", source: "!!true && - -1 == 1", value: true },
    { why: "raw texts keep their backslashes", source: "r'\\d' == '\\\\d'", value: true },
    { why: "texts may go over lines", source: '"""a\nb""" == "a\\nb"', value: true },
    { why: "escapes name characters", source: "'\\x41\\u0042\\U00000043\\104' == 'ABCD'", value: true },
    { why: "bytes have escapes of their own", source: "b'\\xff\\303' == b'\\377\\xC3'", value: true },
    { why: "comments are skipped", source: "1 // one\n == 1", value: true },
    { why: "the last item may be followed by a comma", source: "[1, 2,] == [1, 2] && {1: 2,} == {1: 2}", value: true },
    { why: "a minus belongs to the number", source: "-9223372036854775808 < 0 && -1.5 < 0.0", value: true },
    { why: "variables of macros hide those outside", source: "[1].all(x, [2].all(x, x == 2) && x == 1)", value: true },
  ]) {
    test(why, () => assert.deepEqual(evaluate(source), value));
  }

  for (const source of [
    "1 +",
    "(1",
    "[1",
    "{1: }",
    "a.",
    "1 2",
    "'a",
    "'\\q'",
    "namespace",
    "a.b(",
    "9223372036854775808",
    "`a`",
    "a ? b",
    "has(a)",
    "@",
    "{a: 1}.{",
  ]) {
    test(`${source} is no expression, and says where`, () => {
      const parsed = parseCel(source);
      assert.ok("errors" in parsed && parsed.errors.length === 1);
    });
  }

  test("any text is an expression or none, without an exception", () => {
    const part = fc.constantFrom(
      "a",
      ".",
      "(",
      ")",
      "[",
      "]",
      "{",
      "}",
      "1",
      "'x'",
      "+",
      "-",
      "!",
      "?",
      ":",
      ",",
      "in",
      "all(x, x)",
      " ",
      "&&",
      "\\",
      "`",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const source = parts.join("");
        const compiled = compileCel(source, new Map());
        return "program" in compiled || compiled.problem.includes("ERROR: <input>:") || compiled.problem.includes("instantiation");
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });
});

describe("names of fields in rules", () => {
  test("every name that can be written comes back", () => {
    const char = fc.constantFrom("a", "B", "0", "_", "__", "-", ".", "/", "in", "for");
    fc.assert(
      fc.property(fc.array(char, { minLength: 1, maxLength: 6 }), (chars) => {
        const name = chars.join("");
        const escaped = escapeField(name);
        return (
          escaped === undefined || (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(escaped) && (unescapeField(escaped) === name || name.includes("__")))
        );
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });
  test("names that begin with a digit or hold other characters cannot be written", () => {
    assert.deepEqual(["1a", "a b", "\u00f6", ""].map(escapeField), [undefined, undefined, undefined, undefined]);
  });
});

describe("patterns translated for JavaScript", () => {
  const patterns = [
    "^a.c$",
    "(?i)abc",
    "[[:alpha:]]+\\d",
    "\\pL\\PN",
    "(?P<x>a)b",
    "\\Aab\\z",
    "\\Qa.b\\E+",
    "[^\\s\\]x-z]",
    "a(?i:B)c",
    "\\x{61}[\\x{62}-d]",
    "(?s:.)b",
    "(?s)a.c",
    "(?m)^b$",
    "(x|a(?s).)(c)",
    "(?i:a(?-i:b))",
    "(?U)a+",
    "[]a]b",
    "\\bfoo\\b",
    "a{2,3}?",
    "[\\w.-]+",
  ];
  const texts = ["abc", "ABC", "a\nc", "aB1", "foo bar", "a.b.b", "ab", "]b", "aaa", "x-y.z", "\u00f61", "aBc", " x", "ad", "\nb", ""];
  for (const pattern of patterns) {
    test(`${pattern} matches the same texts in both engines`, () => {
      const translated = new RegExp(toJsPattern(pattern), "u");
      for (const text of texts) assert.equal(translated.test(text), compilePattern(pattern).test?.(text), JSON.stringify(text));
    });
  }
});
