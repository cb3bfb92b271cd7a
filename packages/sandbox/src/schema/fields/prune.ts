import { isRecord, type JsonObject } from "../../json.ts";
import { fieldOf, hasAdditional, itemsOf, propertyOf, type SchemaProps, valuesOf } from "../schema-props.ts";

const META_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/**
 * Drops, in place, what the structural schema does not know, and returns the paths of what was dropped, sorted.
 *
 * `apiVersion`, `kind` and `metadata` of the root and of embedded resources are kept. Below
 * `x-kubernetes-preserve-unknown-fields` only what has properties of its own is looked at.
 */
export function pruneUnknown(object: unknown, schema: SchemaProps | undefined): string[] {
  const dropped: string[] = [];
  prune(object, { schema: { ...schema, "x-kubernetes-embedded-resource": true }, path: "", dropped });
  return dropped.sort();
}

/** As {@link pruneUnknown} for a value that is no object of the API, without the paths. */
export function pruneBelow(value: unknown, schema: SchemaProps | undefined): void {
  prune(value, { schema, path: "", dropped: [] });
}

interface Place {
  readonly schema: SchemaProps | undefined;
  readonly path: string;
  readonly dropped: string[];
}

function prune(value: unknown, place: Place): void {
  if (typeof value !== "object" || value === null) return;
  if (place.schema?.["x-kubernetes-preserve-unknown-fields"] === true) prunePreserved(value, place);
  else if (Array.isArray(value)) pruneItems(value, place, prune);
  else if (isRecord(value)) pruneFields(value, place);
}

function pruneFields(object: JsonObject, { schema, path, dropped }: Place): void {
  const isEmbedded = schema?.["x-kubernetes-embedded-resource"] === true;
  for (const key of Object.keys(object)) {
    if (isEmbedded && META_FIELDS.has(key)) continue;
    const at = path === "" ? key : `${path}.${key}`;
    const isKnown = propertyOf(schema, key) !== undefined || hasAdditional(schema);
    if (isKnown) prune(object[key], { schema: fieldOf(schema, key), path: at, dropped });
    else {
      dropped.push(at);
      delete object[key];
    }
  }
}

function prunePreserved(value: object, place: Place): void {
  const { schema, path, dropped } = place;
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    pruneItems(value, place, (each, at) => {
      if (typeof each === "object" && each !== null) prunePreserved(each, at);
    });
    return;
  }
  const object = value as JsonObject; // Neither null nor an array.
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  for (const key of Object.keys(object)) {
    if (isEmbedded && META_FIELDS.has(key)) continue;
    const at = path === "" ? key : `${path}.${key}`;
    if (propertyOf(schema, key) !== undefined || hasAdditional(schema))
      prune(object[key], { schema: fieldOf(schema, key), path: at, dropped });
  }
}

function pruneItems(items: readonly unknown[], { schema, path, dropped }: Place, each: (value: unknown, place: Place) => void): void {
  const below = itemsOf(schema);
  for (const [index, value] of items.entries()) each(value, { schema: below, path: `${path}[${index}]`, dropped });
}

/** Drops, in place, each `null` for which the schema has neither `nullable` nor a default. */
export function pruneNulls(value: unknown, schema: SchemaProps | undefined): void {
  if (Array.isArray(value)) {
    const below = itemsOf(schema);
    for (const each of value) pruneNulls(each, below);
  } else if (isRecord(value)) {
    for (const [key, field] of Object.entries(value)) {
      const below = propertyOf(schema, key) ?? valuesOf(schema);
      if (field === null && below !== undefined && below.nullable !== true && !hasDefault(below)) delete value[key];
      else pruneNulls(field, below);
    }
  }
}

function hasDefault(schema: SchemaProps): boolean {
  return schema.default !== undefined && schema.default !== null;
}
