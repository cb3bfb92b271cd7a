import { equalJson, isRecord, type JsonObject } from "../../../json.ts";
import { parseFormatDuration } from "../../formats/time.ts";
import { itemsOf, propertyOf, type SchemaProps, valuesOf } from "../../schema-props.ts";
import { withMetaFields } from "../types/schema-type.ts";
import { isEqual } from "./equality.ts";
import { escapeField, unescapeField } from "./field-names.ts";
import { parseDate, parseDateTime } from "./times.ts";
import { isMap, noSuchOverload } from "./kinds.ts";
import { Duration, Timestamp } from "./scalars.ts";
import { CelError, type CelList, type CelMap, INT_END, type Opaque, type Value } from "./value.ts";

/** JSON as a value of the type that its schema says. Throws {@link CelError} where the two do not fit. */
export function fromJson(json: unknown, schema: SchemaProps): Value {
  if (json === null || json === undefined) {
    if (schema.nullable === true) return null;
    throw new CelError("invalid data, got null for schema with nullable=false");
  }
  if (schema["x-kubernetes-int-or-string"] === true) return intOrString(json);
  switch (schema.type) {
    case "object":
      if (!isRecord(json)) throw new CelError("invalid data, expected a map for the provided schema with type=object");
      return objectFrom(json, schema);
    case "array":
      if (!Array.isArray(json)) throw new CelError("invalid data, expected an array for the provided schema with type=array");
      return listFrom(json, schema);
    case "string":
      return textFrom(json, schema.format);
    case "number":
      return typeof json === "number" ? json : wrongJson("float", json);
    case "integer":
      return Number.isInteger(json) && Math.abs(json as number) < Number(INT_END) ? BigInt(json as number) : wrongJson("int", json); // An integer is a number.
    case "boolean":
      return typeof json === "boolean" ? json : wrongJson("bool", json);
    default:
      if (schema["x-kubernetes-preserve-unknown-fields"] === true) return unknownJson(json);
      throw new CelError(
        `invalid type, expected object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true, got ${schema.type ?? ""}`,
      );
  }
}

function intOrString(json: unknown): Value {
  if (typeof json === "string") return json;
  if (Number.isInteger(json)) return BigInt(json as number); // An integer is a number.
  throw new CelError("invalid data, expected XIntOrString value to be either a string or integer");
}

function wrongJson(expected: string, json: unknown): never {
  const found = typeof json === "number" ? "float64" : typeof json === "boolean" ? "bool" : typeof json;
  throw new CelError(`invalid data, expected ${expected}, got ${found}`);
}

function textFrom(json: unknown, format: string | undefined): Value {
  if (typeof json !== "string") return wrongJson("string", json);
  switch (format) {
    case "duration": {
      const nanoseconds = parseFormatDuration(json);
      if (nanoseconds === undefined) throw new CelError(`Invalid duration ${json}: unable to parse ${json} as duration`);
      return new Duration(nanoseconds);
    }
    case "date":
      return new Timestamp(parseDate(json) ?? invalidTime("date", json));
    case "date-time":
      return new Timestamp(parseDateTime(json) ?? invalidTime("date-time", json));
    case "byte":
      return new Uint8Array(Buffer.from(json, "base64url"));
    default:
      return json;
  }
}

function invalidTime(format: string, json: string): never {
  throw new CelError(`Invalid ${format} formatted string ${json}`);
}

function objectFrom(json: JsonObject, given: SchemaProps): CelMap {
  const schema = given["x-kubernetes-embedded-resource"] === true ? withMetaFields(given) : given;
  const hasFields = schema.properties !== undefined;
  const values = hasFields ? undefined : valuesOf(schema);
  const schemaOf = (name: string): SchemaProps | undefined => (hasFields ? propertyOf(schema, name) : values);
  const find = (key: Value): Value | undefined => {
    if (typeof key !== "string") throw noSuchOverload();
    const name = hasFields ? unescapeField(key) : key;
    const below = name === undefined || !Object.hasOwn(json, name) ? undefined : schemaOf(name);
    if (name === undefined || below === undefined || (hasFields && json[name] === null)) return undefined;
    return fromJson(json[name], below);
  };
  const keys = (): readonly Value[] => {
    const known = Object.keys(json).filter((name) => schemaOf(name) !== undefined);
    return hasFields ? known.map((name) => escapeField(name) ?? name) : known;
  };
  const map: CelMap = { shape: "map", size: Object.keys(json).length, raw: json, find, keys };
  return { ...map, isEqual: (other) => areObjectsEqual({ json, map, schemaOf }, other) };
}

