import type { KubeObject } from "@polykind/apimachinery";

/** An object as the store holds it: frozen, whole, in the version in which its kind is stored. */
export type StoredObject = KubeObject & { readonly [field: string]: unknown };

/** One state of one object. Identity matters: the next state is another `Stored`. */
export interface Stored {
  /** `namespace/name`, or `name`; sorts as the API server lists. */
  readonly key: string;
  /** `""` for objects of a cluster-scoped kind. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The `metadata.resourceVersion` as a number. */
  readonly revision: number;
  readonly object: StoredObject;
}

/** One write, as watches tell it. */
export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  /** The state after the write; for a delete the last state, carrying the revision of the delete. */
  readonly stored: Stored;
  /** The state before the write. */
  readonly previous: Stored | undefined;
}
