import type { ListCall, WatchCall } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import type { ObjectRecord } from "./record.ts";

/** How a list is to be read. */
export interface ListPlan {
  /** `latest`: a consistent read. `notOlder`: any state that is at least as new as the last version seen. */
  readonly from: "latest" | "notOlder";
  /**
   * `auto`: one page, and WatchList if there are more: a kind that has just appeared is listed at once, while its WatchList waits for the server's watch cache.
   * `stream`: WatchList, which is one request in place of a list and a watch, for a server whose cache is there. `pages`: page by page. `whole`: in one answer, for
   * lists that outlive their continue tokens. `changes`: the metadata of all, then the objects that changed, for when bodies change only with versions.
   */
  readonly by: "auto" | "stream" | "pages" | "whole" | "changes";
  /** How often the server has said that it does not know of the last version seen yet. */
  readonly tooLarge: number;
  /** How often a continue token of it has expired. */
  readonly expired: number;
}

/** How a first list may be read. */
export type FirstListBy = Extract<ListPlan["by"], "auto" | "stream">;

/** What comes after a wait. `probe`: whether the server still knows of the last version seen, then a watch; `probeByList`: the same without WatchList. */
export type Next = "watch" | "probe" | "probeByList" | ListPlan;

/** How the server's version is asked for. `watch`: by a WatchList of no object. `list`: by a list of one, which all servers know. */
export type ProbedBy = "watch" | "list";

/** What survives from call to call. */
export interface Memory {
  /** Grows with every list, watch and sleep; what comes from an older one is dropped: the fence. */
  readonly call: number;
  /** The version up to which everything has been seen and applied; `""` before the first list. */
  readonly version: string;
  /** Failed calls in a row; forgotten after two minutes of health. */
  readonly failures: number;
  /** Those of the failures that the server itself answered with. How long it was away says nothing of them. */
  readonly refusals: number;
  /** Those since the server last was well for ten seconds: the first few are tried again at once. */
  readonly tries: number;
  /** How many of them in a row said that the server is still starting. */
  readonly starting: number;
  /** Since when watches are accepted, in elapsed milliseconds. */
  readonly healthyFrom: number | undefined;
  /** The last call failed, and none has been accepted since. */
  readonly isDoubtful: boolean;
  /** The version went on since the last list: another 410 is then no sign of a loop. */
  readonly hasProgressed: boolean;
  /** Whether WatchList may be asked for. */
  readonly offersWatchList: boolean;
  /** WatchLists that broke before they were complete, since the last complete list. */
  readonly brokenStreams: number;
  /** Watches in a row that the server accepted and then ended with an error, since the version last moved. */
  readonly brokenWatches: number;
  /** The version after which a line was last undecodable. */
  readonly undecodableAt: string | undefined;
  /** Until then the end of a watch is no failure, in elapsed milliseconds. */
  readonly expectedUntil: number;
  /** The window within which a watch is resumed after an expected disconnect. */
  readonly resumeWithinMs: number;
  /** What is known of the bodies after an expected disconnect. */
  readonly bodies: ExpectedBodies;
  /** The call in which a disconnect was announced last. */
  readonly expectedAt: number;
  /** The call with which the list began that is read, or was last. */
  readonly listedFrom: number;
  /** When the reflector was started, in elapsed milliseconds. */
  readonly startedAt: number;
  /** The server's version was older than what was seen: until the next complete list, versions from before say nothing of those from after. */
  readonly hasLostHistory: boolean;
}

/**
 * What becomes of objects whose version stays the same. `same`: nothing. `changed`: they may read otherwise, as after a new default in the schema, so all must be read again.
 * `unknown`: nobody has said; they are read again where they are listed anyway.
 */
export type ExpectedBodies = "same" | "changed" | "unknown";

