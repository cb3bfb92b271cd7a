import type { FieldError } from "./schema-port.ts";

/** A field lacks what it must have. */
export function required(field: string, message: string): FieldError {
  return { reason: "FieldValueRequired", field, message: message === "" ? "Required value" : `Required value: ${message}` };
}

/** A field has a value that it cannot have. */
export function invalidValue(field: string, value: unknown, message: string): FieldError {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${shown(value)}: ${message}` };
}

/** A field may not be as it is here. */
export function forbiddenValue(field: string, message: string): FieldError {
  return { reason: "FieldValueForbidden", field, message: `Forbidden: ${message}` };
}

/** A field has none of the values that it may have. */
export function unsupportedValue(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((each) => JSON.stringify(each)).join(", ");
  return { reason: "FieldValueNotSupported", field, message: `Unsupported value: ${shown(value)}: supported values: ${list}` };
}

/** A value occurs twice where each must be its own. */
export function duplicateValue(field: string, value: unknown): FieldError {
  return { reason: "FieldValueDuplicate", field, message: `Duplicate value: ${shown(value)}` };
}

function shown(value: unknown): string {
  return value === undefined ? "null" : JSON.stringify(value);
}
