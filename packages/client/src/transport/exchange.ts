import type { EventEmitter } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { Headers } from "../credentials/types.ts";
import type { Stop } from "@polykind/core";
import type { ExchangeError } from "./failure.ts";
import { Pieces } from "./pieces.ts";

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** With the query, below the path of the server. */
  readonly path: string;
  /** Those that are the same for many requests are best the same object. */
  readonly headers: Headers;
  readonly body?: Uint8Array | undefined;
}

/** The fields of an answer that we look at; the others are not kept for as long as a watch lasts. */
export interface AnswerHeaders {
  readonly contentType: string;
  /** As it came. */
  readonly retryAfter: string | undefined;
}

/** Where a body flows to: pieces, each valid during the call only, then one end. */
export interface BodySink {
  piece(bytes: Buffer): void;
  /** `undefined`: complete. */
  ended(failure: ExchangeError | undefined): void;
}

/**
 * An answer of which the head is there and the body is still to come; over HTTP/2 one stream, over HTTP/1.1 one socket.
 *
 * Guarantees: nothing flows before {@link read}; after {@link cancel} was called the sink hears no more; what it holds is open until its body has ended or
 * `cancel` has resolved.
 */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Lets the body flow into `sink`. Once. */
  read(sink: BodySink): void;
  /** Holds the server back once the windows and buffers are full; `resume` undoes it. */
  pause(): void;
  resume(): void;
  /** Ends the exchange; resolves when nothing of it is open. Harmless when it has ended already. */
  cancel(): Promise<void>;
}

/** How a body is read. */
export interface BodyOptions {
  readonly maxBytes: number;
  /** What becomes of a body that is larger: its first `maxBytes` are taken, or nothing. In both cases the exchange is cancelled. */
  readonly ifLarger: "cut" | "refuse";
  readonly ending: Stop;
}

/** The body in one piece. Rejects with the reason of `ending`, after the exchange was cancelled, or with an {@link ExchangeError}. */
export function readBody(answer: Answer, { maxBytes, ifLarger, ending }: BodyOptions): Promise<Buffer | "too large"> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | "too large">();
  const pieces = new Pieces();
  const abort = (reason: unknown): void => void answer.cancel().then(() => reject(reason)); // a cancel does not fail
  ending.listen(abort);
  if (ending.aborted) return promise;
  answer.read({
    piece(bytes) {
      const left = maxBytes - pieces.bytes;
      pieces.push(bytes.length <= left ? bytes : bytes.subarray(0, left));
      if (bytes.length > left) void answer.cancel().then(() => resolve(ifLarger === "cut" ? pieces.whole() : "too large")); // a cancel does not fail
    },
    ended(failure) {
      if (failure === undefined) resolve(pieces.whole());
      else reject(failure);
    },
  });
  return promise.finally(() => ending.leave(abort));
}

/** What we look at of all the fields that came. */
export function answerHeadersOf(fields: IncomingHttpHeaders): AnswerHeaders {
  return { contentType: fields["content-type"] ?? "", retryAfter: fields["retry-after"] };
}

/** An exchange that waits for the head of its answer. */
export interface Pending<Head> {
  answerOf(head: Head): Answer;
  cancel(): Promise<void>;
  /** Why there is no answer, once `source` has closed. */
  loss(): ExchangeError;
}

/** The answer once `source` emits `response`. Rejects when it closes before, or with the reason of `ending` once the exchange is cancelled. */
export function awaitAnswer<Head>(source: EventEmitter, ending: Stop, pending: Pending<Head>): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const abort = (reason: unknown): void => void pending.cancel().then(() => reject(reason)); // a cancel does not fail
  const head = (head: Head): void => resolve(pending.answerOf(head));
  const close = (): void => {
    if (!ending.aborted) reject(pending.loss());
  };
  source.on("response", head).on("close", close);
  ending.listen(abort);
  return promise.finally(() => {
    ending.leave(abort);
    source.off("response", head).off("close", close);
  });
}
