/** Keywords that neither fill in nor leave out a field when an object is read. What is not named here counts. */
const SILENT: ReadonlySet<string> = new Set([
  "description",
  "title",
  "example",
  "externalDocs",
  "pattern",
  "format",
  "enum",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "multipleOf",
  "required",
  "x-kubernetes-validations",
]);
/** Keywords whose value holds schemas by the names of fields, which may be any. */
const BY_FIELD: ReadonlySet<string> = new Set(["properties", "patternProperties"]);

/**
 * The part of a structural schema on which it depends how stored objects read: types, fields, defaults, what is preserved. Schemas with equal parts read every object the same.
 *
 * @example
 * readingPartOf({ type: "object", description: "A session.", properties: { description: { type: "string", maxLength: 9 } } });
 * // => { type: "object", properties: { description: { type: "string" } } }
 */
export function readingPartOf(schema: object): object {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => !SILENT.has(keyword))
      .map(([keyword, value]) => [keyword, partOf(keyword, value)]),
  );
}

function partOf(keyword: string, value: unknown): unknown {
  // A default is a value, whatever its fields are called.
  if (keyword === "default") return value;
  if (Array.isArray(value)) return value.map((item: unknown) => (isObject(item) ? readingPartOf(item) : item));
  if (!isObject(value)) return value;
  if (!BY_FIELD.has(keyword)) return readingPartOf(value);
  return Object.fromEntries(Object.entries(value).map(([field, schema]) => [field, isObject(schema) ? readingPartOf(schema) : schema]));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
