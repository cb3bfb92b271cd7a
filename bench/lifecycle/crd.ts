import type { Manifest, Resource } from "@polykind/apimachinery";

/** The group of all kinds here: that of the baseline's own. */
export const GROUP = "dyn.example.com";

/** The CRD of a kind of this plural, as small as can be. */
export function crdOf(plural: string): Manifest {
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: nameOf(plural) },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural, kind: kindOf(plural) },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

/** The name of that CRD. */
export function nameOf(plural: string): string {
  return `${plural}.${GROUP}`;
}

/** Whether a request is to objects of that kind. */
export function isOf(plural: string, { group, plural: its }: Resource): boolean {
  return group === GROUP && its === plural;
}

function kindOf(plural: string): string {
  return plural.slice(0, 1).toUpperCase() + plural.slice(1);
}
