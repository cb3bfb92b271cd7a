import type { Collection } from "../store/collection.ts";
import type { Change, Stored } from "../store/stored.ts";

/** An object and where it is. */
export interface Node {
  readonly collection: Collection;
  readonly key: string;
  readonly uid: string;
}

/** Who owns whom, over all kinds, by uid. */
export class OwnerGraph {
  readonly #nodes = new Map<string, Node>();
  readonly #dependents = new Map<string, Map<string, Node>>();

  /** Takes in one write. */
  observe(collection: Collection, { type, stored, previous }: Change): void {
    const node = this.#nodes.get(stored.uid) ?? { collection, key: stored.key, uid: stored.uid };
    for (const uid of ownersOf(previous)) this.#unlink(uid, node);
    if (type === "DELETED") {
      this.#nodes.delete(stored.uid);
      return;
    }
    this.#nodes.set(stored.uid, node);
    for (const uid of ownersOf(stored)) this.#link(uid, node);
  }

  /** Forgets all objects of a collection that is gone. */
  forget(collection: Collection): void {
    for (const stored of collection.list()) {
      this.observe(collection, { type: "DELETED", revision: stored.revision, stored, previous: stored });
    }
  }

  /** The present state of the object with this uid. */
  get(uid: string): (Node & { readonly stored: Stored }) | undefined {
    const node = this.#nodes.get(uid);
    const stored = node?.collection.get(node.key);
    return node === undefined || stored?.uid !== uid ? undefined : { ...node, stored };
  }

  /** The uids of the objects that name this one as an owner. */
  dependentsOf(uid: string): readonly string[] {
    return [...(this.#dependents.get(uid)?.keys() ?? [])];
  }

  #link(ownerUid: string, node: Node): void {
    const dependents = this.#dependents.get(ownerUid) ?? new Map<string, Node>();
    dependents.set(node.uid, node);
    this.#dependents.set(ownerUid, dependents);
  }

  #unlink(ownerUid: string, { uid }: Node): void {
    const dependents = this.#dependents.get(ownerUid);
    dependents?.delete(uid);
    if (dependents?.size === 0) this.#dependents.delete(ownerUid);
  }
}

function ownersOf(stored: Stored | undefined): readonly string[] {
  return stored?.object.metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
}
