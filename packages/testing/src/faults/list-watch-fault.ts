/** How a call is refused, or how it gets no answer. */
export type CallFault =
  /** The server answers with this HTTP status, such as 429, 410 or 503, and may say when to come again. */
  | { readonly is: "fail"; readonly status: number; readonly retryAfterMs?: number }
  /** The server cannot be reached: `API_UNREACHABLE`. */
  | { readonly is: "unreachable" };

/** What goes wrong with a list. */
export type ListFault =
  | CallFault
  /** What the last list from the beginning said once more, as of a replica that lags. There must have been one. */
  | { readonly is: "stale" }
  /** Nothing comes, and nothing fails. */
  | { readonly is: "silence" };

/** What goes wrong with a watch, once so many lines have come. Default: none, which is as soon as the watch is accepted. */
export type WatchFault =
  | CallFault
  | {
      /**
       * `end`: ended in order. `lose`: the connection breaks. `expire`: an ERROR event 410, and then nothing. `silence`: nothing more, and no end. `corrupt`: the next
       * line is no JSON. `duplicate`: the next line comes twice.
       */
      readonly is: "end" | "lose" | "expire" | "silence" | "corrupt" | "duplicate";
      readonly afterLines?: number;
    };

/** One fault of a plan. */
export type PlannedFault =
  | {
      readonly on: "list";
      /** Which list, from 1. A page is a list. */
      readonly call: number;
      readonly fault: ListFault;
    }
  | {
      readonly on: "watch";
      /** Which watch, from 1. A WatchList is a watch. */
      readonly call: number;
      readonly fault: WatchFault;
    };
