import type { Stop } from "@polykind/core";
import type { ObjectName } from "./object.ts";

/** What to list. Without a version: the latest state, read consistently. */
export interface ListCall {
  /** Objects in a page; all when absent. */
  readonly limit?: number;
  /** Asks for the next page, with the token of the last. */
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
  /** Only the object of this name, if it is among the selected ones. */
  readonly only?: ObjectName;
  /** In this call `PartialObjectMetadata` instead of whole objects. */
  readonly shape?: "metadata";
  readonly signal: AbortSignal;
}

/** What to watch. Bookmarks are always asked for. */
export interface WatchCall {
  /** Only changes after this version. */
  readonly resourceVersion?: string;
  /** WatchList: first the present objects as ADDED, then a bookmark annotated `k8s.io/initial-events-end`, then changes (KEP-3157). */
  readonly sendInitialEvents?: boolean;
  /** Tells of no object: with `sendInitialEvents` the bookmark alone, whose version is the server's, for little more than a request that reads one object. */
  readonly objects?: "none";
  /** The server ends the watch after so many seconds. */
  readonly timeoutSeconds?: number;
  readonly signal: AbortSignal;
}

/**
 * The port through which the objects of one kind arrive: one resource with its namespaces, selectors and shape. Bytes stay bytes.
 *
 * *Guarantees.* `list` resolves with the bytes of one `…List` object. `watch` yields complete lines, each the JSON text
 * of one watch event without its line feed, in the order of arrival, as many at a time as came together; a torn last line is never yielded. It yields an
 * empty batch as soon as the server has accepted the watch, where that can be told. Bytes that an iteration yields are not written again.
 *
 * *Errors.* An answer that is no success, a lost connection and a protocol breach are thrown as `PolykindError` with an `API_…` or
 * `KIND_NOT_SERVED` code, from the call or from the iteration. A watch that the server ends in order just ends. When `signal` aborts, `list`
 * rejects with its reason and a watch ends without an error; either way nothing of the call is left open once that is seen.
 */
export interface ListWatch {
  list(call: ListCall): Promise<Uint8Array>;
  watch(call: WatchCall): WatchedLines;
}

/** The lines of one watch, to be taken once: by iterating, or by {@link WatchedLines.read} where there is one. */
export interface WatchedLines extends AsyncIterable<readonly Uint8Array[]> {
  /** As iterating over all batches, at less cost: they flow into `sink` as bytes come. It has an end of its own: the signal of the call is not looked at. */
  read?(sink: LineSink): void;
}

/** Where the lines of one watch flow to. */
export interface LineSink {
  /** Ends the watch in order; from then on no line is told. */
  readonly stop: Stop;
  /** A batch. It, and the bytes in it, may be written again once the call has returned. What it throws ends the watch. */
  lines(batch: readonly Uint8Array[]): void;
  /** Told once, when nothing of the watch is open, and nothing after it. `failure`: what an iteration would have thrown; `undefined` when the watch ended in order. */
  ended(failure: unknown): void;
}
