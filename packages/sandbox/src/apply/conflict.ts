import { type FieldSet, pathsOf } from "./field-set.ts";
import { compareTexts, type Manager, type Managers } from "./managers.ts";
import { type PathElement, pathText } from "./path-element.ts";

/** A field that somebody else owns, with another value: a cause in the server's answer. */
export interface Conflict {
  /** Who owns it. */
  readonly manager: string;
  /** As in `details.causes`: `.spec.replicas`. */
  readonly field: string;
  /** As in `details.causes`: `conflict with "kubectl" using apps/v1`. */
  readonly message: string;
}

/** A conflict together with where it is. */
export interface LocatedConflict {
  readonly owner: Manager;
  readonly path: readonly PathElement[];
}

/** Every contested field with its owner, by owner and path. */
export function locateConflicts(contested: ReadonlyMap<string, FieldSet>, managers: Managers): readonly LocatedConflict[] {
  const conflicts: LocatedConflict[] = [];
  for (const [key, set] of [...contested].toSorted(([a], [b]) => compareTexts(a, b))) {
    const owner = managers.get(key);
    if (owner !== undefined) conflicts.push(...pathsOf(set).map((path) => ({ owner, path })));
  }
  return conflicts;
}

/** A conflict as the answer tells it. */
export function describeConflict({ owner, path }: LocatedConflict): Conflict {
  return { manager: owner.manager, field: pathText(path), message: `conflict with ${ownerText(owner)}` };
}

function ownerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource === undefined ? "" : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}

/** The message of the answer: one conflict in a line, several by owner. */
export function conflictMessage(conflicts: readonly LocatedConflict[]): string {
  const [only] = conflicts;
  if (only !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${ownerText(only.owner)}: ${pathText(only.path)}`;
  }
  const byOwner = Map.groupBy(conflicts, ({ owner }) => owner);
  const blocks = [...byOwner].map(([owner, paths]) =>
    [`conflicts with ${ownerText(owner)}:`, ...paths.map(({ path }) => `- ${pathText(path)}`)].join("\n"),
  );
  return `Apply failed with ${conflicts.length} conflicts: ${blocks.join("\n")}`;
}
