import { compilePattern } from "../../re2.ts";
import { BOOL, INT, listOf, STRING } from "../lang/types.ts";
import { type CelFunction, fn, global, member } from "../types/function.ts";
import { CelError, makeList, type Value } from "../values/value.ts";
import { toJsPattern } from "./js-pattern.ts";

function matches(text: string, pattern: string): boolean {
  const { test, error } = compilePattern(pattern);
  if (test === undefined) throw new CelError(error);
  return test(text);
}

/** Finds are made by JavaScript's engine: the one of RE2 only tells whether there is a match. */
function search(pattern: string, flags: string): RegExp {
  const { error } = compilePattern(pattern);
  if (error !== undefined) throw new CelError(`Illegal regex: ${error}`);
  return new RegExp(toJsPattern(pattern), `${flags}u`);
}

function findAll(text: string, pattern: string, limit = -1n): Value {
  const found = Array.from(text.matchAll(search(pattern, "g")), ([match]) => match);
  return makeList(limit < 0n ? found : found.slice(0, Number(limit)));
}

/** Regular expressions in RE2 syntax. */
export const REGEX: readonly CelFunction[] = [
  fn("matches", global([STRING, STRING], BOOL, matches), member([STRING, STRING], BOOL, matches)),
  fn(
    "find",
    member([STRING, STRING], STRING, (text: string, pattern: string) => search(pattern, "").exec(text)?.[0] ?? ""),
  ),
  fn("findAll", member([STRING, STRING], listOf(STRING), findAll), member([STRING, STRING, INT], listOf(STRING), findAll)),
];
