/** How a stream is cut. `reset`: the whole connection, by TCP RST. `stream`: this stream only, by RST_STREAM where it is HTTP/2. `end`: in order. */
export type Cut = "reset" | "stream" | "end";

/** What becomes of the lines of a watch. Lines are without their line feed. */
export type LineFault =
  /** Half of the next line, then the cut. */
  | { readonly is: "tear"; readonly cut: Cut }
  /** Other lines instead of each line; as many as are returned. */
  | { readonly is: "map"; readonly map: (line: Buffer) => readonly Buffer[] }
  /** A line of nobody, now or as soon as the watch has begun. Then: go on, cut, or keep silent and leave the stream open. */
  | { readonly is: "insert"; readonly line: string; readonly after: "go on" | "hold" | Cut }
  /** No byte more on the whole connection, and no FIN. */
  | { readonly is: "stall" }
  /** In pieces of so many bytes, each a chunk or a frame by itself. */
  | { readonly is: "split"; readonly bytes: number };

/** Answered by us; the server never sees it. An object is sent as JSON. */
export interface AnswerFault {
  readonly is: "answer";
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

/**
 * Says until when something is held, and which answer of ours then takes the place of the server's; `undefined`: none does. `signal` aborts when nobody waits any more.
 */
export type Holding = (request: SeenRequest, signal: AbortSignal) => Promise<AnswerFault | undefined>;

/** What becomes of a request. */
export type WireFault =
  | AnswerFault
  /** Passed on when the promise has resolved. */
  | { readonly is: "hold"; readonly until: Holding }
  /** The server is asked at once; its answer, unless it is a watch, is passed on when the promise has resolved. */
  | { readonly is: "hold answer"; readonly until: Holding }
  /** Passed on later. */
  | { readonly is: "late"; readonly byMs: number }
  /** Its connection is reset instead of an answer. */
  | { readonly is: "reset" }
  /** Its query is changed on its way to the server. */
  | { readonly is: "query"; readonly change: (query: URLSearchParams) => void }
  /** Other bytes instead of the body of an answer that is no watch. */
  | { readonly is: "body"; readonly map: (body: Buffer) => Buffer }
  /** The body of an answer that is no watch is compressed, for a client that says that it takes gzip. */
  | { readonly is: "gzip" }
  | LineFault;

/** A request as a rule sees it and as the log keeps it. */
export interface SeenRequest {
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  readonly verb: "list" | "watch" | "get" | "write";
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  /** What the client says that it can decompress. */
  readonly acceptEncoding: string;
  /** Its connection has carried a request before. */
  readonly isReused: boolean;
}

/** When a fault strikes. */
export interface FaultRule {
  /** Which requests. Default: all. */
  readonly when?: (request: SeenRequest) => boolean;
  /** So many of them, the first ones. Default: all. */
  readonly times?: number;
  /** The chance of each, drawn from the server's random numbers. Default: 1. */
  readonly chance?: number;
  /** The server is like that: it stays so when it heals. Default: false. */
  readonly isLasting?: boolean;
  readonly fault: WireFault;
}
