import { compareKubeVersions, type CrdVersion, type CustomResourceDefinition } from "@polykind/apimachinery";

/** What is said with each answer of a version of a CRD: that it is deprecated, and what to use in its place. */
export function deprecationOf({ spec }: CustomResourceDefinition, version: CrdVersion): readonly string[] {
  if (version.deprecated !== true) return [];
  const { deprecationWarning } = version as { readonly deprecationWarning?: string }; // A field that the shared type leaves out.
  if (deprecationWarning !== undefined) return [deprecationWarning];
  const better = spec.versions.filter(
    ({ name, served, deprecated }) => served && deprecated !== true && compareKubeVersions(name, version.name) < 0,
  );
  const [best] = better.map(({ name }) => name).sort(compareKubeVersions);
  const message = `${spec.group}/${version.name} ${spec.names.kind} is deprecated`;
  return [best === undefined ? message : `${message}; use ${spec.group}/${best} ${spec.names.kind}`];
}

const ADVICE = "to avoid accidental conflicts with other finalizer writers";

/** What is said of finalizers that a write adds to a custom resource and that others might use as well. */
export function finalizerWarnings(finalizers: readonly unknown[], before: readonly unknown[]): readonly string[] {
  return [...new Set(finalizers)]
    .filter((each): each is string => typeof each === "string" && !before.includes(each) && !each.includes("/") && !OF_THE_SERVER.has(each))
    .sort()
    .map((each) => {
      const form = each.includes(".") ? "a domain-qualified finalizer name including a path (/)" : "a domain-qualified finalizer name";
      return `metadata.finalizers: ${JSON.stringify(each)}: prefer ${form} ${ADVICE}`;
    });
}

/** The finalizers of the server itself. */
const OF_THE_SERVER: ReadonlySet<string> = new Set(["foregroundDeletion", "kubernetes", "orphan"]);
