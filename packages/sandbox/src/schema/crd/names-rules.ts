import { type FieldError, invalid, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { dns1035LabelErrors } from "../meta/names.ts";
import type { Names } from "./crd-types.ts";

/** The names that must be there. */
export function missingNameErrors(names: Names, path: string): readonly FieldError[] {
  return (["plural", "singular", "kind", "listKind"] as const)
    .filter((name) => (names[name] ?? "") === "")
    .map((name) => required(child(path, name)));
}

/** The form that names must have, where they are there. */
export function nameFormErrors(names: Names, path: string): readonly FieldError[] {
  const { kind = "", listKind = "" } = names;
  const same =
    kind !== "" && kind === listKind ? [invalid(child(path, "listKind"), listKind, "kind and listKind may not be the same")] : [];
  return [
    ...labelError(names.plural, child(path, "plural")),
    ...labelError(names.singular, child(path, "singular")),
    ...kindError(kind, child(path, "kind")),
    ...kindError(listKind, child(path, "listKind")),
    ...(names.shortNames ?? []).flatMap((name, index) => itemError(name, item(child(path, "shortNames"), index))),
    ...same,
    ...(names.categories ?? []).flatMap((name, index) => itemError(name, item(child(path, "categories"), index))),
  ];
}

function labelError(name: string | undefined, path: string): readonly FieldError[] {
  return name === undefined || name === "" ? [] : itemError(name, path);
}

function itemError(name: string, path: string): readonly FieldError[] {
  const errors = dns1035LabelErrors(name);
  return errors.length === 0 ? [] : [invalid(path, name, errors.join(","))];
}

function kindError(kind: string, path: string): readonly FieldError[] {
  const errors = kind === "" ? [] : dns1035LabelErrors(kind.toLowerCase());
  return errors.length === 0 ? [] : [invalid(path, kind, `may have mixed case, but should otherwise match: ${errors.join(",")}`)];
}
