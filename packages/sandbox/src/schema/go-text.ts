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

/** A number of a JSON value as the API server writes it in messages: whole numbers within 64 bits as they are, others as {@link goFloat}. */
export function goNumber(value: number): string {
  const isWhole = Number.isInteger(value) && Math.abs(value) < 2 ** 63;
  return isWhole ? BigInt(value).toString() : goFloat(value);
}

/** The power of ten from which on Go writes a number with an exponent. */
const EXPONENT_FROM = 6;

/** A floating-point number as the API server writes it in messages (Go's `%v`): `0.5`, `100000`, `1e+06`, `1e-05`. */
export function goFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < EXPONENT_FROM) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
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
  if (typeof value !== "object") return String(value);
  const sorted = Object.entries(value).sort(([a], [b]) => Number(a > b) - Number(a < b));
  return `map[${sorted.map(([key, field]) => `${key}:${goValue(field)}`).join(" ")}]`;
}
