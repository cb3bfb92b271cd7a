import type { Resource } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";

/** A resource as discovery tells of it. */
export interface DiscoveredResource extends Resource {
  readonly verbs: readonly string[];
  /** Such as `status` and `scale`. */
  readonly subresources: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/**
 * All resources of a group in all its versions, as the server tells now; none when it has no such group. Rejects unless every document of the group could be read, so
 * that what is missing in the answer is not served.
 *
 * @param read the JSON value at a path.
 */
export async function groupResources(group: string, read: (path: string) => Promise<unknown>): Promise<readonly DiscoveredResource[]> {
  const base = `/apis/${encodeURIComponent(group)}`;
  const document = await read(base).catch((cause: unknown) => {
    if (isPolykindError(cause, "KIND_NOT_SERVED", "API_NOT_FOUND")) return { versions: [] };
    throw cause;
  });
  const versions = listAt(document, "versions").map((entry) => String((entry as { readonly version?: unknown }).version)); // a GroupVersionForDiscovery
  const all = await Promise.all(
    versions.map(async (version) => resourcesIn(await read(`${base}/${encodeURIComponent(version)}`), { group, version })),
  );
  return all.flat();
}

function resourcesIn(document: unknown, { group, version }: Pick<Resource, "group" | "version">): readonly DiscoveredResource[] {
  const entries = listAt(document, "resources").filter(isEntry);
  return entries
    .filter(({ name }) => !name.includes("/"))
    .map(({ name: plural, kind, namespaced, verbs }) => ({
      group,
      version,
      kind,
      plural,
      resourceScope: namespaced ? "Namespaced" : "Cluster",
      verbs,
      subresources: entries.flatMap(({ name }) => (name.startsWith(`${plural}/`) ? [name.slice(plural.length + 1)] : [])),
    }));
}

/** Whether `value` is one of an APIResourceList. */
function isEntry(value: unknown): value is Entry {
  const { name, kind } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>; // checked in the next line
  return typeof name === "string" && typeof kind === "string";
}

function listAt(document: unknown, field: string): readonly unknown[] {
  const list = (document as Readonly<Record<string, unknown>> | null)?.[field]; // checked in the next line
  return Array.isArray(list) ? list : [];
}
