import type { KubeObject, LabelSelectorObject, ObjectName, Resource, Shard } from "@polykind/apimachinery";
import type { NoticeSource, PolykindError } from "@polykind/core";

/** What one informer holds. Equal keys share an informer. */
export interface InformerKey {
  readonly resource: Resource;
  /** The uid of the CRD that serves the resource: two lives of a kind never share an informer. Absent for built-in kinds. */
  readonly incarnation?: string;
  /** Only objects of this namespace. Default: all. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only objects of this part, for several processes that share a kind. Held to it here where the server sends more. */
  readonly shard?: Shard;
  /** `metadata`: `PartialObjectMetadata` only. Default: `full`. */
  readonly shape?: "full" | "metadata";
}

/**
 * What a handler is told of each object, in the order add, then updates, then at most one delete, for each uid.
 *
 * A method that returns a promise gets the next call when that has settled. While a handler is far behind, changes of one object are drawn together, and one that comes and
 * goes meanwhile is not told of; to one that `coalesces` it is.
 */
export interface Handler<T extends KubeObject = KubeObject> {
  /**
   * Updates of one object that come together are drawn together, also while the handler is not slow: for one that needs to know how an object is, and not each way that it
   * was. Its beginning and its end are told all the same. Default: false.
   */
  readonly coalesces?: boolean;
  /** `isInitial`: it was there when the handler came. */
  added?(object: T, details: { readonly isInitial: boolean }): void | Promise<void>;
  changed?(object: T, before: T): void | Promise<void>;
  /** `finalStateUnknown`: the delete itself was not seen, so `object` may be older than its last state. */
  deleted?(object: T, details: { readonly finalStateUnknown: boolean }): void | Promise<void>;
  /**
   * Told of everything in place of the other methods, which are then not called. For handlers that mostly need to know which object: a body that is not read is not
   * parsed.
   */
  noticed?(notice: ObjectNotice<T>): void | Promise<void>;
}

/** What happened to one object. */
export interface ObjectNotice<T extends KubeObject = KubeObject> {
  readonly type: "added" | "changed" | "deleted";
  /** `namespace/name`, or `name` where there is no namespace. */
  readonly key: string;
  readonly uid: string;
  /** Of `object`. */
  readonly resourceVersion: string;
  /** It was there when the handler came. */
  readonly isInitial: boolean;
  /** The delete itself was not seen, so `object` may be older than its last state. */
  readonly finalStateUnknown: boolean;
  /** As it is now, or was last. May be parsed when it is read. */
  readonly object: T;
  /** As it was before a change. May be parsed when it is read. */
  readonly before: T | undefined;
}

/** Where an informer is. */
export type InformerState =
  | { readonly phase: "listing"; readonly since: number }
  /** Live: as fresh as the watch. */
  | { readonly phase: "watching"; readonly since: number }
  /** Between watches. What is cached may be read, and is as old as `since` (Unix milliseconds) at the least. */
  | {
      readonly phase: "waiting";
      readonly since: number;
      readonly retryAt: number;
      readonly error: PolykindError | undefined;
      readonly failures: number;
    }
  | { readonly phase: "stopped"; readonly since: number };

/** What an informer tells observers. */
export interface InformerNotices {
  /** The state has changed. */
  readonly state: InformerState;
  /** A list or a watch failed; it will be tried again. A 404 (`KIND_NOT_SERVED`) is for the listener to judge. */
  readonly failed: PolykindError;
}

/**
 * Reads what an informer holds. Objects are frozen and shared. Of large kinds an object may be parsed anew when it is read again: uid and resourceVersion tell whether
 * it is the same, identity does not. After the stop every read throws `CACHE_RESET`.
 */
export interface Store<T extends KubeObject = KubeObject> {
  get(name: ObjectName): T | undefined;
  byKey(key: string): T | undefined;
  list(filter?: { readonly namespace?: string; readonly labels?: LabelSelectorObject }): readonly T[];
  /** Objects whose controlling owner has this uid. */
  ownedBy(uid: string): readonly T[];
  /** Objects that the index `name` holds under `value`; see {@link Informer.addIndex}. Throws `TypeError` when there is no such index. */
  indexed(name: string, value: string): readonly T[];
  keys(): Iterable<string>;
  readonly size: number;
  /** The version up to which the store has seen the server's changes; `""` before the first list. */
  readonly resourceVersion: string;
  /** Whether the store has seen the server's changes up to `version`. Of versions that cannot be compared: only whether they are equal. */
  hasReached(version: string): boolean;
}

