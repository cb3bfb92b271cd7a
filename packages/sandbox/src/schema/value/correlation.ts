import { equalJson, isRecord, type JsonObject } from "../../json.ts";
import { fieldOf, itemsOf, type SchemaProps } from "../schema-props.ts";

/**
 * A value and what it was before, as far as the two belong together (KEP-4008): fields by name, items of lists with
 * `x-kubernetes-list-type: map` by their keys, items of other lists not at all.
 */
export interface Correlation {
  readonly value: unknown;
  readonly before: unknown;
  /** The schema in use at this place. */
  readonly schema: SchemaProps;
  /** The correlation of a field; `undefined` where the value or its former self does not have it. */
  field(name: string): Correlation | undefined;
  item(index: number): Correlation | undefined;
  /** Whether the value is what it was. Worked out once. */
  isEqual(): boolean;
}

/** Correlates an object with what it was before. */
export function correlate(value: unknown, before: unknown, schema: SchemaProps): Correlation {
  const fields = new Map<string, Correlation | undefined>();
  let items: ItemLookup | undefined;
  let isEqual: boolean | undefined;
  return {
    value,
    before,
    schema,
    field(name) {
      if (!fields.has(name)) fields.set(name, correlateField({ value, before, schema }, name));
      return fields.get(name);
    },
    item(index) {
      items ??= itemLookup(before, schema);
      const below = itemsOf(schema);
      if (!Array.isArray(value) || below === undefined) return undefined;
      const was = items(value[index]);
      return was === undefined ? undefined : correlate(value[index], was, below);
    },
    isEqual() {
      isEqual ??= isUnchanged(this);
      return isEqual;
    },
  };
}

/** Fields that the schema does not know count as changed, as in the server; items of keyed lists may have moved. */
function isUnchanged(correlation: Correlation): boolean {
  const { value, before, schema } = correlation;
  if (Array.isArray(value) && Array.isArray(before)) {
    if (!isKeyed(schema) || value.length === 0) return equalJson(value, before);
    return value.length === before.length && value.every((_, index) => correlation.item(index)?.isEqual() === true);
  }
  if (!isRecord(value) || !isRecord(before)) return equalJson(value, before);
  const keys = Object.keys(value);
  return keys.length === Object.keys(before).length && keys.every((key) => correlation.field(key)?.isEqual() === true);
}

function isKeyed(schema: SchemaProps): boolean {
  return schema.type === "array" && schema["x-kubernetes-list-type"] === "map" && (schema["x-kubernetes-list-map-keys"]?.length ?? 0) > 0;
}

function correlateField(
  { value, before, schema }: Pick<Correlation, "value" | "before" | "schema">,
  name: string,
): Correlation | undefined {
  const below = fieldOf(schema, name);
  if (!isRecord(value) || !isRecord(before) || below === undefined) return undefined;
  if (!Object.hasOwn(value, name) || !Object.hasOwn(before, name)) return undefined;
  return correlate(value[name], before[name], below);
}

type ItemLookup = (item: unknown) => unknown;

function itemLookup(before: unknown, schema: SchemaProps): ItemLookup {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (!Array.isArray(before) || !isKeyed(schema)) return () => undefined;
  const byKey = new Map<string, unknown>();
  for (const each of before) {
    const key = keyOf(each, keys);
    if (key !== undefined && !byKey.has(key)) byKey.set(key, each);
  }
  return (item) => {
    const key = keyOf(item, keys);
    return key === undefined ? undefined : byKey.get(key);
  };
}

/** The keys of an item as one text; `undefined` if one is missing or no scalar. */
function keyOf(item: unknown, keys: readonly string[]): string | undefined {
  if (!isRecord(item)) return undefined;
  const object: JsonObject = item;
  const values = keys.map((key) => (Object.hasOwn(object, key) ? object[key] : undefined));
  return values.some((value) => value === undefined || value === null || typeof value === "object") ? undefined : JSON.stringify(values);
}
