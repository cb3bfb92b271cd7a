import { isRecord, type JsonObject } from "../../json.ts";
import { duplicate, type FieldError, invalid } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { goJson } from "../go-text.ts";
import { itemsOf, propertyOf, type SchemaProps, valuesOf } from "../schema-props.ts";

/** The items that occur more than once in lists with `x-kubernetes-list-type` `set`, or whose keys do in those with `map`. */
export function listTypeErrors(value: unknown, schema: SchemaProps | undefined, path = ""): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) return errorsOfList(value, schema, path);
  return isRecord(value) ? errorsOfFields(value, schema, path) : [];
}

function errorsOfFields(object: JsonObject, schema: SchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const values = valuesOf(schema);
  for (const [key, value] of Object.entries(object)) {
    if (typeof value !== "object" || value === null) continue;
    if (values !== undefined) errors.push(...listTypeErrors(value, values, item(path, key)));
    errors.push(...listTypeErrors(value, propertyOf(schema, key), child(path, key)));
  }
  return errors;
}

function errorsOfList(list: readonly unknown[], schema: SchemaProps, path: string): FieldError[] {
  const errors = ownErrors(list, schema, path);
  const below = itemsOf(schema);
  if (below !== undefined) {
    for (const [index, value] of list.entries()) errors.push(...listTypeErrors(value, below, item(path, index)));
  }
  return errors;
}

function ownErrors(list: readonly unknown[], schema: SchemaProps, path: string): FieldError[] {
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return secondPlaces(list).map((index) => duplicate(item(path, index), list[index]));
    case "map":
      return mapErrors(list, schema["x-kubernetes-list-map-keys"] ?? [], path);
    default:
      return [];
  }
}

function mapErrors(list: readonly unknown[], keys: readonly string[], path: string): FieldError[] {
  const stray = list.findIndex((each) => each !== null && !isRecord(each));
  if (stray !== -1) return [invalid(item(path, stray), list[stray], "must be an object for an array of list-type map")];
  const found = list.map((each) => {
    const record: JsonObject = isRecord(each) ? each : {};
    return Object.fromEntries(keys.filter((key) => Object.hasOwn(record, key)).map((key) => [key, record[key]]));
  });
  return secondPlaces(found).map((index) => duplicate(item(path, index), found[index]));
}

/** Where a value stands for the second time; a third one is not told again. */
function secondPlaces(values: readonly unknown[]): readonly number[] {
  if (values.length <= 1) return [];
  const seen = new Map<unknown, number>();
  const places: number[] = [];
  for (const [index, value] of values.entries()) {
    const key = typeof value === "object" && value !== null ? `json ${goJson(value)}` : typeof value === "string" ? `text ${value}` : value;
    const times = seen.get(key) ?? 0;
    if (times === 1) places.push(index);
    seen.set(key, times + 1);
  }
  return places;
}
