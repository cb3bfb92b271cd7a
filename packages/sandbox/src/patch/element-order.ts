import { isJsonObject, memberOf } from "./json-object.ts";
import { failingPatch } from "./patch-error.ts";

/** What two items of a merged list must have in common to be the same: the value of the merge key, or all of a scalar. */
export function identityOf(item: unknown, mergeKey: string): unknown {
  return isJsonObject(item) ? memberOf(item, mergeKey) : item;
}

/** The two orders that a merged list has to keep. */
export interface ElementOrders {
  /** Wins. */
  readonly patch: readonly unknown[];
  readonly server: readonly unknown[];
  /** `""` for lists of scalars. */
  readonly mergeKey: string;
}

/**
 * Orders a merged list as strategic merge patch does: items that the patch names as it names them, the others where the
 * server had them relative to these, as well as that goes.
 */
export function orderElements(items: readonly unknown[], { patch, server, mergeKey }: ElementOrders): readonly unknown[] {
  const inPatch = ranksOf(patch, mergeKey);
  const inServer = ranksOf(server, mergeKey);
  const rank = (ranks: ReadonlyMap<unknown, number>, item: unknown): number => ranks.get(identityOf(item, mergeKey)) ?? -1;
  const named = items.filter((item) => rank(inPatch, item) >= 0).toSorted((a, b) => rank(inPatch, a) - rank(inPatch, b));
  const others = items.filter((item) => rank(inPatch, item) < 0).toSorted((a, b) => rank(inServer, a) - rank(inServer, b));
  const ordered: unknown[] = [];
  let next = 0;
  for (const item of named) {
    while (next < others.length && isBefore(rank(inServer, others[next]), rank(inServer, item))) {
      ordered.push(others[next]);
      next += 1;
    }
    ordered.push(item);
  }
  return [...ordered, ...others.slice(next)];
}

/** Only what the server had can stand before what the server had. */
function isBefore(rank: number, other: number): boolean {
  return rank >= 0 && rank < other;
}

function ranksOf(items: readonly unknown[], mergeKey: string): ReadonlyMap<unknown, number> {
  const ranks = new Map<unknown, number>();
  for (const [index, item] of items.entries()) {
    const identity = identityOf(item, mergeKey);
    if (!ranks.has(identity)) ranks.set(identity, index);
  }
  return ranks;
}

/** Whether all of `lists` hold scalars or all hold objects. */
export function elementTypeOf(...lists: readonly (readonly unknown[])[]): "object" | "scalar" {
  const [first, ...rest] = lists.flat(1);
  if (first === undefined) throw failingPatch("no elements in any of the given slices");
  const isObject = isJsonObject(first);
  const isMixed = rest.some((item) => isJsonObject(item) !== isObject || typeof item !== typeof first);
  if (isMixed) throw failingPatch("list element types are not identical");
  return isObject ? "object" : "scalar";
}
