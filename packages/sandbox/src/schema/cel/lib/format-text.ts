import { goFloat, goQuote } from "../../go-text.ts";
import { isList, isMap, isTypeValue, typeNameOf } from "../values/kinds.ts";
import { Duration, Timestamp, Uint } from "../values/scalars.ts";
import { formatDuration, formatTimestamp } from "../values/times.ts";
import { CelError, type CelList, type CelMap, itemsOf, type Value } from "../values/value.ts";
import { clauseProblem, parseTemplate, type Placeholder } from "./format-template.ts";

/** `"%s is %d".format([a, b])`. Throws {@link CelError}. */
export function formatText(template: string, args: CelList): string {
  const values = itemsOf(args);
  let next = 0;
  const parts = parseTemplate(template).map((part) => {
    if (typeof part === "string") return part;
    const value = values[next];
    if (value === undefined) throw new CelError(part.verb === "" ? "unexpected end of string" : `index ${next} out of range`);
    next++;
    return clause(part, value);
  });
  return parts.join("");
}

function clause({ verb, precision }: Placeholder, value: Value): string {
  const problem = clauseProblem(verb, typeNameOf(value));
  if (problem !== undefined) throw new CelError(problem.message);
  switch (verb) {
    case "f":
      return fixed(double(value), precision);
    case "e":
      return scientific(double(value), precision);
    case "b":
      return typeof value === "boolean" ? String(Number(value)) : inBase(value, 2);
    case "x":
      return hex(value);
    case "X":
      return hex(value).toUpperCase();
    case "o":
      return inBase(value, 8);
    default:
      return plain(value);
  }
}

function inBase(value: Value, base: number): string {
  return (value instanceof Uint ? value.value : (value as bigint)).toString(base); // The verb was held against the type.
}

function double(value: Value): number {
  const number = Number(value); // Texts stand for what is not finite.
  if (typeof value === "string" && Number.isFinite(number))
    throw new CelError("error during formatting: fixed-point clause can only be used on doubles, was given string");
  return number;
}

function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const [head = "", tail] = value.toFixed(Math.min(precision, 100)).split(".");
  const grouped = head.replace(/\B(?=(\d{3})+$)/g, ",");
  return tail === undefined ? grouped : `${grouped}.${tail}`;
}

function scientific(value: number, precision: number): string {
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
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : inBase(value, 16);
}

function plain(value: Value): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value === "number" ? goFloat(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return formatTimestamp(value.nanoseconds);
  if (value instanceof Duration) return formatDuration(value.nanoseconds);
  if (isList(value)) return `[${itemsOf(value).map(quoted).join(", ")}]`;
  if (isMap(value)) return plainMap(value);
  if (isTypeValue(value)) return value.name;
  throw new CelError(clauseProblem("s", typeNameOf(value))?.message);
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
