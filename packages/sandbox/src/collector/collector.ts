import { type OwnerReference, parseApiVersion } from "@polykind/apimachinery";
import type { Clock } from "@polykind/core";
import { cloneJson } from "../json.ts";
import type { Draft } from "../kind/kind-rules.ts";
import type { Kinds } from "../kind/kinds.ts";
import type { ServedKind } from "../kind/served-kind.ts";
import type { Collection } from "../store/collection.ts";
import type { Change, Stored } from "../store/stored.ts";
import { timestampOf } from "../verbs/cluster.ts";
import { commitUpdate } from "../verbs/commit.ts";
import { type DeleteOptions, removeStored } from "../verbs/delete.ts";
import { trackedUpdate } from "../verbs/managers.ts";
import { OwnerGraph } from "./graph.ts";

/** The finalizer by which an owner waits until its dependents have been told that it is gone. */
const ORPHAN = "orphan";
/** The finalizer by which an owner waits for the end of the dependents that block it. */
const FOREGROUND = "foregroundDeletion";

/** Who the collector is in managed fields: in a real cluster it is part of this. */
const MANAGER = "kube-controller-manager";

/** What the collector works on. */
export interface CollectorDeps {
  readonly kinds: Kinds;
  readonly clock: Clock;
}

type Found = NonNullable<ReturnType<OwnerGraph["get"]>>;

/**
 * Deletes objects whose owners are all gone, and carries out foreground deletion and orphaning.
 *
 * Guarantees: what follows from a write happens after it, in writes of its own; at rest nothing is left to do, and no timer runs. An owner of a
 * kind that is not served counts as there. Source: `kube-controller-manager`'s garbage collector.
 */
export class Collector {
  readonly #deps: CollectorDeps;
  readonly #graph = new OwnerGraph();
  readonly #waiting = new Set<string>();
  #isClosed = false;

  constructor(deps: CollectorDeps) {
    this.#deps = deps;
  }

  /** Takes in any change of the store. */
  observe(collection: Collection, change: Change): void {
    this.#graph.observe(collection, change);
    const { uid, object } = change.stored;
    const { ownerReferences = [], deletionTimestamp } = object.metadata;
    if (change.type === "DELETED") for (const dependent of this.#graph.dependentsOf(uid)) this.#enqueue(dependent);
    else if (ownerReferences.length > 0 || deletionTimestamp !== undefined) this.#enqueue(uid);
    // Owners that wait for this one, also those that it no longer names.
    for (const owner of [...ownerReferences, ...(change.previous?.object.metadata.ownerReferences ?? [])]) {
      if (this.#graph.get(owner.uid)?.stored.object.metadata.deletionTimestamp !== undefined) this.#enqueue(owner.uid);
    }
  }

  /** Takes in that a collection is gone with all that is in it. */
  forget(collection: Collection): void {
    this.#graph.forget(collection);
  }

  close(): void {
    this.#isClosed = true;
  }

  #enqueue(uid: string): void {
    if (this.#waiting.size === 0) queueMicrotask(() => this.#run());
    this.#waiting.add(uid);
  }

  #run(): void {
    const uids = [...this.#waiting];
    this.#waiting.clear();
    for (const uid of uids) {
      const found = this.#graph.get(uid);
      if (found !== undefined && !this.#isClosed) this.#collect(found);
    }
  }

  #collect(found: Found): void {
    const { deletionTimestamp, finalizers = [] } = found.stored.object.metadata;
    if (deletionTimestamp === undefined) return this.#checkOwners(found);
    if (finalizers.includes(ORPHAN)) this.#orphan(found);
    else if (finalizers.includes(FOREGROUND)) this.#deleteDependents(found);
  }

  #checkOwners(found: Found): void {
    const { ownerReferences = [] } = found.stored.object.metadata;
    if (ownerReferences.length === 0) return;
    const left = ownerReferences.filter((reference) => this.#isThere(reference, found.stored));
    if (left.length === 0) return this.#remove(found, policyOf(found.stored));
    if (left.length === ownerReferences.length && left.every((reference) => this.#isWaiting(reference))) {
      return this.#remove(found, this.#graph.dependentsOf(found.uid).length > 0 ? "Foreground" : policyOf(found.stored));
    }
    if (left.length < ownerReferences.length) this.#write(found, { ownerReferences: left });
  }

  #isThere({ apiVersion, kind, uid }: OwnerReference, { namespace }: Stored): boolean {
    const owner = this.#graph.get(uid);
    if (owner !== undefined) return owner.stored.namespace === "" || owner.stored.namespace === namespace;
    return this.#deps.kinds.named({ ...parseApiVersion(apiVersion), kind }) === undefined;
  }

  /** Whether an owner waits for the end of its dependents. */
  #isWaiting({ uid }: OwnerReference): boolean {
    const metadata = this.#graph.get(uid)?.stored.object.metadata;
    return metadata?.deletionTimestamp !== undefined && metadata.finalizers?.includes(FOREGROUND) === true;
  }

  #orphan(owner: Found): void {
    for (const uid of this.#graph.dependentsOf(owner.uid)) {
      const dependent = this.#graph.get(uid);
      const references = dependent?.stored.object.metadata.ownerReferences ?? [];
      if (dependent !== undefined)
        this.#write(dependent, { ownerReferences: references.filter((reference) => reference.uid !== owner.uid) });
    }
    this.#release(owner, ORPHAN);
  }

