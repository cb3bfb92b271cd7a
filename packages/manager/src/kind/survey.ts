import type { KubeObject } from "@polykind/apimachinery";

/** For how many of `objects` each finalizer stands that their deletion waits for, the one that holds most first. */
export function holdersOf(objects: readonly KubeObject[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { metadata } of objects) {
    if (metadata.deletionTimestamp === undefined) continue;
    for (const finalizer of metadata.finalizers ?? []) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  }
  return new Map([...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}
