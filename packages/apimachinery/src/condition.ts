/** One condition of an object's status, by the Kubernetes API conventions. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** CamelCase, for programs. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  /** RFC 3339: when `status` last changed. */
  readonly lastTransitionTime: string;
  /** The `metadata.generation` that this was decided on. */
  readonly observedGeneration?: number;
}

/** The condition of `type`, if there is one. */
export function findCondition<C extends { readonly type: string }>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * The conditions with `next` in the place of its type, or at the end. `lastTransitionTime` moves to `at` (RFC 3339) only when
 * `status` changes. The same array is returned when nothing changes.
 *
 * Source: Kubernetes API conventions, "Typical status properties".
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, "lastTransitionTime">,
  at: string,
): readonly Condition[] {
  const before = findCondition(conditions, next.type);
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : at;
  const merged: Condition = { ...next, lastTransitionTime };
  if (conditions === undefined || before === undefined) return [...(conditions ?? []), merged];
  if (isSame(before, merged)) return conditions;
  return conditions.map((condition) => (condition === before ? merged : condition));
}

function isSame(a: Condition, b: Condition): boolean {
  return a.status === b.status && a.reason === b.reason && a.message === b.message && a.observedGeneration === b.observedGeneration;
}
