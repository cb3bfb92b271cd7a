import { goJson, goNumber, goQuote } from "./go-text.ts";

/** Why a field is refused, as the causes of a `Status` name it. */
export type FieldErrorReason =
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueInvalid"
  | "FieldValueNotFound"
  | "FieldValueNotSupported"
  | "FieldValueRequired"
  | "FieldValueTooFew"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTooShort"
  | "FieldValueTypeInvalid"
  | "InternalError";

/** A field that is refused: one cause of a `Status` with code 422, worded as the API server words it. */
export interface FieldError {
  readonly reason: FieldErrorReason;
  /** The path, such as `spec.ports[0].name`; `<nil>` when the server names none. */
  readonly field: string;
  readonly message: string;
}

/** What the server writes for a path that is empty. */
const NO_FIELD = "<nil>";

function build(reason: FieldErrorReason, field: string, message: string): FieldError {
  return { reason, field: field === "" ? NO_FIELD : field, message };
}

function withDetail(head: string, detail: string): string {
  return detail === "" ? head : `${head}: ${detail}`;
}

function shown(value: unknown): string {
  if (typeof value === "string") return goQuote(value);
  return typeof value === "number" ? goNumber(value) : goJson(value);
}

/** The field must be there. */
export function required(field: string, detail = ""): FieldError {
  return build("FieldValueRequired", field, withDetail("Required value", detail));
}

/** The value is not as it must be. */
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return build("FieldValueInvalid", field, withDetail(`Invalid value: ${shown(value)}`, detail));
}

/** As {@link invalid}, with the value as text that is shown as it is. */
export function invalidShown(field: string, text: string, detail: string): FieldError {
  return build("FieldValueInvalid", field, withDetail(`Invalid value: ${text}`, detail));
}

/** As {@link invalid}, without the value. */
export function invalidUnshown(field: string, detail: string): FieldError {
  return build("FieldValueInvalid", field, withDetail("Invalid value", detail));
}

/** The value has another JSON type than it must have. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return build("FieldValueTypeInvalid", field, withDetail(`Invalid value: ${shown(value)}`, detail));
}

/** The value is none of those that are possible. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? "" : `supported values: ${supported.map(goQuote).join(", ")}`;
  return build("FieldValueNotSupported", field, withDetail(`Unsupported value: ${shown(value)}`, detail));
}

/** The field may not be set, or not so. */
export function forbidden(field: string, detail: string): FieldError {
  return build("FieldValueForbidden", field, withDetail("Forbidden", detail));
}

/** The value is there twice. */
export function duplicate(field: string, value: unknown): FieldError {
  return build("FieldValueDuplicate", field, `Duplicate value: ${shown(value)}`);
}

/** The text is longer than `max`; the server counts characters and says bytes. */
export function tooLong(field: string, max: number): FieldError {
  return build("FieldValueTooLong", field, `Too long: may not be more than ${max} ${max === 1 ? "byte" : "bytes"}`);
}

/** The list or map has more than `max` items. */
export function tooMany(field: string, actual: number, max: number): FieldError {
  return build("FieldValueTooMany", field, `Too many: ${actual}: must have at most ${max} ${max === 1 ? "item" : "items"}`);
}

/** The server failed where it should not. */
export function internalError(field: string, detail: string): FieldError {
  return build("InternalError", field, `Internal error: ${detail}`);
}
