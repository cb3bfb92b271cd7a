import { type Comparison, compare } from "./compare.ts";
import { difference, type FieldSet, intersection, isEmptySet, recursiveDifference, setOf, union } from "./field-set.ts";
import type { Manager, Managers } from "./managers.ts";
import { fieldElement } from "./path-element.ts";
import { reconcileTypes } from "./reconcile-types.ts";
import type { TypeRef } from "./types.ts";

/** What nobody owns, because the server alone decides about it. */
const NEVER_OWNED: FieldSet = setOf(
  ...["apiVersion", "kind", "metadata"].map((name) => [fieldElement(name)]),
  ...["clusterName", "creationTimestamp", "generation", "managedFields", "name", "namespace", "resourceVersion", "selfLink", "uid"].map(
    (name) => [fieldElement("metadata"), fieldElement(name)],
  ),
);

/** What a write is judged by. */
export interface OwnershipContext {
  readonly type: TypeRef;
  /** Fields that this endpoint resets, as status at the main one: writes do not concern them. */
  readonly resetFields: FieldSet;
}

/** `set` without what is never owned. */
export function ownable(set: FieldSet): FieldSet {
  return difference(set, NEVER_OWNED);
}

/** `set` without the fields that the endpoint resets. */
export function withoutReset(set: FieldSet, { resetFields }: OwnershipContext): FieldSet {
  return recursiveDifference(set, resetFields);
}

/** How an object changed, as far as this endpoint lets it. */
export function changesOf(before: unknown, after: unknown, context: OwnershipContext): Comparison {
  const { removed, modified, added } = compare(before, after, context.type);
  return { removed: withoutReset(removed, context), modified: withoutReset(modified, context), added: withoutReset(added, context) };
}

/** The managers with their fields fitted to the schema as it is now. */
export function reconcileManagers(managers: Managers, { type }: OwnershipContext): Managers {
  return new Map([...managers].map(([key, manager]) => [key, { ...manager, fields: reconcileTypes(manager.fields, type) }]));
}

/** The fields that others than `self` own and that the changes set to something else, by manager. */
export function contestedFields(managers: Managers, self: string, { modified, added }: Comparison): ReadonlyMap<string, FieldSet> {
  const set = union(modified, added);
  const contested = new Map<string, FieldSet>();
  for (const [key, manager] of managers) {
    const fields = key === self ? undefined : intersection(manager.fields, set);
    if (fields !== undefined && !isEmptySet(fields)) contested.set(key, fields);
  }
  return contested;
}

/** The managers after others than `self` lost what the changes set or removed. Who owns nothing any more is gone. */
export function withLosses(managers: Managers, self: string, changes: Comparison): Managers {
  const contested = contestedFields(managers, self, changes);
  const left = new Map<string, Manager>();
  for (const [key, manager] of managers) {
    const lost = contested.get(key);
    const kept = lost === undefined ? manager.fields : difference(manager.fields, lost);
    const fields = key === self ? manager.fields : difference(kept, changes.removed);
    if (!isEmptySet(fields)) left.set(key, { ...manager, fields });
  }
  return left;
}
