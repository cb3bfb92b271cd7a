import { equalJson } from "../../json.ts";
import type { Crd, CrdVersion, VersionParts } from "./crd-types.ts";

/**
 * The versions of a CRD as the server looks at them: what all versions have in common counts as said once for all, and
 * messages name it by another path (`spec.validation` for the schema).
 */
export interface Hoisted {
  readonly joint: VersionParts;
  readonly versions: readonly CrdVersion[];
}

const PARTS = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;

/** Takes what all versions have in common out of them. */
export function hoist(crd: Crd): Hoisted {
  const versions = crd.spec?.versions ?? [];
  const [first] = versions;
  if (first === undefined) return { joint: {}, versions };
  const shared = PARTS.filter((part) => versions.every((version) => equalJson(version[part], first[part])));
  const joint = Object.fromEntries(shared.map((part) => [part, first[part]]));
  const own = versions.map((version) => ({ ...version, ...Object.fromEntries(shared.map((part) => [part, undefined])) }));
  return { joint, versions: own };
}
