import { type Condition, type CustomResourceDefinition, findCondition } from "@polykind/apimachinery";

/** A condition of a CRD: without an observed generation. */
export type CrdCondition = Omit<Condition, "lastTransitionTime" | "observedGeneration">;

/** Whether the condition of `type` is True. */
export function isTrue(crd: CustomResourceDefinition, type: string): boolean {
  return findCondition(crd.status?.conditions, type)?.status === "True";
}

/** The conditions with `next` in the place of its type, or at the end; fields in the server's order. */
export function withCrdCondition(
  conditions: readonly Condition[] | null | undefined,
  { type, status, reason, message }: CrdCondition,
  at: string,
): readonly Condition[] {
  const before = findCondition(conditions ?? undefined, type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : at;
  const merged: Condition = { type, status, lastTransitionTime, reason, message };
  if (before === undefined) return [...(conditions ?? []), merged];
  return (conditions ?? []).map((each) => (each === before ? merged : each));
}

/** Being deleted, nothing done yet. */
export const DELETION_PENDING: CrdCondition = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionPending",
  message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
};

/** The instances are being deleted. */
export const DELETION_IN_PROGRESS: CrdCondition = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
};

/** No instance is left. */
export const DELETION_COMPLETED: CrdCondition = {
  type: "Terminating",
  status: "False",
  reason: "InstanceDeletionCompleted",
  message: "removed all instances",
};

/** There never were instances. */
export const NEVER_ESTABLISHED: CrdCondition = {
  type: "Terminating",
  status: "False",
  reason: "NeverEstablished",
  message: "resource was never established",
};

/** The names are ours, serving begins. */
export const INSTALLING: CrdCondition = {
  type: "Established",
  status: "False",
  reason: "Installing",
  message: "the initial names have been accepted",
};

/** Names are missing. */
export const NOT_ACCEPTED: CrdCondition = {
  type: "Established",
  status: "False",
  reason: "NotAccepted",
  message: "not all names are accepted",
};

/** Served; stays so whatever happens to the names. */
export const ESTABLISHED: CrdCondition = {
  type: "Established",
  status: "True",
  reason: "InitialNamesAccepted",
  message: "the initial names have been accepted",
};

/** Not served, because nobody could convert. */
export const INVALID_CA_BUNDLE: CrdCondition = {
  type: "Established",
  status: "False",
  reason: "InvalidCABundle",
  message: "The conversion webhook CABundle is invalid",
};
