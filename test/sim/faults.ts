/** The longest line that a reader takes; the real limit is larger, as are real objects. */
export const LINE_BYTES = 4_096;

/** What may become of a list. */
export const LIST_FAULTS = [
  "refused",
  "429",
  "initializing",
  "500",
  "503",
  "403",
  "404",
  "garbage",
  "no items",
  "stale",
  "slow",
  "hang",
  "expired",
] as const;
/** What may become of a watch. */
export const WATCH_FAULTS = [
  "end", "reset", "torn", "garbage", "unknown type", "wrong kind", "error 500", "410 event", "410 left open", "410 status",
  "429", "initializing", "503", "404", "403", "replay", "silence", "not accepted", "short",
] as const; // biome-ignore format: a list to be read as one
/** What may become of all watches at one moment. */
export const SHOCKS = ["end", "reset", "error 500", "error 429"] as const;
export type Shock = (typeof SHOCKS)[number];
export type ListFault = (typeof LIST_FAULTS)[number];
export type WatchFault = (typeof WATCH_FAULTS)[number];

/** How the servers of one schedule are. */
export interface ServerTraits {
  readonly watchList: "offered" | "refused" | "ignored";
  readonly pageSize: number;
  /** How late an answer may be, in virtual milliseconds. */
  readonly latencyMs: number;
  /** How likely a list breaks between two pages, and a WatchList between two objects. */
  readonly breaksMidway: number;
  /** Whether a list of a version is of that version, and not the latest. */
  readonly isExact: boolean;
  /** What comes of a list of metadata where whole objects are watched: as some servers of other groups, it may have none. */
  readonly metadata: "offered" | "refused" | "ignored";
}
