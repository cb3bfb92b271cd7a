import type { ObjectName } from "./object.ts";

/** Where the objects of a kind live. Always written `resourceScope`, since `Scope` owns ends. */
export type ResourceScope = "Namespaced" | "Cluster";

/** A kind apart from its version: what a plugin manages. The group is `""` for the core kinds. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** One served form of a kind: all that is needed to address its objects. */
export interface Resource extends GroupKind {
  readonly version: string;
  readonly plural: string;
  readonly resourceScope: ResourceScope;
  /** The kind that its lists say they are; absent where it is not known for certain. */
  readonly listKind?: string;
}

/**
 * `group/version`, or `version` for the core group.
 *
 * @example
 * apiVersionOf({ group: "apps", version: "v1" });
 * // => "apps/v1"
 */
export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The inverse of {@link apiVersionOf}; never throws. */
export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? { group: "", version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The group and kind of an object or a manifest. */
export function groupKindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): GroupKind {
  return { group: parseApiVersion(apiVersion).group, kind };
}

/** `kind.group`, as people write it; `kind` alone for the core group. */
export function groupKindText({ group, kind }: GroupKind): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** What of a resource to address; nothing: all its objects in the cluster. */
export interface PathTarget extends Partial<ObjectName> {
  readonly subresource?: string;
}

/**
 * The path of a collection, an object or a subresource on the API server, with every part escaped.
 *
 * A namespace is ignored for a cluster-scoped resource.
 *
 * @example
 * const apps = { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", resourceScope: "Namespaced" } as const;
 * pathOf(apps, { namespace: "web", name: "front", subresource: "status" });
 * // => "/apis/apps/v1/namespaces/web/deployments/front/status"
 */
export function pathOf(resource: Resource, { namespace, name, subresource }: PathTarget = {}): string {
  const { group, version, plural, resourceScope } = resource;
  const parts = group === "" ? ["/api"] : ["/apis", encodeURIComponent(group)];
  parts.push(encodeURIComponent(version));
  if (resourceScope === "Namespaced" && namespace !== undefined && namespace !== "")
    parts.push("namespaces", encodeURIComponent(namespace));
  parts.push(encodeURIComponent(plural));
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(encodeURIComponent(subresource));
  // In one piece: many paths are kept for long, and a text that is put together bit by bit keeps all its parts.
  return parts.join("/");
}
