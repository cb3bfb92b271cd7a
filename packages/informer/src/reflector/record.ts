import { keyOf, type KubeObject } from "@polykind/apimachinery";

/**
 * One object as it came from the server: what reflector and store decide by, taken out once, and the object itself, which only the store and
 * handlers read.
 */
export interface ObjectRecord<T extends KubeObject = KubeObject> {
  readonly key: string;
  /** Identity: another uid under the same key is another object. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** It may be parsed only when it is read: who needs no body should not ask. */
  readonly object: T;
  /** The uids of its controlling owners, where they are known without the object. */
  readonly owners?: readonly string[];
  /** The store has let go of the record, which can still be read. */
  release?(): void;
}

/** The record of `object`. */
export function recordOf<T extends KubeObject>(object: T): ObjectRecord<T> {
  const { metadata } = object;
  return { key: keyOf(metadata), uid: metadata.uid, resourceVersion: metadata.resourceVersion, object };
}
