import { PolykindError } from "@polykind/core";
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
 * @throws PolykindError `API_INVALID` for a name or a namespace that is no part of a path; see {@link objectPathOf}.
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
    parts.push("namespaces", partOf(resource, "namespace", namespace));
  parts.push(encodeURIComponent(plural));
  if (name !== undefined) parts.push(partOf(resource, "name", name));
  if (subresource !== undefined) parts.push(encodeURIComponent(subresource));
  // In one piece: many paths are kept for long, and a text that is put together bit by bit keeps all its parts.
  return parts.join("/");
}

/**
 * The path of one object, or of a subresource of it.
 *
 * @throws PolykindError `API_INVALID` where there is no name, or one that is no part of a path: `""`, `.`, `..`, and what has a `/` or `%`, as client-go refuses it
 * (`IsValidPathSegmentName`). Without a name the path would be that of all objects, and to delete it would delete them all.
 */
export function objectPathOf(resource: Resource, target: ObjectName & PathTarget): string {
  // Who is not checked by the compiler may have left the name out.
  partOf(resource, "name", target.name);
  return pathOf(resource, target);
}

/** `text` as a part of a path. */
function partOf({ kind, plural }: Resource, what: "name" | "namespace", text: unknown): string {
  if (typeof text === "string" && text !== "" && text !== "." && text !== ".." && !/[/%]/.test(text)) return encodeURIComponent(text);
  const shown = text === undefined ? `without a ${what}` : `by the ${what} ${JSON.stringify(text)}`;
  throw new PolykindError(
    "API_INVALID",
    `cannot ask for ${kind === "" ? plural : kind} ${shown}: a ${what} is not empty, not . or .., and has no / or %`,
    { facts: { kind } },
  );
}
