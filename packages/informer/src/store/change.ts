import type { KubeObject } from "@polykind/apimachinery";
import type { ObjectRecord } from "../reflector/record.ts";

/**
 * What happened to one key. With both sides and the same uid the object changed; with another uid the old one was deleted and a new one added.
 */
export interface Change<T extends KubeObject = KubeObject> {
  readonly key: string;
  /** What was cached. */
  readonly before: ObjectRecord<T> | undefined;
  /** What is cached now. */
  readonly after: ObjectRecord<T> | undefined;
  /** The object as it was when it was deleted, where the server told. */
  readonly last: ObjectRecord<T> | undefined;
}

/**
 * Both changes of one key as one, for those who could not look in between.
 *
 * @returns `undefined` when nothing is left to tell.
 */
export function mergeChanges<T extends KubeObject>(earlier: Change<T>, later: Change<T>): Change<T> | undefined {
  const { key, before } = earlier;
  const { after } = later;
  if (before === undefined && after === undefined) return undefined;
  return { key, before, after, last: lastOf(before, [earlier, later]) };
}

/** The last state of the object `before` that either change tells of. */
function lastOf<T extends KubeObject>(before: ObjectRecord<T> | undefined, changes: readonly Change<T>[]): ObjectRecord<T> | undefined {
  return changes.findLast(({ last }) => last !== undefined && last.uid === before?.uid)?.last;
}
