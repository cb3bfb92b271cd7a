/** Steps whose answers differ, with the reason. Every entry is a decision; what is not here is a bug. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  [
    "owners and dependents: the dependent is being deleted",
    "the stand-in for the garbage collector deletes every dependent in the foreground; kube-controller-manager, and we, only those that have dependents themselves",
  ],
  [
    "built-in kinds: a secret takes texts",
    "the real server of the tests turns texts into data when it stores a secret, kube-apiserver, and we, when it reads one: so the field that is owned is another",
  ],
  ["built-in kinds: a wrong type", "the key in a map is named, too"],
  ["creating objects: a label that is no text", "the key in a map is named, too"],
]);

/** Whether a step of a script is known to be answered differently. */
export function isKnownDifference(script: string, why: string): boolean {
  return KNOWN.has(`${script}: ${why}`);
}
