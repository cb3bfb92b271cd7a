import { typeInvalid } from "../field-error.ts";
import { goQuote } from "../go-text.ts";
import { supportedFormat } from "../formats/supported.ts";
import type { SchemaProps } from "../schema-props.ts";
import { isNearlyWhole, type JsonType, jsonTypeOf } from "./json-type.ts";
import { addViolation, type Outcome, type Violation } from "./outcome.ts";

/** What a schema says of the type of a value. */
export interface TypeRule {
  readonly types: readonly string[];
  /** The format, if it is one that the server knows for the type; else `""`. */
  readonly format: string;
  readonly isNullable: boolean;
}

/** The type rule of a schema. `x-kubernetes-int-or-string` stands for both types, whatever `type` says. */
export function typeRuleOf(schema: SchemaProps): TypeRule {
  const isEither = schema["x-kubernetes-int-or-string"] === true;
  const types = isEither ? ["integer", "string"] : schema.type === undefined || schema.type === "" ? [] : [schema.type];
  return { types, format: supportedFormat(types, schema.format ?? ""), isNullable: schema.nullable === true };
}

/** A value of another type than it must have. */
export function wrongType(path: string, expected: string, found: string): Violation {
  const text = `${path} in body must be of type ${expected}: ${goQuote(found)}`;
  return { text, at: path, error: (field) => typeInvalid(field, found, text) };
}

/** Checks the type of a value. */
export function checkType({ types, format, isNullable }: TypeRule, value: unknown, path: string, out: Outcome): void {
  const type = jsonTypeOf(value);
  const wrong = type === "null" ? !isNullAllowed(types, isNullable) && types.join(",") : expectedInstead({ types, format, value, type });
  if (wrong === false) out.matches++;
  else addViolation(out, wrongType(path, wrong, type !== "null" && wrong === format && format !== "" ? formatOfNumber(type) : type));
}

function isNullAllowed(types: readonly string[], isNullable: boolean): boolean {
  return types.length === 0 || isNullable || types.includes("null");
}

interface Question {
  readonly types: readonly string[];
  readonly format: string;
  readonly value: unknown;
  readonly type: JsonType;
}

/** What the server says the value must be, or `false` when it is right. A list passes for a string that has a format. */
function expectedInstead({ types, format, value, type }: Question): string | false {
  const isWholeFloat = type === "number" && types.includes("integer") && isNearlyWhole(value as number); // The type says so.
  const isIntForFloat = type === "integer" && types.includes("number");
  const isNumeric = types.includes("number") || types.includes("integer");
  const isTextual = type === "string" || type === "array";
  const isRight = types.includes(type) || isWholeFloat || isIntForFloat;
  if (!isTextual && format !== "" && !isRight && formatOfNumber(type) !== format) return format;
  if (!isNumeric && format !== "" && isTextual) return false;
  return isRight ? false : types.join(",");
}

function formatOfNumber(type: JsonType): string {
  return type === "integer" ? "int64" : type === "number" ? "float64" : "";
}
