import { Collection, type CollectionHost } from "./collection.ts";
import type { Change } from "./stored.ts";

/** Hears of every write, after it happened and after the watches were told. Must neither throw nor write. */
export type StoreListener = (collection: Collection, change: Change) => void;

/**
 * All objects of a server, in memory, under one revision that grows by one with each write.
 *
 * A collection belongs to one incarnation of a kind: when a CRD is deleted and created anew, its objects live in another one.
 */
export class Store implements CollectionHost {
  readonly historySize: number;
  readonly #collections = new Set<Collection>();
  readonly #listeners = new Set<StoreListener>();
  #revision: number;

  constructor({ historySize, revision = 1 }: { readonly historySize: number; readonly revision?: number }) {
    this.historySize = historySize;
    this.#revision = revision;
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  /** Every collection that is open. */
  get collections(): Iterable<Collection> {
    return this.#collections;
  }

  open(): Collection {
    const collection = new Collection(this);
    this.#collections.add(collection);
    return collection;
  }

  /** Ends the watches of `collection` and forgets it with its objects, without telling of their end. */
  drop(collection: Collection): void {
    this.#collections.delete(collection);
    collection.closeWatches();
  }

  /** Calls `listener` with every write from now on. @returns ends it. */
  listen(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** See {@link Collection.compact}, for all. */
  compact(): void {
    for (const collection of this.#collections) collection.compact();
  }

  nextRevision(): number {
    this.#revision += 1;
    return this.#revision;
  }

  committed(collection: Collection, change: Change): void {
    for (const listener of this.#listeners) listener(collection, change);
  }
}
