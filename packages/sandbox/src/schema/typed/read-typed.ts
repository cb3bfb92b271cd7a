import { isRecord, type JsonObject, setField } from "../../json.ts";

/** The shape of JSON that the server decodes into a Go type. */
export type Shape =
  | { readonly type: "bool" | "float64" | "int32" | "int64" | "json" | "string" | "time" | "bytes" }
  | { readonly type: "list" | "map"; readonly of: Shape }
  | { readonly type: "either"; readonly choose: (value: unknown) => Shape | undefined; readonly problem: string }
  | { readonly type: "record"; readonly name: string; readonly fields: () => ReadonlyMap<string, Field> };

/** A field of a record. */
export interface Field {
  readonly shape: Shape;
  /** Whether the field is written also when it is empty, because it is required or a pointer. */
  readonly keepsEmpty?: boolean;
  /** What is written when the field is missing. */
  readonly missing?: unknown;
}

/** JSON as the server would write it back, with the paths of the fields that it does not know; or why it cannot be read. */
export type ReadTyped = { readonly value: unknown; readonly unknown: readonly string[] } | { readonly problem: string };

class Unreadable extends Error {}

/**
 * Reads JSON as the server decodes it into a type, and as it writes it back: unknown fields are dropped, so are empty
 * ones, `null` is absent. Never throws: a value of another type than it must have is a problem, worded as Go words it.
 */
export function readTyped(value: unknown, shape: Shape): ReadTyped {
  const unknown: string[] = [];
  try {
    return { value: read(value, shape, { struct: "", path: "", fields: "", unknown }), unknown: unknown.sort() };
  } catch (cause) {
    if (cause instanceof Unreadable) return { problem: cause.message };
    throw cause;
  }
}

interface Place {
  readonly struct: string;
  readonly path: string;
  /** The path without indexes and keys. */
  readonly fields: string;
  readonly unknown: string[];
}

function read(value: unknown, shape: Shape, place: Place): unknown {
  switch (shape.type) {
    case "json":
      return value;
    case "time":
      return readTime(value);
    case "record":
      return isRecord(value) ? readRecord(value, shape, place) : fail(value, shape, place);
    case "list":
      return Array.isArray(value) ? value.map((each, index) => readItem(each, shape.of, `[${index}]`, place)) : fail(value, shape, place);
    case "map":
      return isRecord(value) ? readMap(value, shape.of, place) : fail(value, shape, place);
    case "either":
      return readEither(value, shape, place);
    default:
      return isScalar(value, shape.type) ? value : fail(value, shape, place);
  }
}

function isScalar(value: unknown, type: string): boolean {
  switch (type) {
    case "bool":
      return typeof value === "boolean";
    case "float64":
      return typeof value === "number";
    case "int32":
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31; // An integer is a number.
    case "int64":
      return Number.isInteger(value);
    default:
      return typeof value === "string";
  }
}

function readEither(value: unknown, shape: Extract<Shape, { type: "either" }>, place: Place): unknown {
  const chosen = shape.choose(value);
  if (chosen === undefined) throw new Unreadable(shape.problem);
  return read(value, chosen, place);
}

function readRecord(record: JsonObject, shape: Extract<Shape, { type: "record" }>, place: Place): JsonObject {
  const out: JsonObject = {};
  const fields = shape.fields();
  for (const [name, value] of Object.entries(record)) {
    const field = fields.get(name);
    const path = place.path === "" ? name : `${place.path}.${name}`;
    if (field === undefined) place.unknown.push(path);
    else if (value !== null) {
      const kept = read(value, field.shape, {
        struct: shape.name,
        path,
        fields: place.fields === "" ? name : `${place.fields}.${name}`,
        unknown: place.unknown,
      });
      if (field.keepsEmpty === true || !isEmpty(kept)) out[name] = kept;
    }
  }
  for (const [name, { missing }] of fields) if (missing !== undefined && !Object.hasOwn(out, name)) out[name] = missing;
  return out;
}

function readMap(record: JsonObject, of: Shape, place: Place): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(record)) setField(out, key, readItem(value, of, `.${key}`, place));
  return out;
}

function readItem(value: unknown, shape: Shape, step: string, place: Place): unknown {
  return value === null ? zeroOf(shape) : read(value, shape, { ...place, path: `${place.path}${step}` });
}

function zeroOf(shape: Shape): unknown {
  switch (shape.type) {
    case "bool":
      return false;
    case "float64":
    case "int32":
    case "int64":
      return 0;
    case "record":
      return readRecord({}, shape, { struct: "", path: "", fields: "", unknown: [] });
    case "string":
      return "";
    default:
      return null;
  }
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === "" || value === 0 || value === false || (isRecord(value) && Object.keys(value).length === 0);
}

function readTime(value: unknown): string {
  const text = typeof value === "string" ? value : "";
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = isTime ? Date.parse(text.replace(",", ".")) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  const shown = JSON.stringify(value);
  throw new Unreadable(`parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`);
}

function fail(value: unknown, shape: Shape, { struct, fields }: Place): never {
  const where = fields === "" ? "Go value" : `Go struct field ${struct}.${fields}`;
  throw new Unreadable(`json: cannot unmarshal ${foundType(value)} into ${where} of type ${goType(shape)}`);
}

function foundType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean"
    ? "bool"
    : typeof value === "number"
      ? Number.isInteger(value)
        ? "number"
        : `number ${value}`
      : typeof value;
}

function goType(shape: Shape): string {
  switch (shape.type) {
    case "list":
      return `[]${goType(shape.of)}`;
    case "map":
      return `map[string]${goType(shape.of)}`;
    case "record":
      return `v1.${shape.name}`;
    case "bytes":
      return "[]uint8";
    default:
      return shape.type;
  }
}
