/** One state of one object: what a trace tells of it. */
export interface Stamp {
  readonly key: string;
  readonly uid: string;
  readonly version: string;
  /** A digest of what the object says. */
  readonly content: string;
  /** Which schema it was read by, where its version does not tell: grows. */
  readonly reading?: number;
}

/** How a call failed. */
export interface CallFailure {
  /** The code of the `PolykindError` that the caller gets. */
  readonly code: string;
  readonly retryAfterMs?: number;
  /** The server does not know of the version asked for yet. */
  readonly isTooLarge?: boolean;
  /** The server says that it is still starting. */
  readonly isStarting?: boolean;
}

/** One line of a watch as it went over the wire. */
export type TracedLine =
  | { readonly is: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Stamp }
  | { readonly is: "BOOKMARK"; readonly version: string; readonly isInitialEventsEnd: boolean }
  | { readonly is: "ERROR"; readonly failure: CallFailure }
  | { readonly is: "unreadable" };

/** Where and when something happened. */
export interface TracePlace {
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  /** The plural of the resource. */
  readonly resource: string;
  /** The uid of the CRD that serves the resource; `""` for built-in kinds. */
  readonly epoch: string;
  /** One life of one informer; `""` for what happened at the server. */
  readonly instance: string;
}

/**
 * What of a list is of interest. `objects`, the default: all of them. `version`: the server's version, and none of the objects. `metadata`: which objects are not as
 * they are cached. `one`: one of those.
 */
export type ListReads = "objects" | "version" | "metadata" | "one";

/** What happened, without its place. */
export type TraceFact =
  /** `namespace`: only objects of it are asked for. */
  | { readonly type: "informer.open"; readonly namespace: string | undefined }
  /** Somebody broke a wait. */
  | { readonly type: "informer.retry" }
  /**
   * The end of the watch was announced. `bodies`: what becomes of objects whose version stays the same, if that is known. `reading`: by which schema they are
   * read from then on.
   */
  | { readonly type: "informer.expect"; readonly bodies?: "same" | "changed"; readonly reading?: number }
  /** The promise of the stop has resolved. */
  | { readonly type: "informer.stopped" }
  /** Somebody who holds the informer cannot use it. */
  | { readonly type: "lease.broken"; readonly why: string }
  /** Everything was stopped; `timers` are left. */
  | { readonly type: "pool.closed"; readonly timers: number }
  /** `isContinued`: asks for a further page. */
  | { readonly type: "list.open"; readonly call: number; readonly isContinued: boolean; readonly reads?: ListReads }
  | {
      readonly type: "list.line";
      readonly call: number;
      readonly version: string;
      readonly objects: readonly Stamp[];
      readonly isLast: boolean;
    }
  | { readonly type: "list.close"; readonly call: number; readonly failure: CallFailure | undefined }
  /** `reads`: a WatchList that asks for the version only. */
  | {
      readonly type: "watch.open";
      readonly call: number;
      readonly version: string;
      readonly isWatchList: boolean;
      readonly reads?: "version";
    }
  | { readonly type: "watch.line"; readonly call: number; readonly line: TracedLine }
  /** What reads the watch holds on to so many bytes of a line that has not ended yet, of `maxBytes` that it may. */
  | { readonly type: "parser.held"; readonly call: number; readonly bytes: number; readonly maxBytes: number }
  | { readonly type: "watch.close"; readonly call: number; readonly failure: CallFailure | undefined }
  /** The cache has become these objects in one step, at `version`. */
  | { readonly type: "cache.replace"; readonly version: string; readonly objects: readonly Stamp[] }
  | { readonly type: "cache.set" | "cache.del"; readonly version: string; readonly object: Stamp }
  | { readonly type: "cache.advance"; readonly version: string }
  | { readonly type: "hook.open" | "hook.close" | "hook.synced"; readonly hook: string }
  | { readonly type: "hook.add"; readonly hook: string; readonly object: Stamp; readonly isFrozen: boolean; readonly isInitial: boolean }
  | { readonly type: "hook.upd" | "hook.del"; readonly hook: string; readonly object: Stamp; readonly isFrozen: boolean }
  /** The server has stored a state, or an end. */
  | { readonly type: "log.write"; readonly is: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Stamp }
  /** The server's storage was restored from a backup of `version`: what came after it never happened. */
  | { readonly type: "log.restore"; readonly version: string }
  /** Faults have been off for long enough: caches and handlers must have come to rest. */
  | { readonly type: "quiet" }
  /** `Object.prototype` has got a property. */
  | { readonly type: "pollution"; readonly name: string };

/** One event of a trace: the schema that simulation, unit tests and soak write, and {@link checkTrace} reads. */
export type TraceEvent = TracePlace & TraceFact;
