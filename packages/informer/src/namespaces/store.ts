import { compareResourceVersions, type KubeObject, type LabelSelectorObject, nameOfKey, type ObjectName } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { Informer, Store } from "../types.ts";

/** The stores of several namespaces as one. */
export class NamespacesStore<T extends KubeObject> implements Store<T> {
  readonly #informers: ReadonlyMap<string, Informer<T>>;
  #isClosed = false;

  /** @param informers by namespace; may change. */
  constructor(informers: ReadonlyMap<string, Informer<T>>) {
    this.#informers = informers;
  }

  get(name: ObjectName): T | undefined {
    return this.#of(name.namespace)?.get(name);
  }

  byKey(key: string): T | undefined {
    return this.#of(nameOfKey(key).namespace)?.byKey(key);
  }

  list(filter: { readonly namespace?: string; readonly labels?: LabelSelectorObject } = {}): readonly T[] {
    if (filter.namespace !== undefined) return this.#of(filter.namespace)?.list(filter) ?? [];
    return this.#stores().flatMap((store) => store.list(filter));
  }

  ownedBy(uid: string): readonly T[] {
    return this.#stores().flatMap((store) => store.ownedBy(uid));
  }

  indexed(name: string, value: string): readonly T[] {
    return this.#stores().flatMap((store) => store.indexed(name, value));
  }

  *keys(): Iterable<string> {
    for (const store of this.#stores()) yield* store.keys();
  }

  get size(): number {
    return this.#stores().reduce((sum, { size }) => sum + size, 0);
  }

  /** Up to where all have seen the server's changes: the lowest of them. */
  get resourceVersion(): string {
    const versions = this.#stores().map(({ resourceVersion }) => resourceVersion);
    if (versions.includes("")) return "";
    return versions.reduce((least, version) => (least === "" || compareResourceVersions(version, least) === -1 ? version : least), "");
  }

  hasReached(version: string): boolean {
    return this.#stores().every((store) => store.hasReached(version));
  }

  /** Reads throw from now on. */
  close(): void {
    this.#isClosed = true;
  }

  #stores(): readonly Store<T>[] {
    if (this.#isClosed) throw new PolykindError("CACHE_RESET", "cannot read a set of namespaces: it was released; acquire it again");
    return Array.from(this.#informers.values(), ({ store }) => store);
  }

  #of(namespace: string | undefined): Store<T> | undefined {
    this.#stores();
    return namespace === undefined ? undefined : this.#informers.get(namespace)?.store;
  }
}
