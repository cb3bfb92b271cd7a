import type { Field, Shape } from "./read-typed.ts";

/** A text. */
export const STRING: Shape = { type: "string" };
/** A truth value. */
export const BOOL: Shape = { type: "bool" };
/** A whole number of 64 bits. */
export const INT: Shape = { type: "int64" };
/** Any JSON. */
export const JSON_VALUE: Shape = { type: "json" };
/** A list of texts. */
export const STRINGS: Shape = { type: "list", of: STRING };

/** A record with these fields. A shape alone stands for a field that is written unless it is empty. */
export function record(name: string, fields: Readonly<Record<string, Field | Shape>>): Shape {
  const made = new Map(Object.entries(fields).map(([key, field]) => [key, "shape" in field ? field : { shape: field }]));
  return { type: "record", name, fields: () => made };
}

/** A list of `of`. */
export function list(of: Shape): Shape {
  return { type: "list", of };
}

/** A field that is written also when it is empty. */
export function always(shape: Shape): Field {
  return { shape, keepsEmpty: true };
}

/** A text that is written also when it is empty or missing. */
export const ALWAYS_STRING: Field = { shape: STRING, keepsEmpty: true, missing: "" };
