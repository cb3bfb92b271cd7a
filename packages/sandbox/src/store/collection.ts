import { freezeDeep, keyOf, type KubeObject } from "@polykind/apimachinery";
import { History } from "./history.ts";
import { compareText, firstAtLeast } from "./order.ts";
import type { Change, Stored, StoredObject } from "./stored.ts";

/** Takes part in the life of a collection from some revision on. */
export interface Watch {
  /** A change, in order, from within the write: must neither throw nor write. */
  onChange(change: Change): void;
  /** The collection ends all its watches. Not called when the watch itself ended. */
  onClose(): void;
}

/** What a collection needs of the store it belongs to. */
export interface CollectionHost {
  readonly historySize: number;
  readonly revision: number;
  /** Counts one write and says its revision. */
  nextRevision(): number;
  committed(collection: Collection, change: Change): void;
}

/**
 * The objects of one kind, with what happened to them lately and who watches.
 *
 * Guarantees: writes are atomic and told in order to every watch; objects are frozen and whole; each state has the revision of
 * its write; `list` answers in the order of keys. The caller must have checked that what it replaces is what is there.
 */
export class Collection {
  readonly #host: CollectionHost;
  readonly #objects = new Map<string, Stored>();
  readonly #watches = new Set<Watch>();
  readonly #history: History;
  #sortedKeys: string[] = [];
  #isSorted = true;
  #watchFloor: number;

  constructor(host: CollectionHost) {
    this.#host = host;
    this.#history = new History(host.historySize, host.revision);
    this.#watchFloor = host.revision;
  }

  get size(): number {
    return this.#objects.size;
  }

  get watchCount(): number {
    return this.#watches.size;
  }

  /** Watches can resume at this revision and after it. */
  get watchFloor(): number {
    return Math.max(this.#watchFloor, this.#history.floor);
  }

  get(key: string): Stored | undefined {
    return this.#objects.get(key);
  }

  /** The present objects; those of one namespace if it is named. */
  list(namespace = ""): Stored[] {
    const keys = namespace === "" ? this.#keys() : this.#keysOf(namespace);
    return keys.flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** The objects as they were at `revision`; `undefined` when that is no longer known. */
  listAt(revision: number, namespace = ""): Stored[] | undefined {
    const since = this.#history.since(revision);
    if (since === undefined) return undefined;
    if (since.length === 0) return this.list(namespace);
    const objects = new Map(this.#objects);
    for (const { stored, previous } of since.toReversed()) {
      if (previous === undefined) objects.delete(stored.key);
      else objects.set(stored.key, previous);
    }
    return [...objects.values()]
      .filter((stored) => namespace === "" || stored.namespace === namespace)
      .sort((a, b) => compareText(a.key, b.key));
  }

  /** Adds an object whose key is free. Takes `object` over: it gets its version and is frozen. */
  create(object: KubeObject): Stored {
    const stored = this.#store(object);
    this.#isSorted = this.#isSorted && compareText(this.#sortedKeys.at(-1) ?? "", stored.key) <= 0;
    this.#sortedKeys.push(stored.key);
    this.#commit({ type: "ADDED", revision: stored.revision, stored, previous: undefined });
    return stored;
  }

  /** Puts `object` in the place of `previous`, which must be the present state. Takes `object` over. */
  replace(previous: Stored, object: KubeObject): Stored {
    const stored = this.#store(object);
    this.#commit({ type: "MODIFIED", revision: stored.revision, stored, previous });
    return stored;
  }

  /** Removes `previous`, which must be the present state; the last state told is `object`. Takes `object` over. */
  remove(previous: Stored, object: KubeObject): Stored {
    const stored = this.#store(object);
    const keys = this.#keys();
    keys.splice(firstAtLeast(keys, stored.key), 1);
    this.#commit({ type: "DELETED", revision: stored.revision, stored, previous });
    return stored;
  }

  /** The changes since `revision`, or `undefined` when a watch cannot resume there. */
  changesSince(revision: number): readonly Change[] | undefined {
    return revision < this.watchFloor ? undefined : this.#history.since(revision);
  }

  /** Tells `watch` every change from now on. @returns ends it; harmless when called twice. */
  watch(watch: Watch): () => void {
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
    };
  }

  /** Ends all watches; none can resume at a revision before now. What happened stays known to lists. */
  closeWatches(): void {
    this.#watchFloor = this.#host.revision;
    for (const watch of this.#watches) {
      this.#watches.delete(watch);
      watch.onClose();
    }
  }

  /** Forgets what happened: neither watches nor lists can go back before now. Open watches go on. */
  compact(): void {
    this.#history.forget(this.#host.revision);
  }

  #store(object: KubeObject): Stored {
    const revision = this.#host.nextRevision();
    const { namespace = "", name, uid } = object.metadata;
    const numbered: StoredObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    return { key: keyOf(object.metadata), namespace, name, uid, revision, object: freezeDeep(numbered) };
  }

  #commit(change: Change): void {
    if (change.type === "DELETED") this.#objects.delete(change.stored.key);
    else this.#objects.set(change.stored.key, change.stored);
    this.#history.push(change);
    for (const watch of this.#watches) watch.onChange(change);
    this.#host.committed(this, change);
  }

  #keys(): string[] {
    if (!this.#isSorted) this.#sortedKeys.sort(compareText);
    this.#isSorted = true;
    return this.#sortedKeys;
  }

  #keysOf(namespace: string): string[] {
    const keys = this.#keys();
    const from = firstAtLeast(keys, `${namespace}/`);
    return keys.slice(from, firstAtLeast(keys, `${namespace}0`, from)); // "0" follows "/".
  }
}
