import { isRecord, type JsonObject, setField } from "../../json.ts";

/** Metadata as the server keeps it, with the fields that it does not know; or why it cannot be read at all. */
export type ReadMeta = { readonly metadata: JsonObject; readonly unknown: readonly string[] } | { readonly problem: string };

/** How a field of metadata is read. */
type Reading =
  | { readonly type: "text" | "integer" | "boolean" | "time"; readonly keeps?: "empty" }
  | { readonly type: "texts" | "map" | "json" }
  | { readonly type: "records"; readonly of: string; readonly fields: ReadonlyMap<string, Reading> };

const OWNER_FIELDS: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  ["apiVersion", { type: "text", keeps: "empty" }],
  ["kind", { type: "text", keeps: "empty" }],
  ["name", { type: "text", keeps: "empty" }],
  ["uid", { type: "text", keeps: "empty" }],
  ["controller", { type: "boolean", keeps: "empty" }],
  ["blockOwnerDeletion", { type: "boolean", keeps: "empty" }],
]);

const MANAGED_FIELDS: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  ["manager", { type: "text" }],
  ["operation", { type: "text" }],
  ["apiVersion", { type: "text" }],
  ["time", { type: "time" }],
  ["fieldsType", { type: "text" }],
  ["fieldsV1", { type: "json" }],
  ["subresource", { type: "text" }],
]);

const META_FIELDS: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  ["name", { type: "text" }],
  ["generateName", { type: "text" }],
  ["namespace", { type: "text" }],
  ["selfLink", { type: "text" }],
  ["uid", { type: "text" }],
  ["resourceVersion", { type: "text" }],
  ["generation", { type: "integer" }],
  ["creationTimestamp", { type: "time" }],
  ["deletionTimestamp", { type: "time" }],
  ["deletionGracePeriodSeconds", { type: "integer", keeps: "empty" }],
  ["labels", { type: "map" }],
  ["annotations", { type: "map" }],
  ["ownerReferences", { type: "records", of: "OwnerReference", fields: OWNER_FIELDS }],
  ["finalizers", { type: "texts" }],
  ["managedFields", { type: "records", of: "ManagedFieldsEntry", fields: MANAGED_FIELDS }],
]);

class Unreadable extends Error {}

/**
 * Reads JSON as the `metadata` of an object, as the server decodes and writes it back: unknown and empty fields are
 * dropped, `null` is absent. Never throws: what has another type than it must have is a problem, worded as Go words it.
 */
export function readMeta(value: unknown): ReadMeta {
  if (value === null || value === undefined) return { metadata: {}, unknown: [] };
  if (!isRecord(value)) return { problem: `json: cannot unmarshal ${goTypeOf(value)} into Go value of type v1.ObjectMeta` };
  const unknown: string[] = [];
  try {
    return { metadata: readRecord(value, META_FIELDS, { type: "ObjectMeta", path: "", unknown }), unknown: unknown.sort() };
  } catch (cause) {
    if (cause instanceof Unreadable) return { problem: cause.message };
    throw cause;
  }
}

interface Place {
  readonly type: string;
  readonly path: string;
  readonly unknown: string[];
}

function readRecord(record: JsonObject, readings: ReadonlyMap<string, Reading>, place: Place): JsonObject {
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(record)) {
    const reading = readings.get(name);
    const path = place.path === "" ? name : `${place.path}.${name}`;
    if (reading === undefined) place.unknown.push(path);
    else if (value !== null) keep(out, name, { reading, value: read(value, reading, { ...place, path }) });
  }
  for (const [name, reading] of readings) {
    if (reading.type === "text" && reading.keeps === "empty" && !Object.hasOwn(out, name)) out[name] = "";
  }
  return out;
}

function keep(out: JsonObject, name: string, { reading, value }: { readonly reading: Reading; readonly value: unknown }): void {
  const keepsEmpty = "keeps" in reading && reading.keeps === "empty";
  if (keepsEmpty || !isEmpty(value)) out[name] = value;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === "" || value === 0 || value === false || (isRecord(value) && Object.keys(value).length === 0);
}

function read(value: unknown, reading: Reading, place: Place): unknown {
  switch (reading.type) {
    case "text":
      return typeof value === "string" ? value : fail(value, "string", place);
    case "integer":
      return Number.isInteger(value) ? value : fail(value, "int64", place);
    case "boolean":
      return typeof value === "boolean" ? value : fail(value, "bool", place);
    case "time":
      return readTime(value);
    case "json":
      return value;
    case "texts":
      return readTexts(value, place);
    case "map":
      return readMap(value, place);
    case "records":
      return readRecords(value, reading, place);
  }
}

function readTexts(value: unknown, place: Place): unknown {
  if (!Array.isArray(value)) return fail(value, "[]string", place);
  return value.map((each) => (each === null ? "" : typeof each === "string" ? each : fail(each, "string", place)));
}

function readMap(value: unknown, place: Place): unknown {
  if (!isRecord(value)) return fail(value, "map[string]string", place);
  const out: JsonObject = {};
  for (const [key, each] of Object.entries(value))
    setField(out, key, each === null ? "" : typeof each === "string" ? each : fail(each, "string", place));
  return out;
}

function readRecords(value: unknown, reading: Extract<Reading, { type: "records" }>, place: Place): unknown {
  if (!Array.isArray(value)) return fail(value, `[]v1.${reading.of}`, place);
  return value.map((each, index) => {
    if (each !== null && !isRecord(each)) return fail(each, `v1.${reading.of}`, place);
    return readRecord(each ?? {}, reading.fields, { ...place, type: reading.of, path: `${place.path}[${index}]` });
  });
}

function readTime(value: unknown): string {
  const text = typeof value === "string" ? value : "";
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = isTime ? Date.parse(text.replace(",", ".")) : Number.NaN;
  if (Number.isNaN(at))
    throw new Unreadable(
      `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
    );
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

function fail(value: unknown, type: string, { type: struct, path }: Place): never {
  const field = path.replace(/\[\d+\]/g, "");
  throw new Unreadable(`json: cannot unmarshal ${goTypeOf(value)} into Go struct field ${struct}.${field} of type ${type}`);
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
