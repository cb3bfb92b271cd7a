import { apiVersionOf, compareKubeVersions } from "@polykind/apimachinery";
import type { JsonObject } from "../json.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import { storageVersionHash } from "./storage-version-hash.ts";

const SUBRESOURCE_VERBS = ["get", "patch", "update"] as const;

/** The groups of `kinds` with their versions, the best first, in the order of their first appearance. The core group is none. */
export function groupsOf(kinds: readonly ServedKind[]): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(
    kinds.filter(({ group }) => group !== ""),
    ({ group }) => group,
  );
  return new Map(
    [...groups].map(([group, members]) => [group, [...new Set(members.map(({ version }) => version))].sort(compareKubeVersions)]),
  );
}

/** The answer of `/api`. */
export function apiVersions(address: string): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }] };
}

/** The answer of `/apis`. */
export function groupList(kinds: readonly ServedKind[]): JsonObject {
  return { kind: "APIGroupList", apiVersion: "v1", groups: [...groupsOf(kinds)].map(([name, versions]) => groupEntry(name, versions)) };
}

/** The answer of `/apis/GROUP`, if there is such a group. */
export function groupDocument(kinds: readonly ServedKind[], name: string): JsonObject | undefined {
  const versions = groupsOf(kinds).get(name);
  return versions === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...groupEntry(name, versions) };
}

function groupEntry(name: string, names: readonly string[]): JsonObject {
  const versions = names.map((version) => ({ groupVersion: apiVersionOf({ group: name, version }), version }));
  return { name, versions, preferredVersion: versions[0] };
}

/** The answer of `/api/v1` and `/apis/GROUP/VERSION`, if there is such a version. */
export function resourceList(
  kinds: readonly ServedKind[],
  { group, version }: { readonly group: string; readonly version: string },
): JsonObject | undefined {
  const members = kinds.filter((kind) => kind.group === group && kind.version === version);
  if (members.length === 0) return undefined;
  const head = { kind: "APIResourceList", ...(group !== "" && { apiVersion: "v1" }), groupVersion: apiVersionOf({ group, version }) };
  return { ...head, resources: members.flatMap(resourceEntries) };
}

function resourceEntries(kind: ServedKind): readonly JsonObject[] {
  const namespaced = kind.resourceScope === "Namespaced";
  const entry = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(kind.storageVersion !== undefined && { storageVersionHash: storageVersionHash(kind, kind.storageVersion) }),
  };
  const parts = orderedParts(kind).map((part) => ({
    name: `${kind.plural}/${part}`,
    singularName: "",
    namespaced,
    ...partKind(kind, part),
    verbs: SUBRESOURCE_VERBS,
  }));
  return [entry, ...parts];
}

function orderedParts({ subresources, isCustom }: ServedKind): readonly string[] {
  return isCustom ? subresources : subresources.toSorted();
}

function partKind({ kind }: ServedKind, part: string): JsonObject {
  return part === "scale" ? { group: "autoscaling", version: "v1", kind: "Scale" } : { kind };
}

/** The aggregated discovery (KEP-3352) of the core group, or of all others. */
export function aggregatedDiscovery(kinds: readonly ServedKind[], isCore: boolean): JsonObject {
  const groups: ReadonlyMap<string, readonly string[]> = isCore ? new Map([["", ["v1"]]]) : groupsOf(kinds);
  const members = Map.groupBy(kinds, (kind) => apiVersionOf(kind));
  const items = [...groups].map(([name, versions]) => ({
    metadata: name === "" ? {} : { name },
    versions: versions.map((version) => ({
      version,
      resources: (members.get(apiVersionOf({ group: name, version })) ?? [])
        .toSorted((a, b) => Number(a.plural > b.plural) - Number(a.plural < b.plural))
        .map(aggregatedEntry),
      freshness: "Current",
    })),
  }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

function aggregatedEntry(kind: ServedKind): JsonObject {
  const { group, version } = kind;
  const responseKind = (part: string): JsonObject => {
    const named = partKind(kind, part);
    return part === "scale" ? named : { group, version, ...named };
  };
  return {
    resource: kind.plural,
    responseKind: responseKind(""),
    scope: kind.resourceScope,
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(kind.subresources.length > 0 && {
      subresources: orderedParts(kind).map((part) => ({ subresource: part, responseKind: responseKind(part), verbs: SUBRESOURCE_VERBS })),
    }),
  };
}
