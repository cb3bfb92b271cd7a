import { invalid } from "../field-error.ts";
import { goFloat } from "../go-text.ts";
import type { SchemaProps } from "../schema-props.ts";
import { isInt64, isNearlyWhole } from "./json-type.ts";
import { addViolation, type Outcome, unplaced } from "./outcome.ts";
import type { TypeRule } from "./type-check.ts";

/** Checks a number: the range of its type and format, its bounds, its step. */
export type NumberCheck = (value: number, path: string, out: Outcome) => void;

/** The check of a schema. */
export function compileNumberCheck(schema: SchemaProps, rule: TypeRule): NumberCheck {
  const range = rangeOf(rule);
  const { maximum, minimum, multipleOf } = schema;
  return (value, path, out) => {
    out.matches++;
    checkRange(range, value, { prefix: "Checked", path, out });
    if (typeof multipleOf === "number") {
      const isOfType = checkRange(range, multipleOf, { prefix: "MultipleOf", path, out });
      checkMultiple(isInt64(value) && isOfType ? Math.trunc(multipleOf) : multipleOf, value, path, out);
    }
    // Bounds of whole numbers are cut to whole numbers first, as the server does.
    const cut = (bound: number, isOfType: boolean): number => (isInt64(value) && isOfType ? Math.trunc(bound) : bound);
    if (typeof minimum === "number") {
      const bound = cut(minimum, checkRange(range, minimum, { prefix: "Minimum boundary", path, out }));
      checkMinimum({ value, bound, isExclusive: schema.exclusiveMinimum === true }, path, out);
    }
    if (typeof maximum === "number") {
      const bound = cut(maximum, checkRange(range, maximum, { prefix: "Maximum boundary", path, out }));
      checkMaximum({ value, bound, isExclusive: schema.exclusiveMaximum === true }, path, out);
    }
  };
}

interface NumberRange {
  readonly name: string;
  readonly contains: (value: number) => boolean;
}

/** What the type and format of a schema allow; `undefined` when that is any number. */
function rangeOf({ types, format }: TypeRule): NumberRange | undefined {
  if (types.length !== 1) return undefined;
  const named = (type: string): string => (format === "" ? `of type ${type} (default format)` : `of type ${type} with format ${format}`);
  if (types[0] === "integer") {
    const contains = format === "int32" ? (value: number) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31 : isInt64;
    return { name: named("integer"), contains };
  }
  return types[0] === "number" && format === "float"
    ? { name: named("number"), contains: (value) => Number.isFinite(Math.fround(value)) }
    : undefined;
}

function checkRange(
  range: NumberRange | undefined,
  value: number,
  { prefix, path, out }: { prefix: string; path: string; out: Outcome },
): boolean {
  if (range === undefined || range.contains(value)) return true;
  addViolation(out, unplaced(`${prefix} value must be ${range.name} in ${path}`));
  return false;
}

function tell(value: number, path: string, what: string, out: Outcome): void {
  const text = `${path} in body ${what}`;
  addViolation(out, { text, at: path, error: (field) => invalid(field, value, text) });
}

function checkMultiple(factor: number, value: number, path: string, out: Outcome): void {
  if (factor <= 0) {
    const text = `factor MultipleOf declared for ${path} must be positive: ${goFloat(factor)}`;
    addViolation(out, { text, at: path, error: (field) => invalid(field, factor, text) });
    return;
  }
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  const isMultiple = isInt64(value) && isInt64(factor) ? value % factor === 0 : isNearlyWhole(quotient);
  if (!isMultiple) tell(value, path, `should be a multiple of ${shownBound(value, factor)}`, out);
}

/** Bounds of whole numbers are shown as such, others as floating-point numbers. */
function shownBound(value: number, bound: number): string {
  return isInt64(value) && isInt64(bound) ? String(bound) : goFloat(bound);
}

interface Bound {
  readonly value: number;
  readonly bound: number;
  readonly isExclusive: boolean;
}

function checkMinimum({ value, bound, isExclusive }: Bound, path: string, out: Outcome): void {
  if (isExclusive ? value > bound : value >= bound) return;
  tell(value, path, `should be greater than ${isExclusive ? "" : "or equal to "}${shownBound(value, bound)}`, out);
}

function checkMaximum({ value, bound, isExclusive }: Bound, path: string, out: Outcome): void {
  if (isExclusive ? value < bound : value <= bound) return;
  tell(value, path, `should be less than ${isExclusive ? "" : "or equal to "}${shownBound(value, bound)}`, out);
}
