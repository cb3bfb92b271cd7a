import { type FieldError, invalid, invalidShown, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { goJson } from "../go-text.ts";
import type { Column, CrdVersion, Subresources } from "./crd-types.ts";

const COLUMN_TYPES: readonly string[] = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS: readonly string[] = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/** What is wrong with the printer columns. */
export function columnErrors(columns: readonly Column[] | undefined, path: string): readonly FieldError[] {
  return (columns ?? []).flatMap((column, index) => errorsOfColumn(column, item(path, index)));
}

function errorsOfColumn({ name = "", type = "", format = "", jsonPath = "" }: Column, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const oneOf = (values: readonly string[]): string => `must be one of ${values.join(",")}`;
  if (name === "") errors.push(required(child(path, "name")));
  if (type === "") errors.push(required(child(path, "type"), oneOf(COLUMN_TYPES)));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(child(path, "type"), type, oneOf(COLUMN_TYPES)));
  if (format !== "" && !COLUMN_FORMATS.includes(format)) errors.push(invalid(child(path, "format"), format, oneOf(COLUMN_FORMATS)));
  if (jsonPath === "") errors.push(required(child(path, "JSONPath")));
  else errors.push(...simplePathErrors(jsonPath, child(path, "JSONPath")));
  return errors;
}

function simplePathErrors(jsonPath: string, path: string): readonly FieldError[] {
  return jsonPath.startsWith(".") ? [] : [invalid(path, jsonPath, "must be a simple json path starting with .")];
}

/** What is wrong with the subresources. */
export function subresourceErrors(subresources: Subresources | undefined, path: string): readonly FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const { labelSelectorPath = "" } = scale;
  return [
    ...replicasErrors(scale.specReplicasPath ?? "", child(path, "scale.specReplicasPath"), ".spec"),
    ...replicasErrors(scale.statusReplicasPath ?? "", child(path, "scale.statusReplicasPath"), ".status"),
    ...(labelSelectorPath === "" ? [] : labelSelectorErrors(labelSelectorPath, child(path, "scale.labelSelectorPath"))),
  ];
}

function replicasErrors(jsonPath: string, path: string, under: string): readonly FieldError[] {
  if (jsonPath === "") return [required(path)];
  const errors = simplePathErrors(jsonPath, path);
  if (errors.length > 0 || jsonPath.startsWith(`${under}.`)) return errors;
  return [invalid(path, jsonPath, `should be a json path under ${under}`)];
}

function labelSelectorErrors(jsonPath: string, path: string): readonly FieldError[] {
  const errors = simplePathErrors(jsonPath, path);
  if (errors.length > 0 || jsonPath.startsWith(".spec.") || jsonPath.startsWith(".status.")) return errors;
  return [invalid(path, jsonPath, "should be a json path under either .spec or .status")];
}

/** What is wrong with the deprecation warning of a version. */
export function deprecationErrors({ deprecated, deprecationWarning: warning }: CrdVersion, path: string): readonly FieldError[] {
  if (warning === undefined) return [];
  if (deprecated !== true) return [invalidShown(path, goJson(warning), "can only be set for deprecated versions")];
  const errors: string[] = [];
  if (Buffer.byteLength(warning) > 256) errors.push("must be <= 256 characters long");
  if (warning === "") errors.push("must not be an empty string");
  const at = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (at !== null) {
    const index = Buffer.byteLength(warning.slice(0, at.index));
    errors.push(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
  }
  // The server shows a pointer here, and so JSON.
  return errors.map((error) => invalidShown(path, goJson(warning), error));
}
