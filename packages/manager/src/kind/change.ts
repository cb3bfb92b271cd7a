import type { CrdDescriptor } from "@polykind/apimachinery";

/**
 * What an observation of a CRD changes, for the life of its kind.
 *
 * - `COSMETIC`: what people see only: short names, categories, printer columns, labels, annotations.
 * - `SCHEMA`: schema, subresources or selectable fields of a version that both have.
 * - `VERSION`: which versions there are, are served, or are deprecated.
 * - `STORAGE`: the version that is stored, and those that once were.
 * - `CONVERSION`: how versions are converted, the webhook's certificates included.
 * - `NAMES`: what the server says of its names: the accepted kind, the resource scope, whether names are accepted and the CRD is established.
 * - `TERMINATING`: whether the server deletes it.
 * - `REPLACED`: another uid. Strangers are not compared.
 * - `GONE`: there is none any more.
 */
export type ChangeClass =
  | "NONE"
  | "COSMETIC"
  | "SCHEMA"
  | "VERSION"
  | "STORAGE"
  | "CONVERSION"
  | "NAMES"
  | "TERMINATING"
  | "REPLACED"
  | "GONE";

/** What of a descriptor each class looks at. Two observations of one life differ in a class exactly when these texts differ. */
const FACETS: readonly (readonly [ChangeClass, (crd: CrdDescriptor, other: CrdDescriptor) => unknown])[] = [
  ["SCHEMA", (crd, other) => shapesOf(crd, other)],
  ["VERSION", ({ versions }) => versions.map(({ name, isServed, isDeprecated }) => [name, isServed, isDeprecated])],
  ["STORAGE", ({ versions, storedVersions }) => [versions.flatMap(({ name, isStorage }) => (isStorage ? [name] : [])), storedVersions]],
  ["CONVERSION", ({ conversion }) => [conversion.strategy, conversion.hash]],
  ["NAMES", namesOf],
  ["TERMINATING", ({ isTerminating }) => isTerminating],
];

/**
 * The classes of change between two observations of a slot, one after the other: `NONE` alone when nothing that counts has changed, `REPLACED` or `GONE` alone when the
 * life is over, and else all that hold.
 *
 * The resource version is no change, nor are managed fields and what else of the status a descriptor leaves out.
 */
export function classOf(before: CrdDescriptor, after: CrdDescriptor | undefined): ReadonlySet<ChangeClass> {
  if (after === undefined) return new Set(["GONE"]);
  if (after.uid !== before.uid) return new Set(["REPLACED"]);
  const found = new Set(FACETS.flatMap(([name, facet]) => (isSame(facet(before, after), facet(after, before)) ? [] : [name])));
  if (!isSame(looksOf(before), looksOf(after))) found.add("COSMETIC");
  // The descriptor leaves out printer columns and the like: of those only the generation tells.
  if (found.size === 0 && before.generation !== after.generation) found.add("COSMETIC");
  return found.size === 0 ? new Set(["NONE"]) : found;
}

/**
 * Whether the API server closes all watches of the kind over this change, as it does whenever the spec or the accepted names of a CRD change, even a description: it
 * tears down the storage of all versions.
 */
export function closesWatches(before: CrdDescriptor, after: CrdDescriptor): boolean {
  return before.uid === after.uid && (before.generation !== after.generation || !isSame(before.names, after.names));
}

/**
 * Whether every object whose version stays the same reads as before, at every version of the kind: what is stored, how it is converted, and what schemas fill in and leave out
 * stayed the same.
 */
export function keepsBodies(before: CrdDescriptor, after: CrdDescriptor): boolean {
  return isSame(readingOf(before, after), readingOf(after, before));
}

/** A version that came or went is of no consequence: none but the one that is stored could be without objects in it. */
function readingOf({ versions, conversion }: CrdDescriptor, other: CrdDescriptor): unknown {
  const known = new Set(other.versions.map(({ name }) => name));
  return [
    versions.filter(({ name }) => known.has(name)).map(({ name, bodyHash }) => [name, bodyHash]),
    versions.filter(({ isStorage }) => isStorage).map(({ name }) => name),
    conversion.hash,
  ];
}

function shapesOf({ versions }: CrdDescriptor, other: CrdDescriptor): unknown {
  const known = new Set(other.versions.map(({ name }) => name));
  return versions
    .filter(({ name }) => known.has(name))
    .map(({ name, schemaHash, hasStatus, hasScale, selectableFields }) => [name, schemaHash, hasStatus, hasScale, selectableFields]);
}

function namesOf({ names, resourceScope, isEstablished, namesAccepted }: CrdDescriptor): unknown {
  return [names.plural, names.kind, resourceScope, isEstablished, namesAccepted.status, namesAccepted.reason, namesAccepted.message];
}

function looksOf({ names, labels, annotations }: CrdDescriptor): unknown {
  const sorted = (map: Readonly<Record<string, string>>): unknown => Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [names.singular, names.listKind, names.shortNames, names.categories, sorted(labels), sorted(annotations)];
}

/** Both are built alike, by this file or by the server, so equal ones have equal texts. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
