import { type FieldError, forbidden, invalid, invalidShown, notSupported, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { itemsOf, propertyOf, type SchemaProps } from "../schema-props.ts";

/** What is wrong with `x-kubernetes-map-type`. */
export function mapTypeErrors(schema: SchemaProps, path: string): readonly FieldError[] {
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return [];
  const errors = typeErrors(schema, child(path, "type"), "must be object if x-kubernetes-map-type is specified", "object");
  const values = ["atomic", "granular"];
  return values.includes(mapType) ? errors : [...errors, notSupported(child(path, "x-kubernetes-map-type"), mapType, values)];
}

function typeErrors({ type = "" }: SchemaProps, path: string, rule: string, expected: string): readonly FieldError[] {
  if (type === expected) return [];
  return [type === "" ? required(path, rule) : invalid(path, type, rule)];
}

/** What is wrong with `x-kubernetes-list-type` and `x-kubernetes-list-map-keys`. */
export function listTypeRuleErrors(
  schema: SchemaProps,
  path: string,
  options: { readonly needsAtomicSets: boolean; readonly needsMapKeys: boolean },
): readonly FieldError[] {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const at = child(path, "x-kubernetes-list-type");
  const errors: FieldError[] = [];
  if (listType !== undefined) {
    const ofType = typeErrors(schema, child(path, "type"), "must be array if x-kubernetes-list-type is specified", "array");
    errors.push(...ofType);
    if (ofType.length === 0 && options.needsAtomicSets && listType === "set") errors.push(...setItemErrors(schema, path));
    const values = ["atomic", "set", "map"];
    if (!values.includes(listType)) errors.push(notSupported(at, listType, values));
  }
  if (keys.length > 0 && listType !== "map") {
    const rule = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(listType === undefined ? required(at, rule) : invalid(at, listType, rule));
  }
  if (listType === "map") errors.push(...mapErrors(schema, keys, path));
  return options.needsMapKeys ? [...errors, ...nullableErrors(schema, path)] : errors;
}

function setItemErrors(schema: SchemaProps, path: string): readonly FieldError[] {
  const items = itemsOf(schema);
  const rule = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items?.["x-kubernetes-list-type"];
  const shown = listType === undefined ? "null" : JSON.stringify(listType);
  if (items?.type === "array" && listType !== undefined && listType !== "atomic") {
    return [invalidShown(child(path, "items.x-kubernetes-list-type"), shown, rule)];
  }
  if (items?.type === "object" && items["x-kubernetes-map-type"] !== "atomic")
    return [invalidShown(child(path, "items.x-kubernetes-map-type"), shown, rule)];
  return [];
}

function mapErrors(schema: SchemaProps, keys: readonly string[], path: string): readonly FieldError[] {
  const items = itemsOf(schema);
  const errors: FieldError[] = [];
  if (keys.length === 0)
    errors.push(required(child(path, "x-kubernetes-list-map-keys"), "must not be empty if x-kubernetes-list-type is map"));
  if (schema.items === undefined) errors.push(required(child(path, "items"), "must have a schema if x-kubernetes-list-type is map"));
  if (items !== undefined && items.type !== "object") {
    errors.push(invalid(child(path, "items.type"), items.type ?? "", "must be object if parent array's x-kubernetes-list-type is map"));
  }
  return items?.type === "object" ? [...errors, ...keyErrors(items, keys, path)] : errors;
}

function keyErrors(items: SchemaProps, keys: readonly string[], path: string): readonly FieldError[] {
  const at = child(path, "x-kubernetes-list-map-keys");
  return keys.flatMap((key, index) => {
    const property = propertyOf(items, key);
    const errors: FieldError[] = [];
    if (property === undefined) errors.push(invalid(at, keys, "entries must all be names of item properties"));
    else if (property.type === "array" || property.type === "object") {
      const field = child(item(child(path, "items.properties"), key), "type");
      errors.push(invalid(field, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
    }
    if (keys.indexOf(key) !== index) errors.push(invalid(at, keys, "must not contain duplicate entries"));
    return errors;
  });
}

/** What `null` would break in lists that are sets or maps. */
export function nullableErrors(schema: SchemaProps, path: string): readonly FieldError[] {
  const items = itemsOf(schema);
  const listType = schema["x-kubernetes-list-type"];
  if (items === undefined || (listType !== "set" && listType !== "map")) return [];
  const errors =
    items.nullable === true
      ? [forbidden(child(path, "items.nullable"), `cannot be nullable when x-kubernetes-list-type is ${listType}`)]
      : [];
  if (listType === "set") return errors;
  for (const key of schema["x-kubernetes-list-map-keys"] ?? []) {
    const property = propertyOf(items, key);
    if (property === undefined) continue;
    const at = item(child(path, "items.properties"), key);
    if (items.required?.includes(key) !== true && property.default === undefined) {
      errors.push(
        required(
          child(at, "default"),
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ),
      );
    }
    if (property.nullable === true) {
      errors.push(forbidden(child(at, "nullable"), "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"));
    }
  }
  return errors;
}
