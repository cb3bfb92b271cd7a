import type { Manifest, Resource, ResourceScope } from "@polykind/apimachinery";

/** The name of a version, or more about it. */
export type VersionWish = string | { readonly name: string; readonly served?: boolean; readonly deprecated?: boolean };

/** How a CRD of the rows is to be. */
export interface CrdWishes {
  readonly kind?: string;
  readonly plural?: string;
  readonly scope?: ResourceScope;
  /** The first one is stored. Default: `v1`. */
  readonly versions?: readonly VersionWish[];
  readonly shortNames?: readonly string[];
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The CRD of a kind, which takes any `spec`. */
export function crdOf(group: string, wishes: CrdWishes = {}): Manifest {
  const {
    kind = "Ball",
    plural = "balls",
    scope = "Namespaced",
    shortNames,
    versions = ["v1"],
    description = "Anything.",
    labels,
  } = wishes;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, ...(labels !== undefined && { labels }) },
    spec: {
      group,
      scope,
      names: { plural, kind, ...(shortNames !== undefined && { shortNames }) },
      versions: versionsOf(versions, description),
    },
  };
}

/** As they stand in a CRD. The first one is stored, unless `stored` names another. */
export function versionsOf(versions: readonly VersionWish[], description: string = "Anything.", stored?: string): readonly object[] {
  const schema = {
    openAPIV3Schema: {
      type: "object",
      description,
      properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    },
  };
  return versions
    .map((wish) => (typeof wish === "string" ? { name: wish } : wish))
    .map((wish, at) => ({ served: true, ...wish, storage: stored === undefined ? at === 0 : wish.name === stored, schema }));
}

/** The kind that {@link crdOf} makes. */
export function resourceOf(
  group: string,
  wishes: { readonly kind?: string; readonly plural?: string; readonly scope?: ResourceScope; readonly version?: string } = {},
): Resource {
  const { kind = "Ball", plural = "balls", scope: resourceScope = "Namespaced", version = "v1" } = wishes;
  return { group, version, kind, plural, resourceScope };
}
