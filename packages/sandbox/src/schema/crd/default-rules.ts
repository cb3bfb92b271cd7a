import { cloneJson, equalJson, isRecord, type JsonObject } from "../../json.ts";
import { type FieldError, invalid } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { pruneBelow } from "../fields/prune.ts";
import { coerceMeta, coerceValue } from "../meta/coerce.ts";
import { embeddedErrors } from "../meta/embedded.ts";
import { itemsOf, type SchemaProps } from "../schema-props.ts";
import { compileValueValidator } from "../value/compile.ts";

/** What is wrong with a default by the rules of its node. */
export type DefaultRules = (value: unknown, schema: SchemaProps, path: string) => readonly FieldError[];

/** Options of {@link defaultErrors}. */
export interface DefaultOptions {
  /** Whether defaults must have no fields that the schema does not know. */
  readonly needsPruned: boolean;
  readonly checkRules: DefaultRules;
}

/** The defaults of a schema that would not be valid themselves. */
export function defaultErrors(schema: SchemaProps, path: string, options: DefaultOptions): readonly FieldError[] {
  const root: SchemaProps = { ...schema, "x-kubernetes-embedded-resource": true };
  return checkNode(root, { path, meta: undefined, options });
}

/** Where inside `apiVersion`, `kind` or `metadata` of a resource a default is. */
interface InsideMeta {
  readonly resource: SchemaProps;
  readonly surround: (value: unknown) => unknown;
}

interface Place {
  readonly path: string;
  readonly meta: InsideMeta | undefined;
  readonly options: DefaultOptions;
}

function checkNode(schema: SchemaProps, place: Place): FieldError[] {
  const { path, options } = place;
  const isResource = schema["x-kubernetes-embedded-resource"] === true;
  const meta = isResource ? undefined : place.meta;
  const errors =
    schema.default === undefined || schema.default === null ? [] : checkDefault(schema, { path: child(path, "default"), meta, options });
  const items = itemsOf(schema);
  if (items !== undefined) errors.push(...checkNode(items, { path: child(path, "items"), meta: below(meta, (value) => [value]), options }));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const step = (value: unknown): unknown => ({ [name]: value });
    const isMeta = isResource && (name === "metadata" || name === "apiVersion" || name === "kind");
    const propertyMeta = isMeta ? { resource: schema, surround: step } : below(meta, step);
    errors.push(...checkNode(property, { path: item(child(path, "properties"), name), meta: propertyMeta, options }));
  }
  return errors;
}

function below(meta: InsideMeta | undefined, step: (value: unknown) => unknown): InsideMeta | undefined {
  return meta === undefined ? undefined : { resource: meta.resource, surround: (value) => meta.surround(step(value)) };
}

function checkDefault(schema: SchemaProps, { path, meta, options }: Place): FieldError[] {
  const value = schema.default;
  const errors: FieldError[] = [];
  if (meta === undefined && options.needsPruned && hasUnknown(value, schema))
    errors.push(invalid(path, value, "must not have unknown fields"));
  const ofMeta = meta === undefined ? ownMetaErrors(value, schema, path) : surroundingErrors(value, meta, path);
  if (ofMeta.length > 0) return [...errors, ...ofMeta];
  const ofValue = compileValueValidator(schema).validate(value, { prefix: path });
  if (ofValue.length > 0) return [...errors, ...ofValue];
  return [...errors, ...options.checkRules(value, schema, path)];
}

function hasUnknown(value: unknown, schema: SchemaProps): boolean {
  if (typeof value !== "object" || value === null) return false;
  const pruned = cloneJson(value);
  pruneBelow(pruned, schema);
  return !equalJson(pruned, value);
}

function ownMetaErrors(value: unknown, schema: SchemaProps, path: string): readonly FieldError[] {
  if (typeof value !== "object" || value === null) return [];
  const coerced = coerceValue(cloneJson(value), schema, path);
  return coerced === undefined ? embeddedErrors(value, schema, path) : [coerced];
}

function surroundingErrors(value: unknown, { resource, surround }: InsideMeta, path: string): readonly FieldError[] {
  const object: JsonObject = { kind: "Validation", apiVersion: "validation/v1" };
  const surrounding = surround(cloneJson(value));
  if (isRecord(surrounding)) Object.assign(object, surrounding);
  const { problem } = coerceMeta(object, resource);
  if (problem !== undefined) return [invalid(path, value, `must result in valid metadata: ${problem}`)];
  const errors = embeddedErrors(object, resource).map(({ field, message }) => `${field}: ${message}`);
  if (errors.length === 0) return [];
  return [invalid(path, value, `must result in valid metadata: ${errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`}`)];
}
