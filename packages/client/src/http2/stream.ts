import type { Field } from "./static-table.ts";

/**
 * How a stream ended. `complete`: its last frame said so. `reset`: by the server, with this code. `lost`: with its connection. `cancelled`: by us. `malformed`: by us, since what came
 * of it is no answer.
 */
export type StreamEnd =
  | { readonly how: "complete" }
  | { readonly how: "reset"; readonly code: number }
  | { readonly how: "lost" }
  | { readonly how: "cancelled" }
  | { readonly how: "malformed" };

/** Whom a stream tells what came. */
export interface StreamSink {
  /** The final head, once. */
  head(fields: readonly Field[]): void;
  /** A piece of the body, valid during the call only. */
  piece(bytes: Buffer): void;
  /** Once, and nothing comes after it. */
  ended(end: StreamEnd): void;
}

/** What the connection keeps of one stream. Only {@link Connection} writes to it. */
export interface Stream {
  readonly id: number;
  readonly sink: StreamSink;
  hasHead: boolean;
  /** Bytes that came and were not given back to the server's window. */
  unreturned: number;
  /** The window is not given back: its reader is behind. */
  isPaused: boolean;
  /** What the server still takes of our body. */
  sendWindow: number;
  /** Of our body, what could not be sent yet. */
  unsent: Uint8Array | undefined;
}
