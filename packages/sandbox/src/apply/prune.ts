import { difference, emptySet, type FieldSet, intersection, isEmptySet, union } from "./field-set.ts";
import type { Managers } from "./managers.ts";
import { ownedFieldsOf, withNamedParents } from "./owned-fields.ts";
import { removeFields } from "./remove.ts";
import type { TypeRef } from "./types.ts";

/** What decides which fields go. */
export interface Pruning {
  readonly type: TypeRef;
  /** What the manager applied the last time. */
  readonly lastApplied: FieldSet;
  /** All managers, with what the one who applies now has applied now. */
  readonly managers: Managers;
}

/**
 * `merged` without the fields and items that the manager applied the last time, that it does not apply any more, and that no other
 * manager owns.
 */
export function prune(merged: unknown, { type, lastApplied, managers }: Pruning): unknown {
  if (isEmptySet(lastApplied)) return merged;
  const ensured = (value: unknown): FieldSet => withNamedParents(ownedFieldsOf(value, type), type);
  const last = withNamedParents(lastApplied, type);
  const all = ensured(merged);
  const withoutLast = ensured(removeFields(merged, last, type));
  const owned = [...managers.values()].reduce((set, { fields }) => union(set, fields), emptySet() as FieldSet); // Widens the type of the start.
  const unowned = difference(all, union(withoutLast, withNamedParents(owned, type)));
  const kept = ensured(removeFields(merged, unowned, type));
  return removeFields(merged, intersection(difference(all, kept), last), type);
}
