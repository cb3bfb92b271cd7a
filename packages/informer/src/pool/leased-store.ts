import type { KubeObject, LabelSelectorObject, ObjectName } from "@polykind/apimachinery";
import type { ObjectStore } from "../store/object-store.ts";
import type { Store } from "../types.ts";

/** A shared store as one lease sees it: with the indexes of this lease. */
export class LeasedStore<T extends KubeObject> implements Store<T> {
  readonly #store: ObjectStore<T>;
  /** Made with the first one: there is a lease for each kind, and few have indexes. */
  #indexes: Map<string, symbol> | undefined;

  constructor(store: ObjectStore<T>) {
    this.#store = store;
  }

  get(name: ObjectName): T | undefined {
    return this.#store.get(name);
  }

  byKey(key: string): T | undefined {
    return this.#store.byKey(key);
  }

  list(filter?: { readonly namespace?: string; readonly labels?: LabelSelectorObject }): readonly T[] {
    return this.#store.list(filter);
  }

  ownedBy(uid: string): readonly T[] {
    return this.#store.ownedBy(uid);
  }

  indexed(name: string, value: string): readonly T[] {
    return this.#store.indexed(this.#indexes?.get(name) ?? name, value);
  }

  keys(): Iterable<string> {
    return this.#store.keys();
  }

  get size(): number {
    return this.#store.size;
  }

  get resourceVersion(): string {
    return this.#store.resourceVersion;
  }

  hasReached(version: string): boolean {
    return this.#store.hasReached(version);
  }

  /** In place of the one of the same name. */
  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    const indexes = (this.#indexes ??= new Map<string, symbol>());
    const index = indexes.get(name) ?? Symbol(name);
    this.#store.addIndex(index, valuesOf);
    indexes.set(name, index);
  }

  dropIndexes(): void {
    for (const index of this.#indexes?.values() ?? []) this.#store.dropIndex(index);
    this.#indexes = undefined;
  }
}
