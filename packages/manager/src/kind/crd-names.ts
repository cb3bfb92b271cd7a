import type { CrdNames } from "@polykind/apimachinery";
import type { KindNames } from "./explain-lookup.ts";

/** Of a slot that has never seen a CRD only its name is known. */
export function namesOf(crd: string, names: CrdNames | undefined): KindNames {
  const [plural = "", ...group] = crd.split(".");
  const { kind = plural, singular, shortNames = [] } = names ?? {};
  return { crd, group: group.join("."), kind, others: [plural, ...(singular === undefined ? [] : [singular]), ...shortNames] };
}

/** What only one CRD of a group may be called: for resources and for kinds apart. */
export function claimsOf({ plural, singular, shortNames = [], kind, listKind }: CrdNames): readonly string[] {
  const resources = [plural, ...(singular === undefined ? [] : [singular]), ...shortNames];
  return [...resources.map((each) => `resource ${each}`), `kind ${kind}`, `kind ${listKind ?? `${kind}List`}`];
}