/** What is known of a disconnect that is to come. */
export interface ExpectDisconnectOptions {
  /**
   * `same`: an object whose version stays the same reads as before. `changed`: it may read otherwise, as after a change of the schema that fills in or leaves out
   * fields; then all objects are read again, at the next end of the watch at the latest. Default: nobody knows; they are read again where the server wants them listed.
   */
  readonly bodies?: "same" | "changed";
}

/** Keeps a copy of the objects of one key and tells handlers of their changes. */
export interface Informer<T extends KubeObject = KubeObject> {
  readonly key: InformerKey;
  readonly store: Store<T>;
  readonly state: InformerState;
  readonly notices: NoticeSource<InformerNotices>;
  /** Resolves when the first list is complete; rejects with the signal's reason, or `STOPPED`. */
  synced(signal?: AbortSignal): Promise<void>;
  readonly hasSynced: boolean;
  /**
   * Tells `handler` of the present objects, marked initial, then of every change. A slow or throwing handler disturbs no other.
   */
  addHandler(handler: Handler<T>): HandlerRegistration;
  /**
   * Adds an index to the store, also of what it holds already: `valuesOf` says under which values an object is found; what throws, or is no array of strings, is none,
   * and logged. Adding the same name again replaces the index. It belongs to this lease, and ends with it: others may have one of the same name.
   */
  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void;
  /**
   * Resolves when the store has seen the server's changes up to `version`, such as that of an own write; rejects with the signal's reason, or `STOPPED`.
   */
  reached(version: string, signal?: AbortSignal): Promise<void>;
  /** Breaks a wait: tries again at once. */
  retryNow(): void;
  /**
   * Says that the server is about to close the watch, as it does when a CRD is edited. A close in the next minute is then no failure: the watch is resumed after
   * a random wait that grows with the number of objects. Where that is not possible only what changed is read again if `bodies` are the same, else everything. No
   * handler is told of an object whose version stays the same; but what the store holds of it is what the server now says.
   */
  expectDisconnect(options?: ExpectDisconnectOptions): void;
}

/** One handler's place at an informer. */
export interface HandlerRegistration {
  /** Resolves when the handler has been told of all initial objects; rejects with the signal's reason, or `STOPPED`. */
  synced(signal?: AbortSignal): Promise<void>;
  readonly hasSynced: boolean;
  /** After it has returned, the handler is not called again. */
  remove(): void;
}

/** One user's hold on a shared informer. */
export interface Lease<T extends KubeObject = KubeObject> extends AsyncDisposable {
  readonly informer: Informer<T>;
  /**
   * Gives it back, once; the handlers added through this lease are removed. When it was the last, resolves when the informer has stopped: no stream,
   * no timer, no callback is left.
   */
  release(): Promise<void>;
}

/**
 * How a kind is listed first. `stream`: by WatchList, one request in place of a list and a watch; by a page where the server's cache for the kind is not filled yet.
 * `auto`: by a page, and by WatchList only if there are more; one request less where WatchList is not offered, and one round trip less where the kind has just appeared.
 */
export type FirstList = "auto" | "stream";

/** How an informer is opened. */
export interface AcquireOptions {
  /** Counts where the informer is not open yet. Default: that of the pool. */
  readonly firstList?: FirstList;
}

/** Shares one informer for each key. */
export interface InformerPool extends AsyncDisposable {
  /** Opens or joins. Waits for one of the same key that is being stopped. Does not wait for the first list. */
  acquire<T extends KubeObject = KubeObject>(key: InformerKey, options?: AcquireOptions): Promise<Lease<T>>;
  /** Calls {@link Informer.expectDisconnect} of all informers of this life of a CRD. */
  expectDisconnect(incarnation: string, options?: ExpectDisconnectOptions): void;
  /** Informers that are open now, by their key as text, for leak checks and for people. */
  open(): ReadonlyMap<string, { readonly leases: number; readonly objects: number; readonly state: InformerState }>;
}
