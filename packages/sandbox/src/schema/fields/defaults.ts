import { cloneJson, isRecord, type JsonObject, setField } from "../../json.ts";
import { itemsOf, type SchemaProps, valuesOf } from "../schema-props.ts";

/** Sets defaults in place. */
export type Defaulter = (value: unknown) => void;

/**
 * A function that sets the defaults of a schema in place: where a field is missing, or `null` though not nullable.
 *
 * Below a field that was missing and got a default, the defaults of its own fields are set too. Branches of the
 * schema that hold no default cost nothing when it runs.
 */
export function compileDefaults(schema: SchemaProps | undefined): Defaulter {
  return (schema === undefined ? undefined : compileNode(schema)) ?? (() => {});
}

interface Field {
  readonly schema: SchemaProps;
  readonly below: Defaulter | undefined;
}

function compileNode(schema: SchemaProps): Defaulter | undefined {
  const fields = new Map<string, Field>();
  for (const [name, each] of Object.entries(schema.properties ?? {})) fields.set(name, fieldFor(each));
  const values = optionalField(valuesOf(schema));
  const items = optionalField(itemsOf(schema));
  const isIdle = [...fields.values(), values, items].every((each) => each === undefined || !matters(each));
  if (isIdle) return undefined;
  const given = [...fields].filter(([, { schema: each }]) => defaultOf(each) !== undefined);
  return (value) => {
    if (Array.isArray(value)) setItems(value, items);
    else if (isRecord(value)) {
      setMissing(value, given);
      setBelow(value, fields, values);
    }
  };
}

function fieldFor(schema: SchemaProps): Field {
  return { schema, below: compileNode(schema) };
}

function optionalField(schema: SchemaProps | undefined): Field | undefined {
  return schema === undefined ? undefined : fieldFor(schema);
}

function matters({ schema, below }: Field): boolean {
  return below !== undefined || defaultOf(schema) !== undefined;
}

function defaultOf(schema: SchemaProps): unknown {
  return schema.default ?? undefined;
}

function isToReplace(value: unknown, schema: SchemaProps): boolean {
  return value === null && schema.nullable !== true && defaultOf(schema) !== undefined;
}

function setMissing(object: JsonObject, given: readonly (readonly [string, Field])[]): void {
  for (const [name, { schema }] of given) {
    if (!Object.hasOwn(object, name) || isToReplace(object[name], schema)) setField(object, name, cloneJson(schema.default));
  }
}

function setBelow(object: JsonObject, fields: ReadonlyMap<string, Field>, values: Field | undefined): void {
  for (const key of Object.keys(object)) {
    const field = fields.get(key);
    if (field !== undefined) field.below?.(object[key]);
    else if (values !== undefined) {
      if (isToReplace(object[key], values.schema)) setField(object, key, cloneJson(values.schema.default));
      values.below?.(object[key]);
    }
  }
}

function setItems(list: unknown[], items: Field | undefined): void {
  if (items === undefined) return;
  for (const [index, each] of list.entries()) {
    if (isToReplace(each, items.schema)) list[index] = cloneJson(items.schema.default);
    items.below?.(list[index]);
  }
}
