import type { JsonObject } from "../../json.ts";
import { type FieldError, invalid } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { itemsOf, propertyOf, type SchemaProps, valuesOf } from "../schema-props.ts";
import { readMeta } from "./read-meta.ts";

/** What was found when the metadata of an object and of what it embeds was read. */
export interface Coerced {
  /** The paths of the fields that metadata does not have, as `Strict` names them. */
  readonly unknown: readonly string[];
  /** Why the object cannot be read; the server refuses it with 400. */
  readonly problem?: string;
}

/**
 * Reads, in place, the metadata of an object and of the resources that it embeds as the server does: unknown and empty
 * fields are dropped. Stops at the first that cannot be read.
 */
export function coerceMeta(object: object, schema: SchemaProps | undefined): Coerced {
  const root = object as JsonObject; // An object of the API is JSON.
  const unknown: string[] = [];
  if (Object.hasOwn(root, "metadata")) {
    const read = readMeta(root["metadata"]);
    if ("problem" in read) return { unknown, problem: read.problem };
    root["metadata"] = read.metadata;
    unknown.push(...read.unknown.map((field) => `metadata.${field}`));
  }
  const error = coerceEmbedded(root, schema, { path: "", unknown });
  return error === undefined ? { unknown } : { unknown, problem: `${error.field}: ${error.message}` };
}

/** Reads, in place, the metadata of the resources that a value embeds; the first that cannot be read, if any. */
export function coerceValue(value: unknown, schema: SchemaProps | undefined, path: string): FieldError | undefined {
  return coerceEmbedded(value, schema, { path, unknown: [] });
}

interface Place {
  readonly path: string;
  readonly unknown: string[];
}

function coerceEmbedded(value: unknown, schema: SchemaProps | undefined, { path, unknown }: Place): FieldError | undefined {
  if (schema === undefined || typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    return firstOf(value.entries(), ([index, each]) => coerceEmbedded(each, itemsOf(schema), { path: item(path, index), unknown }));
  }
  const object = value as JsonObject; // Neither null nor an array.
  const own = schema["x-kubernetes-embedded-resource"] === true ? coerceResource(object, { path, unknown }) : undefined;
  if (own !== undefined) return own;
  const values = valuesOf(schema);
  return firstOf(Object.entries(object), ([key, each]) => {
    const property = propertyOf(schema, key);
    return coerceEmbedded(each, property ?? values, { path: property === undefined ? item(path, key) : child(path, key), unknown });
  });
}

function firstOf<T>(each: Iterable<T>, find: (value: T) => FieldError | undefined): FieldError | undefined {
  for (const value of each) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function coerceResource(object: JsonObject, { path, unknown }: Place): FieldError | undefined {
  for (const field of ["apiVersion", "kind"]) {
    if (Object.hasOwn(object, field) && typeof object[field] !== "string")
      return invalid(child(path, field), object[field], "must be a string");
  }
  if (!Object.hasOwn(object, "metadata")) return undefined;
  const at = child(path, "metadata");
  const read = readMeta(object["metadata"]);
  if ("problem" in read) return invalid(at, object["metadata"], read.problem);
  object["metadata"] = read.metadata;
  unknown.push(...read.unknown.map((field) => `${at}.${field}`));
  return undefined;
}
