export { type CompiledSchema, type CompileOptions, compileSchema, type ValidateOptions } from "./compile-schema.ts";
export type { FieldError, FieldErrorReason } from "./field-error.ts";
export { type ReadMeta, readMeta } from "./meta/read-meta.ts";
export { type MetaOptions, type NameRule, validateMeta } from "./meta/validate-meta.ts";
