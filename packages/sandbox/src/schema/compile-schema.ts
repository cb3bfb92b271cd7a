import { compileRules, type RuleValidator } from "./cel/rules.ts";
import { type FieldError, type FieldErrorReason, invalidShown } from "./field-error.ts";
import { compileDefaults, type Defaulter } from "./fields/defaults.ts";
import { listTypeErrors } from "./fields/list-type.ts";
import { pruneNulls, pruneUnknown } from "./fields/prune.ts";
import { coerceMeta } from "./meta/coerce.ts";
import { embeddedErrors } from "./meta/embedded.ts";
import type { SchemaProps } from "./schema-props.ts";
import { compileValueValidator, type ValueValidator } from "./value/compile.ts";

/** What the API server does with the schema of one version of a CRD. */
export interface CompiledSchema {
  /**
   * Drops, in place, the fields that the schema or metadata does not know, and returns their paths as the field
   * validation `Strict` names them, such as `spec.foo`; drops `null` where it is neither allowed nor replaced by a
   * default, and what is empty in metadata.
   */
  prune(object: object): readonly string[];
  /** Why the object cannot even be read, as the server words it with 400; `undefined` when it can. Changes nothing. */
  unreadable(object: object): string | undefined;
  /** Sets defaults in place. */
  setDefaults(object: object): void;
  /** What is wrong with an object; with `before`, what was wrong and has not changed is let pass (KEP-4008). */
  validate(object: object, before?: object, options?: ValidateOptions): readonly FieldError[];
}

/** Options of {@link CompiledSchema.validate}. */
export interface ValidateOptions {
  /** What else was found wrong with the object. Where it says that the object has not the shape it must have, rules are not evaluated. */
  readonly others?: readonly FieldError[];
}

/** Options of {@link compileSchema}. */
export interface CompileOptions {
  /** Whether nothing is pruned: `spec.preserveUnknownFields` of CRDs from before v1. */
  readonly preserveUnknownFields: boolean;
}

/**
 * What the API server does with a schema, compiled when first needed and part by part. Never throws: the schema is
 * taken to be one that `validateCrd` passed. Without a schema nothing is wrong, and all but metadata is unknown.
 */
export function compileSchema(openAPIV3Schema: object | undefined, { preserveUnknownFields }: CompileOptions): CompiledSchema {
  const schema: SchemaProps | undefined = openAPIV3Schema;
  let defaulter: Defaulter | undefined;
  let validator: ValueValidator | undefined;
  let rules: { readonly validator: RuleValidator | undefined } | undefined;
  return {
    prune(object) {
      const dropped = preserveUnknownFields ? [] : pruneUnknown(object, schema);
      if (!preserveUnknownFields) pruneNulls(object, schema);
      return [...dropped, ...coerceMeta(object, schema).unknown];
    },
    unreadable: (object) => coerceMeta(structuredClone(object), schema).problem,
    setDefaults(object) {
      defaulter ??= compileDefaults(schema);
      defaulter(object);
    },
    validate(object, before, { others = [] } = {}) {
      validator ??= compileValueValidator(schema ?? {});
      const errors = validator.validate(object, { before: before && { value: before } });
      errors.push(...embeddedErrors(object, schema));
      if (before === undefined || listTypeErrors(before, schema).length === 0) errors.push(...listTypeErrors(object, schema));
      rules ??= { validator: schema === undefined ? undefined : compileRules(schema, true) };
      if (rules.validator === undefined) return errors;
      if ([...others, ...errors].some(({ reason }) => BLOCKING.has(reason))) return [...errors, NOT_CHECKED];
      return [...errors, ...rules.validator.validate(object, { before: before && { value: before }, isRatcheted: before !== undefined })];
    },
  };
}

/** Why rules may meet values that are not of the types that they were compiled for. */
const BLOCKING: ReadonlySet<FieldErrorReason> = new Set<FieldErrorReason>([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const NOT_CHECKED: FieldError = invalidShown(
  "",
  "null",
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
);
