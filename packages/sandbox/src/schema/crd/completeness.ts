import { type FieldError, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { itemsOf, propertyOf, type SchemaProps } from "../schema-props.ts";

/** Adds what `allOf`, `anyOf`, `oneOf` and `not` talk of though the schema itself does not have it. */
export function completenessErrors(schema: SchemaProps, path: string, errors: FieldError[]): void {
  checkNestedOf(schema, { schema, path, at: path, errors });
}

interface Place {
  /** The schema itself at the place that is talked of. */
  readonly schema: SchemaProps | undefined;
  readonly path: string;
  /** Where it is talked of. */
  readonly at: string;
  readonly errors: FieldError[];
}

function checkNestedOf(nested: SchemaProps, { schema, path, at, errors }: Place): void {
  if (nested.not !== undefined && nested.not !== null) checkNested(nested.not, { schema, path, at: child(at, "not"), errors });
  for (const key of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, each] of (nested[key] ?? []).entries()) checkNested(each, { schema, path, at: item(child(at, key), index), errors });
  }
}

function checkNested(nested: SchemaProps, place: Place): void {
  const { schema, path, at, errors } = place;
  if (schema === undefined) {
    errors.push(required(path, `because it is defined in ${at}`));
    return;
  }
  checkNestedOf(nested, place);
  const items = itemsOf(nested);
  if (items !== undefined) checkNested(items, { schema: itemsOf(schema), path: child(path, "items"), at: child(at, "items"), errors });
  for (const [name, each] of Object.entries(nested.properties ?? {})) {
    const below = { path: item(child(path, "properties"), name), at: item(child(at, "properties"), name) };
    checkNested(each, { schema: propertyOf(schema, name), ...below, errors });
  }
}
