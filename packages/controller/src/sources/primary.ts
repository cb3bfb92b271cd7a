import { keyOf, type KubeObject } from "@polykind/apimachinery";
import type { Handler } from "@polykind/informer";
import type { Cause } from "@polykind/plugin";
import { hasFinalizer } from "../finalizer/state.ts";
import type { Gone } from "../reconcile/gone.ts";

/** First lists give way to changes. */
export const FIRST_LIST_PRIORITY = -100;

/** Where the changes of the managed kind go. */
export interface PrimaryOptions {
  readonly finalizer: string;
  /** Keys of cached objects that carry the finalizer: kept up to date here. */
  readonly held: { readonly add: (key: string) => unknown; readonly delete: (key: string) => unknown };
  readonly gone: Gone;
  readonly want: (key: string, cause: Cause, priority: number) => void;
  /** An object is gone. */
  readonly onDeleted: (object: KubeObject) => void;
}

/** Tells the queue of every change of the managed kind's objects. */
export function primaryHandler({ finalizer, held, gone, want, onDeleted }: PrimaryOptions): Handler {
  const note = (object: KubeObject): string => {
    const key = keyOf(object.metadata);
    if (hasFinalizer(object, finalizer)) held.add(key);
    else held.delete(key);
    return key;
  };
  return {
    coalesces: true,
    added: (object, { isInitial }) => {
      const key = note(object);
      if (isInitial) want(key, { type: "start" }, FIRST_LIST_PRIORITY);
      else want(key, { type: "added" }, 0);
    },
    changed: (object) => want(note(object), { type: "changed" }, 0),
    deleted: (object) => {
      const key = keyOf(object.metadata);
      held.delete(key);
      onDeleted(object);
      gone.add(key, object.metadata.uid);
      want(key, { type: "deleted" }, 0);
    },
  };
}