interface JsonMap {
  readonly json: JsonObject;
  readonly map: CelMap;
  readonly schemaOf: (name: string) => SchemaProps | undefined;
}

function areObjectsEqual({ json, map, schemaOf }: JsonMap, other: CelMap): boolean {
  if (map.size !== other.size) return false;
  return Object.entries(json).every(([name, value]) => {
    if (schemaOf(name) === undefined) return !isRecord(other.raw) || !Object.hasOwn(other.raw, name) || equalJson(value, other.raw[name]);
    const [left, right] = [map.find(name), other.find(name)];
    return left === undefined || right === undefined ? left === right : isEqual(left, right);
  });
}

function listFrom(json: readonly unknown[], schema: SchemaProps): CelList {
  const items = itemsOf(schema);
  if (items === undefined) throw new CelError("invalid array type, expected Items with a non-empty Schema");
  return jsonList(json, items, schema);
}

function jsonList(json: readonly unknown[], items: SchemaProps, schema: SchemaProps): CelList {
  const at = (index: number): Value => fromJson(json[index], items);
  const plain: CelList = { shape: "list", size: json.length, at };
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return { ...plain, ...setRules(json, items, schema) };
    case "map":
      return { ...plain, ...keyedRules(json, items, schema) };
    default:
      return plain;
  }
}

type ListRules = Required<Pick<CelList, "concat" | "isEqual">>;

function valuesIn(list: CelList): readonly Value[] {
  return Array.from({ length: list.size }, (_, index) => list.at(index));
}

/** Sets are equal whatever their order, and `+` is their union. */
function setRules(json: readonly unknown[], items: SchemaProps, schema: SchemaProps): ListRules {
  const own = json.map((each) => fromJson(each, items));
  const has = (value: Value): boolean => own.some((each) => isEqual(each, value));
  return {
    isEqual: (other) => own.length === other.size && valuesIn(other).every(has),
    concat: (other) => mixedList([...own, ...valuesIn(other).filter((value) => !has(value))], schema),
  };
}

/** Keyed lists are equal whatever their order; with `+` items replace those of the same keys. */
function keyedRules(json: readonly unknown[], items: SchemaProps, schema: SchemaProps): ListRules {
  const keyOf = (value: Value): string => {
    const raw = isMap(value) && isRecord(value.raw) ? value.raw : {};
    return JSON.stringify((schema["x-kubernetes-list-map-keys"] ?? []).map((key) => raw[key] ?? null));
  };
  const byKey = new Map(json.map((each) => fromJson(each, items)).map((value) => [keyOf(value), value]));
  return {
    isEqual: (other) =>
      json.length === other.size &&
      valuesIn(other).every((value) => {
        const own = byKey.get(keyOf(value));
        return own !== undefined && isEqual(own, value);
      }),
    concat: (other) =>
      mixedList([...new Map([...byKey, ...valuesIn(other).map((value) => [keyOf(value), value] as const)]).values()], schema),
  };
}

function mixedList(values: readonly Value[], schema: SchemaProps): CelList {
  const items = itemsOf(schema) ?? {};
  const json = values.map((value) =>
    isMap(value) && value.raw !== undefined ? value.raw : typeof value === "bigint" ? Number(value) : value,
  );
  const at = (index: number): Value => values[index] ?? null;
  const rules = schema["x-kubernetes-list-type"] === "set" ? setRules(json, items, schema) : keyedRules(json, items, schema);
  return { shape: "list", size: values.length, at, ...rules };
}

function unknownJson(json: unknown): Opaque {
  return {
    shape: "opaque",
    type: { kind: "object", name: "unknown", fields: undefined },
    content: json,
    equals: (other) => equalJson(json, other.content),
  };
}