/** What tells whether an object has changed. */
export interface Head {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** One page of metadata, held against the cache. */
export interface Comparison {
  readonly version: string;
  readonly continue: string | undefined;
  /** The keys of objects that are as they are cached. */
  readonly same: readonly string[];
  /** Objects that are not cached, or cached otherwise. */
  readonly changed: readonly Head[];
}

/** Where a reflector is. */
export type ReflectorState =
  | { readonly phase: "empty"; readonly memory: Memory }
  | {
      readonly phase: "listing";
      readonly memory: Memory;
      readonly plan: ListPlan;
      /** That of the first page, once it has come: what has changed since then is not in all of them. */
      readonly version: string | undefined;
    }
  /** Reads metadata and compares it with the cache. */
  | {
      readonly phase: "comparing";
      readonly memory: Memory;
      readonly plan: ListPlan;
      /** As above. */
      readonly version: string | undefined;
      /** Of the pages so far. */
      readonly changed: readonly Head[];
      readonly listed: number;
    }
  /** Reads those objects one by one that have changed, as they were at `version`, at which the metadata was read. */
  | {
      readonly phase: "fetching";
      readonly memory: Memory;
      readonly plan: ListPlan;
      readonly version: string;
      /** The first one is being read. */
      readonly left: readonly [Head, ...Head[]];
    }
  /** A WatchList whose initial objects are still coming. `idleMs`: how long it may be silent when they have. */
  | { readonly phase: "streaming"; readonly memory: Memory; readonly plan: ListPlan; readonly idleMs: number }
  | {
      readonly phase: "watching";
      readonly memory: Memory;
      readonly openedAt: number;
      /** Whether this watch moved the version. */
      readonly hasProgress: boolean;
      /** Whether it told anything that is not older than the last version seen: a server that has lost history has nothing to tell. */
      readonly hasHeard: boolean;
    }
  /** Asks for the server's present version, which cannot be older than one that was seen unless history was lost. */
  | { readonly phase: "probing"; readonly memory: Memory; readonly by: ProbedBy }
  | { readonly phase: "waiting"; readonly memory: Memory; readonly next: Next }
  | { readonly phase: "stopped" };

/** One decoded line of a watch. An ERROR event comes as a `failed` input instead. */
export type Line =
  | { readonly type: "upsert" | "remove"; readonly record: ObjectRecord }
  | { readonly type: "bookmark"; readonly version: string; readonly isInitialEventsEnd: boolean };

/** One decoded page of a list. */
export interface Page {
  readonly records: readonly ObjectRecord[];
  /** Objects that are there and cannot be read: what is cached of them stays. */
  readonly unreadable: readonly string[];
  readonly version: string;
  readonly continue: string | undefined;
}

/** What moves a reflector. Inputs with a `call` are dropped when that is not the present one. */
export type ReflectorInput =
  /** `by`: how the first list is to be read. Default: `auto`. */
  | { readonly type: "start"; readonly by?: FirstListBy }
  | { readonly type: "page"; readonly call: number; readonly page: Page }
  | { readonly type: "compared"; readonly call: number; readonly comparison: Comparison }
  /** The server has accepted the watch. */
  | { readonly type: "opened"; readonly call: number }
  | { readonly type: "line"; readonly call: number; readonly line: Line }
  /** A line could not be decoded, or is no event of this kind. */
  | { readonly type: "undecodable"; readonly call: number; readonly error: PolykindError }
  /** The server ended the watch in order. */
  | { readonly type: "ended"; readonly call: number }
  /** A list or a watch failed, by its status, by an ERROR event, by the connection, or by silence (`TIMED_OUT`). The stream may still be open. */
  | { readonly type: "failed"; readonly call: number; readonly error: PolykindError }
  /** The host threw at what it was told: what it holds may be anything. */
  | { readonly type: "broken"; readonly error: PolykindError }
  /** A sleep is over. */
  | { readonly type: "tick"; readonly call: number }
  /** The server's version, read consistently by a list. */
  | { readonly type: "probed"; readonly call: number; readonly version: string }
  | { readonly type: "retryNow" }
  /** The server was away, and may have come back with an older history. */
  | { readonly type: "probe" }
  /** The server is about to close the watch. `objects`: how many are cached. */
  | { readonly type: "expectDisconnect"; readonly objects: number; readonly bodies: ExpectedBodies }
  | { readonly type: "stop" };

/** When an input came. */
export interface Moment {
  /** Of the monotonic clock. */
  readonly elapsedMs: number;
  /** A fresh random number in [0, 1). */
  readonly draw: number;
}

/** What observers are told of the state. */
export type Condition =
  | { readonly phase: "listing" }
  | { readonly phase: "watching" }
  | { readonly phase: "waiting"; readonly forMs: number; readonly error: PolykindError | undefined; readonly failures: number };

/**
 * What a driver must carry out, in this order. `list`, `compare`, `probe`, `watch` and `sleep` each end the one before, so that there is never more than one.
 */
export type ReflectorEffect =
  /** Without an answer for `idleMs` the list has failed. */
  | { readonly type: "list"; readonly call: number; readonly ask: Omit<ListCall, "signal">; readonly idleMs: number }
  /** Lists metadata, and holds it against the cache. Without an answer for `idleMs` it has failed. */
  | { readonly type: "compare"; readonly call: number; readonly ask: Omit<ListCall, "signal">; readonly idleMs: number }
  /** Reads the server's version by a list. Without an answer for `idleMs` the probe has failed. */
  | { readonly type: "probe"; readonly call: number; readonly idleMs: number }
  /** Without a byte for `idleMs` the watch has failed. */
  | { readonly type: "watch"; readonly call: number; readonly ask: Omit<WatchCall, "signal">; readonly idleMs: number }
  | { readonly type: "sleep"; readonly call: number; readonly forMs: number }
  /** Begins an empty temporary store; what an earlier one holds is dropped. */
  | { readonly type: "begin" }
  | { readonly type: "stagePage"; readonly page: Page }
  /** What is cached of these keys goes into the temporary store. */
  | { readonly type: "stageSame"; readonly keys: readonly string[] }
  | { readonly type: "stage"; readonly line: Line & { readonly type: "upsert" | "remove" } }
  /**
   * Puts the temporary store in place of the cache, in one step. `isEpochBreak`: the server may have lost history, so what was listed counts, whatever its version.
   * `isReread`: it was announced that objects of the same version read otherwise.
   */
  | { readonly type: "replace"; readonly version: string; readonly isEpochBreak: boolean; readonly isReread: boolean }
  /** Puts one change into the cache, which is then at `version`. */
  | { readonly type: "apply"; readonly line: Line & { readonly type: "upsert" | "remove" }; readonly version: string }
  /** From now on the open call has failed after so long without a byte. */
  | { readonly type: "allowSilence"; readonly idleMs: number }
  /** Nothing changed up to `version`. */
  | { readonly type: "advance"; readonly version: string }
  /** The server's version is older than what was seen. */
  | { readonly type: "tellLostHistory" }
  | { readonly type: "tell"; readonly condition: Condition }
  | { readonly type: "tellFailed"; readonly error: PolykindError }
  /** Ends what is open, and everything with it. */
  | { readonly type: "close" };

/** A state and what it takes to be there. */
export interface Step {
  readonly state: ReflectorState;
  readonly effects: readonly ReflectorEffect[];
}

/** A step into a watch. */
export interface WatchStep extends Step {
  readonly state: ReflectorState & { readonly phase: "watching" };
}

/** A reflector that was not started. */
export const EMPTY: ReflectorState = {
  phase: "empty",
  memory: {
    call: 0,
    version: "",
    failures: 0,
    refusals: 0,
    tries: 0,
    starting: 0,
    healthyFrom: undefined,
    isDoubtful: false,
    hasProgressed: false,
    offersWatchList: true,
    brokenStreams: 0,
    brokenWatches: 0,
    undecodableAt: undefined,
    expectedUntil: Number.NEGATIVE_INFINITY,
    resumeWithinMs: 0,
    bodies: "unknown",
    expectedAt: -1,
    listedFrom: 0,
    startedAt: 0,
    hasLostHistory: false,
  },
};
