import type { CrdDescriptor, CrdNames } from "@polykind/apimachinery";
import type { KindNames } from "./explain-lookup.ts";

/** Of a slot that has never seen a CRD only its name is known. */
export function namesOf(crd: string, names: CrdNames | undefined): KindNames {
  const [plural = "", ...group] = crd.split(".");
  const { kind = plural, singular, shortNames = [] } = names ?? {};
  return { crd, group: group.join("."), kind, others: [plural, ...(singular === undefined ? [] : [singular]), ...shortNames] };
}

/** What only one CRD of a group may be called: for resources and for kinds apart. */
function claimsOf({ plural, singular, shortNames = [], kind, listKind }: CrdNames): readonly string[] {
  const resources = [plural, ...(singular === undefined ? [] : [singular]), ...shortNames];
  return [...resources.map((each) => `resource ${each}`), `kind ${kind}`, `kind ${listKind ?? `${kind}List`}`];
}

/** Of `others` those of the same group whose names the server accepted, where it did not accept those of `crd`, and whose names are among those that it wants. */
export function rivalsOf(crd: CrdDescriptor, others: Iterable<CrdDescriptor | undefined>): readonly string[] {
  if (crd.namesAccepted.status !== "False") return [];
  const wanted = new Set(claimsOf(crd.names));
  return [...others].flatMap((other) => {
    const isHolder = other !== undefined && other.name !== crd.name && other.group === crd.group && other.namesAccepted.status === "True";
    return isHolder && claimsOf(other.names).some((claim) => wanted.has(claim)) ? [other.name] : [];
  });
}
