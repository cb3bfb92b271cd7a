import { RE2JS } from "@bufbuild/re2";

/** A regular expression in RE2 syntax, matched in time linear in the text; or why it is none, worded as Go words it. */
export type Pattern =
  | { readonly test: (text: string) => boolean; readonly error?: never }
  | { readonly error: string; readonly test?: never };

/** Compiles RE2 syntax, the one that `pattern` and CEL's `matches` are written in. Never throws. */
export function compilePattern(source: string): Pattern {
  try {
    const compiled = RE2JS.compile(source);
    return { test: (text) => compiled.test(text) };
  } catch (cause) {
    return { error: cause instanceof Error ? cause.message : String(cause) };
  }
}
