import { invalid, tooLong } from "../field-error.ts";
import { compilePattern, type Pattern } from "../re2.ts";
import type { SchemaProps } from "../schema-props.ts";
import { addViolation, type Outcome } from "./outcome.ts";

/** Checks a string: its length in characters, its pattern. The first that fails is told. */
export type StringCheck = (value: string, path: string, out: Outcome) => void;

/** The check of a schema; patterns are compiled when first used. */
export function compileStringCheck({ maxLength, minLength, pattern }: SchemaProps): StringCheck {
  let compiled: Pattern | undefined;
  const matches = (value: string): boolean => {
    compiled ??= compilePattern(pattern ?? "");
    return compiled.test?.(value) === true;
  };
  return (value, path, out) => {
    if (typeof maxLength === "number" && value.length > maxLength && lengthOf(value) > maxLength) {
      addViolation(out, {
        text: `${path} in body should be at most ${maxLength} chars long`,
        at: path,
        error: (field) => tooLong(field, maxLength),
      });
    } else if (typeof minLength === "number" && lengthOf(value) < minLength)
      tell(value, path, `should be at least ${minLength} chars long`, out);
    else if (pattern !== undefined && pattern !== "" && !matches(value)) {
      const why = compiled?.error === undefined ? "" : `, but pattern is invalid: ${compiled.error}`;
      tell(value, path, `should match '${pattern}${why}'`, out);
    }
  };
}

function tell(value: string, path: string, what: string, out: Outcome): void {
  const text = `${path} in body ${what}`;
  addViolation(out, { text, at: path, error: (field) => invalid(field, value, text) });
}

function lengthOf(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}
