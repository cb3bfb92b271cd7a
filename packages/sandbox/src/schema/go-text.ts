const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\u0007", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
  ["\\", "\\\\"],
  ['"', '\\"'],
]);

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Text in double quotes as the API server quotes it in messages (Go's `%q`): printable characters stay, others are escaped. */
export function goQuote(text: string): string {
  let out = '"';
  for (const char of text) out += ESCAPES.get(char) ?? (PRINTABLE.test(char) ? char : escaped(char.codePointAt(0) ?? 0));
  return `${out}"`;
}

function escaped(code: number): string {
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** A number as the API server writes it in messages (Go's `%v`): `1e+06` is never used below 1e21, small ones get two digits of exponent. */
export function goNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : value > 0 ? "+Inf" : value < 0 ? "-Inf" : "NaN";
  const size = Math.abs(value);
  if (size >= 1e21 || size < 1e-4) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return String(value);
}

/** JSON as the API server writes it in messages: keys sorted, `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  return plainJson(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
}

function plainJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.sort(([a], [b]) => Number(a > b) - Number(a < b));
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${plainJson(field)}`).join(",")}}`;
}

/** Any JSON value as Go's `%v` writes it: `[a b]`, `map[k:v]`, `<nil>`. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "number") return goNumber(value);
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (typeof value !== "object") return String(value as string | boolean); // JSON has no other scalars.
  const sorted = Object.entries(value).sort(([a], [b]) => Number(a > b) - Number(a < b));
  return `map[${sorted.map(([key, field]) => `${key}:${goValue(field)}`).join(" ")}]`;
}
