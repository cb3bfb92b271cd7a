/** The type of a JSON value, as messages of the API server name it; whole numbers within 64 bits are integers. */
export type JsonType = "array" | "boolean" | "integer" | "null" | "number" | "object" | "string";

/** 2^63, from which on no number fits into 64 signed bits. */
const INT64_END = 2 ** 63;

/** Whether a number fits into a signed 64-bit integer. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -INT64_END && value < INT64_END;
}

/** The type of a JSON value. */
export function jsonTypeOf(value: unknown): JsonType {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "number":
      return isInt64(value) ? "integer" : "number";
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    default:
      return "object";
  }
}

/** Whether a number is whole but for rounding: relatively closer than 1e-9 to a whole number below 2^53. */
export function isNearlyWhole(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const whole = Math.round(value);
  return value === whole || (whole !== 0 && Math.abs(value - whole) < 1e-9 * Math.abs(whole));
}
