import { fieldText, METADATA_FIELDS } from "./fields.ts";

export { builtinSelectableFields, customSelectableFields } from "./fields.ts";

/** One requirement of a field selector. */
export interface FieldRequirement {
  /** A path such as `metadata.name` or `spec.host`. */
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** A field selector: every requirement must hold; none selects everything. */
export type FieldSelector = readonly FieldRequirement[];

/** A selector that the server refuses. The message is that of its `Status`: 400, `BadRequest`. */
export class FieldSelectorError extends Error {
  override readonly name = "FieldSelectorError";
  readonly httpStatus = 400;
  readonly reason = "BadRequest";
}

/**
 * Reads a field selector: `field=value`, `field==value` and `field!=value`, joined by commas. In a value, comma, equals sign and
 * backslash are escaped by a backslash.
 *
 * @throws FieldSelectorError naming the part that is no requirement.
 */
export function parseFieldSelector(text: string): FieldSelector {
  const parts = text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];
  // In this order the server looks at them, so its message names the first of them that is wrong.
  return parts.toSorted().map((part) => parseRequirement(part, text));
}

function parseRequirement(part: string, text: string): FieldRequirement {
  const [, field, sign, value] = /^(.*?)(!=|==|=)(.*)$/s.exec(part) ?? [];
  if (field === undefined || value === undefined) throw new FieldSelectorError(`invalid selector: '${text}'; can't understand '${part}'`);
  return { field, operator: sign === "!=" ? "!=" : "=", value: unescapeValue(value) };
}

function unescapeValue(value: string): string {
  return value.replace(/\\(.?)|[,=]/gs, (sequence, escaped: string | undefined) => {
    if (escaped === undefined)
      throw new FieldSelectorError(`invalid field selector: unescaped character in value: ${sequence.codePointAt(0)}`);
    if (escaped === "" || !"\\,=".includes(escaped))
      throw new FieldSelectorError(`invalid field selector: invalid escape sequence: ${sequence}`);
    return escaped;
  });
}

/**
 * Whether `object` meets every requirement. A field that is absent is the empty text; numbers and booleans are compared by their text.
 *
 * @param supported the fields that the kind can be selected by, besides those of the metadata.
 * @throws FieldSelectorError when a requirement is on another field.
 */
export function matchesFields(selector: FieldSelector, object: object, supported: readonly string[] = []): boolean {
  requireSupported(selector, supported);
  return selector.every(({ field, operator, value }) => (fieldText(object, field) === value) === (operator === "="));
}

/**
 * Checks a selector once, before any object is looked at: it must be refused when there are none, too.
 *
 * @param supported as for {@link matchesFields}.
 * @throws FieldSelectorError when a requirement is on a field that is not supported.
 */
export function requireSupported(selector: FieldSelector, supported: readonly string[] = []): void {
  for (const { field } of selector) {
    if (!METADATA_FIELDS.includes(field) && !supported.includes(field)) throw new FieldSelectorError(`field label not supported: ${field}`);
  }
}
