export { type CompiledSchema, type CompileOptions, compileSchema, type ValidateOptions } from "./compile-schema.ts";
export { defaultCrd } from "./crd/default-crd.ts";
export { type ReadCrd, readCrd } from "./crd/read-crd.ts";
export { structuralErrors, validateCrd } from "./crd/validate-crd.ts";
export type { FieldError, FieldErrorReason } from "./field-error.ts";
export { type ReadMeta, readMeta } from "./meta/read-meta.ts";
export { type MetaOptions, type NameRule, validateMeta } from "./meta/validate-meta.ts";
