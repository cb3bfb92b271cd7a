import type { LineFramer } from "@polykind/client";
import type { ApiServer, Scope } from "./api-server.ts";
import { LINE_BYTES } from "./faults.ts";
import { failureOf } from "./status.ts";
import { bytesOf, type Sent, tracedOf } from "./wire.ts";

const LINE_FEED = 0x0a;

/** What a reader gets of some lines: those that came through, and then, perhaps, a failure. */
export interface Parsed {
  readonly lines: readonly Uint8Array[];
  readonly failure: Error | undefined;
}

/** Brings lines to a reader through bytes that are cut anywhere, and writes down what the reader holds on to. */
export class Parser {
  readonly #framer: new (options: {
    readonly maxBytes: number;
  }) => LineFramer;
  readonly #server: ApiServer;
  readonly #scope: Scope;

  constructor(framer: typeof LineFramer, { server, scope }: { readonly server: ApiServer; readonly scope: Scope }) {
    this.#framer = framer;
    this.#server = server;
    this.#scope = scope;
  }

  /** Brings `sent` as part of a call. */
  bring(call: number, sent: readonly Sent[]): Parsed {
    const lines: Uint8Array[] = [];
    let failure: Error | undefined;
    try {
      this.#push(call, { bytes: Buffer.concat(sent.map(bytesOf)), lines });
    } catch (cause) {
      failure = cause as Error; // A framer throws nothing else.
    }
    const whole = sent.map(tracedOf).filter((line) => line !== undefined);
    for (const line of whole.slice(0, lines.length)) this.#scope.emit({ type: "watch.line", call, line });
    if (failure !== undefined) this.#scope.emit({ type: "watch.line", call, line: { is: "ERROR", failure: failureOf(failure) } });
    return { lines, failure };
  }

  #push(call: number, { bytes, lines }: { readonly bytes: Buffer; readonly lines: Uint8Array[] }): void {
    const framer = new this.#framer({ maxBytes: LINE_BYTES });
    for (let [start, end] = [0, 0]; start < bytes.length; start = end) {
      end = start + 1 + this.#server.draws.below(Math.min(bytes.length, 400));
      const complete: Uint8Array[] = [];
      try {
        framer.push(bytes.subarray(start, end), complete);
      } finally {
        // They are valid until the next piece.
        for (const line of complete) lines.push(Uint8Array.from(line));
      }
      const held = Math.min(end, bytes.length) - 1 - bytes.lastIndexOf(LINE_FEED, end - 1);
      if (held > LINE_BYTES / 2) this.#scope.emit({ type: "parser.held", call, bytes: held, maxBytes: LINE_BYTES });
    }
  }
}
