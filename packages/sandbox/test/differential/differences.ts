/** Steps whose answers differ, with the reason. Every entry is a decision; what is not here is a bug. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  [
    "owners and dependents: the dependent is being deleted",
    "the stand-in for the garbage collector deletes every dependent in the foreground; kube-controller-manager, and we, only those that have dependents themselves",
  ],
]);

/** Whether a step of a script is known to be answered differently. */
export function isKnownDifference(script: string, why: string): boolean {
  return KNOWN.has(`${script}: ${why}`);
}