  #deleteDependents(owner: Found): void {
    for (const uid of this.#graph.dependentsOf(owner.uid)) {
      const dependent = this.#graph.get(uid);
      if (dependent !== undefined && dependent.stored.object.metadata.deletionTimestamp === undefined) this.#checkOwners(dependent);
    }
    const isBlocked = this.#graph.dependentsOf(owner.uid).some((uid) => {
      const references = this.#graph.get(uid)?.stored.object.metadata.ownerReferences ?? [];
      return references.some((reference) => reference.uid === owner.uid && reference.blockOwnerDeletion === true);
    });
    if (!isBlocked) this.#release(owner, FOREGROUND);
  }

  #release(found: Found, finalizer: string): void {
    const { finalizers = [] } = this.#graph.get(found.uid)?.stored.object.metadata ?? {};
    if (finalizers.includes(finalizer)) this.#write(found, { finalizers: finalizers.filter((each) => each !== finalizer) });
  }

  #remove({ collection, stored }: Found, propagationPolicy: DeleteOptions["propagationPolicy"]): void {
    const kind = this.#kindOf(collection);
    if (kind !== undefined) removeStored(stored, kind, { isDryRun: false, propagationPolicy, at: timestampOf(this.#deps.clock) });
  }

  #write(
    { collection, uid }: Found,
    metadata: { readonly finalizers?: readonly string[]; readonly ownerReferences?: readonly OwnerReference[] },
  ): void {
    const kind = this.#kindOf(collection);
    const stored = this.#graph.get(uid)?.stored;
    if (kind === undefined || stored === undefined) return;
    const before = kind.read(stored);
    const draft = cloneJson(before) as unknown as Draft; // A stored object has all that a draft has.
    for (const [field, list] of Object.entries(metadata)) {
      if (list.length > 0) draft.metadata[field] = cloneJson(list);
      else delete draft.metadata[field];
    }
    const step = { draft, before, subresource: undefined };
    trackedUpdate(step, { kind, manager: MANAGER }, { at: timestampOf(this.#deps.clock), manager: "" });
    commitUpdate(kind, stored, step);
  }

  #kindOf(collection: Collection): ServedKind | undefined {
    return this.#deps.kinds.storedAs(collection);
  }
}

/** A dependent is deleted as it was asked for itself, if it was. */
function policyOf({ object }: Stored): DeleteOptions["propagationPolicy"] {
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(ORPHAN)) return "Orphan";
  return finalizers.includes(FOREGROUND) ? "Foreground" : "Background";
}
