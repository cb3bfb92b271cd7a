import { isRecord, type JsonObject } from "../../json.ts";
import { type FieldError, invalid, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { itemsOf, propertyOf, type SchemaProps, valuesOf } from "../schema-props.ts";
import { readMeta } from "./read-meta.ts";
import { dns1035LabelErrors } from "./names.ts";
import { validateMeta } from "./validate-meta.ts";

/** What is wrong with `apiVersion`, `kind` and `metadata` of the resources that an object embeds. */
export function embeddedErrors(value: unknown, schema: SchemaProps | undefined, path = ""): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    const below = itemsOf(schema);
    return below === undefined ? [] : value.flatMap((each, index) => embeddedErrors(each, below, item(path, index)));
  }
  if (!isRecord(value)) return [];
  const own = schema["x-kubernetes-embedded-resource"] === true ? resourceErrors(value, path) : [];
  const values = valuesOf(schema);
  for (const [key, field] of Object.entries(value)) {
    if (typeof field !== "object" || field === null) continue;
    const property = propertyOf(schema, key);
    own.push(
      ...(property === undefined ? embeddedErrors(field, values, item(path, key)) : embeddedErrors(field, property, child(path, key))),
    );
  }
  return own;
}

function resourceErrors(object: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["apiVersion", "kind"]) {
    if (Object.hasOwn(object, field)) errors.push(...typeFieldErrors(field, object[field], child(path, field)));
    else errors.push(required(child(path, field)));
  }
  if (Object.hasOwn(object, "metadata")) errors.push(...metadataErrors(object["metadata"], child(path, "metadata")));
  return errors;
}

function typeFieldErrors(field: string, value: unknown, path: string): readonly FieldError[] {
  if (typeof value !== "string") return [invalid(path, value, "must be a string")];
  if (value === "") return [invalid(path, value, "must not be empty")];
  if (field === "apiVersion") return value.split("/").length > 2 ? [invalid(path, value, `unexpected GroupVersion string: ${value}`)] : [];
  const errors = dns1035LabelErrors(value.toLowerCase());
  return errors.length === 0 ? [] : [invalid(path, value, `may have mixed case, but should otherwise match: ${errors.join(",")}`)];
}

function metadataErrors(metadata: unknown, path: string): readonly FieldError[] {
  const read = readMeta(metadata);
  if ("problem" in read) return [invalid(path, metadata, read.problem)];
  const { namespace } = read.metadata;
  const named = { name: "fakename", ...read.metadata };
  return validateMeta(named, {
    isNamespaced: typeof namespace === "string" && namespace !== "",
    isCreate: true,
    nameRule: "pathSegment",
    path,
  });
}
