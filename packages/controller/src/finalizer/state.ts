import type { KubeObject } from "@polykind/apimachinery";

/** What is to be done with an object, as far as its finalizer goes. */
export type FinalizerStep =
  /** Put ours on, and wait for the event. */
  | "add"
  | "reconcile"
  | "finalize"
  /** Take ours off without any undoing: the plugin has none. */
  | "remove"
  | "nothing";

/** What decides on the next step. */
export interface FinalizerFacts {
  readonly hasOurs: boolean;
  readonly isDeleting: boolean;
  /** Whether the plugin has a `finalize`. */
  readonly canFinalize: boolean;
  /** Whether the CRD is being deleted, and every object with it. */
  readonly isTerminating: boolean;
  /** Whether the plugin was removed, and only undoes what it did. */
  readonly isRetiring: boolean;
}

/**
 * The four states of a finalizer, moved by (has ours?, is it being deleted?). Pure and total.
 *
 * If `reconcile` ever ran, `finalize` must succeed before the object can vanish: so ours is there before the first `reconcile`, and is never
 * added to an object that is being deleted, or soon will be with its CRD.
 */
export function finalizerStep({ hasOurs, isDeleting, canFinalize, isTerminating, isRetiring }: FinalizerFacts): FinalizerStep {
  if (isDeleting) {
    if (!hasOurs) return "nothing";
    // One that an earlier version of the plugin left behind would hold the object for ever.
    return canFinalize ? "finalize" : "remove";
  }
  // Nobody will be there to take it off, and there is nothing to undo.
  if (isRetiring) return hasOurs && !canFinalize ? "remove" : "nothing";
  if (!canFinalize || hasOurs) return "reconcile";
  return isTerminating ? "nothing" : "add";
}

/** Whether `object` carries `finalizer`. */
export function hasFinalizer({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}
