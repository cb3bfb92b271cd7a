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
  readonly object: T;
}

/** The record of `object`. */
export function recordOf<T extends KubeObject>(object: T): ObjectRecord<T> {
  const { metadata } = object;
  return { key: keyOf(metadata), uid: metadata.uid, resourceVersion: metadata.resourceVersion, object };
}
