import type { JsonObject } from "../json.ts";

export interface FieldError {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}
export interface CompiledSchema {
  prune(object: object): readonly string[];
  setDefaults(object: object): void;
  validate(object: object, before?: object): readonly FieldError[];
}
export function compileSchema(_schema: object | undefined, _options: { readonly preserveUnknownFields: boolean }): CompiledSchema {
  return { prune: () => [], setDefaults: () => {}, validate: () => [] };
}
export function defaultCrd(crd: JsonObject): void {
  const spec = crd["spec"] as { names: { kind: string; singular?: string; listKind?: string }; conversion?: object };
  spec.names.singular ??= spec.names.kind.toLowerCase();
  spec.names.listKind ??= `${spec.names.kind}List`;
  spec.conversion ??= { strategy: "None" };
}
export function validateCrd(_crd: object, _before?: object): readonly FieldError[] {
  return [];
}
export function structuralErrors(_crd: object): readonly FieldError[] {
  return [];
}
export function validateMeta(
  _metadata: object,
  _options: { readonly isNamespaced: boolean; readonly isCreate: boolean; readonly nameRule?: string },
): readonly FieldError[] {
  return [];
}
