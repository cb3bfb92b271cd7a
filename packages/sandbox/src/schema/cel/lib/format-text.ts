import { goQuote } from "../../go-text.ts";
import { isList, isMap, isTypeValue, typeNameOf } from "../values/kinds.ts";
import { Duration, Timestamp, Uint } from "../values/scalars.ts";
import { formatDuration, formatTimestamp } from "../values/times.ts";
import { CelError, type CelList, type CelMap, itemsOf, type Value } from "../values/value.ts";

/** `"%s is %d".format([a, b])`. Throws {@link CelError}. */
export function formatText(template: string, args: CelList): string {
  const values = itemsOf(args);
  let next = 0;
  return template.replace(/%(?:%|(\.\d+)?(.?))/gs, (match, precision: string | undefined, verb: string | undefined) => {
    if (match === "%%") return "%";
    if (verb === undefined || verb === "") throw new CelError("unexpected end of string");
    const value = values[next];
    if (value === undefined) throw new CelError(`index ${next} out of range`);
    next++;
    return clause(verb, value, precision === undefined ? 6 : Number(precision.slice(1)));
  });
}

function clause(verb: string, value: Value, precision: number): string {
  switch (verb) {
    case "s":
      return plain(value);
    case "d":
      return typeof value === "bigint" || value instanceof Uint ? String(whole(value)) : refuse("integer", "decimal", value);
    case "f":
      return fixed(value, precision);
    case "e":
      return scientific(value, precision);
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0";
      return typeof value === "bigint" || value instanceof Uint ? whole(value).toString(2) : refuse("integers and bools", "binary", value);
    case "x":
    case "X":
      return verb === "x" ? hex(value) : hex(value).toUpperCase();
    case "o":
      return typeof value === "bigint" || value instanceof Uint ? whole(value).toString(8) : refuse("integer", "octal", value);
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function whole(value: Uint | bigint): bigint {
  return value instanceof Uint ? value.value : value;
}

function refuse(allowed: string, clauseName: string, value: Value): never {
  throw new CelError(`error during formatting: ${clauseName} clause can only be used on ${allowed}, was given ${typeNameOf(value)}`);
}

function fixed(value: Value, precision: number): string {
  if (typeof value !== "number") return refuse("doubles", "fixed-point", value);
  if (!Number.isFinite(value)) return notFinite(value);
  const [head = "", tail] = value.toFixed(Math.min(precision, 100)).split(".");
  const grouped = head.replace(/\B(?=(\d{3})+$)/g, ",");
  return tail === undefined ? grouped : `${grouped}.${tail}`;
}

function scientific(value: Value, precision: number): string {
  if (typeof value !== "number") return refuse("doubles", "scientific", value);
  if (!Number.isFinite(value)) return notFinite(value);
  const [digits = "", exponent = "+0"] = value.toExponential(Math.min(precision, 100)).split("e");
  const power = `${exponent.charAt(0)}${exponent.slice(1).padStart(2, "0")}`;
  return `${digits}\u202f\u00d7\u202f10${superscript(power)}`;
}

function superscript(text: string): string {
  const digits = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";
  return text.replace(/[+-]|\d/g, (char) => (char === "+" ? "" : char === "-" ? "\u207b" : digits.charAt(Number(char))));
}

function notFinite(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "\u221e" : "-\u221e";
}

function hex(value: Value): string {
  if (typeof value === "bigint" || value instanceof Uint) return whole(value).toString(16);
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : refuse("integers, byte buffers, and strings", "hex", value);
}

function plain(value: Value): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value === "number" && !Number.isFinite(value) ? notFiniteName(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return formatTimestamp(value.nanoseconds);
  if (value instanceof Duration) return formatDuration(value.nanoseconds);
  if (isList(value)) return `[${itemsOf(value).map(quoted).join(", ")}]`;
  if (isMap(value)) return plainMap(value);
  if (isTypeValue(value)) return value.name;
  throw new CelError(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeNameOf(value)}`,
  );
}

function notFiniteName(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function quoted(value: Value): string {
  if (typeof value === "string") return goQuote(value);
  return value instanceof Uint8Array ? `b${goQuote(plain(value))}` : plain(value);
}

function plainMap(map: CelMap): string {
  const pairs = map.keys().map((key) => [quoted(key), quoted(map.find(key) ?? null)] as const);
  const sorted = pairs.sort(([a], [b]) => Number(a > b) - Number(a < b));
  return `{${sorted.map(([key, value]) => `${key}:${value}`).join(", ")}}`;
}
