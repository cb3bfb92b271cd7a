import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import type { Clock, Timer } from "@polykind/core";
import { type Answer, awaitAnswer, type BodySink } from "./exchange.ts";
import { ExchangeError } from "./failure.ts";

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** What an exchange knows and tells of its session. */
export interface ExchangeOwner {
  /** Why the session failed, if it did. */
  failure(): Error | undefined;
  /** Whether its connection has gone. */
  isGone(): boolean;
  /** The stream was reset by us. */
  onCancelled(): void;
  onClosed(): void;
}

/** One stream of an HTTP/2 session. Open until {@link ExchangeOwner.onClosed} is called. */
export class Http2Exchange {
  readonly #stream: ClientHttp2Stream;
  readonly #owner: ExchangeOwner;
  readonly #closed = Promise.withResolvers<void>();
  #sink: BodySink | undefined;
  #move: Timer | undefined;
  #hasEnded = false;
  #isMoved = false;
  #isCancelled = false;
  #failure: Error | undefined;

  constructor(stream: ClientHttp2Stream, owner: ExchangeOwner) {
    this.#stream = stream;
    this.#owner = owner;
    stream.on("error", (error) => (this.#failure ??= error));
    // Node lets a body end as if it was complete when the connection breaks after a GOAWAY.
    stream.on("end", () => (this.#hasEnded = !owner.isGone()));
    stream.on("close", () => this.#end());
  }

  /** Resolves with the head of the answer. */
  answer(signal: AbortSignal): Promise<Answer> {
    return awaitAnswer<Head>(this.#stream, signal, {
      answerOf: (headers) => this.#answerOf(headers[":status"] ?? 0, headers),
      cancel: () => this.#cancel(),
      loss: () => this.#loss(),
    });
  }

  /** Ends the answer in order after `delayMs`, for it can be asked for again; a body that is complete by then is not touched. */
  moveAfter(clock: Clock, delayMs: number): void {
    if (this.#sink === undefined || this.#move !== undefined) return;
    this.#move = clock.setTimer(delayMs, () => {
      this.#isMoved = true;
      void this.#reset(); // its end is told to the sink
    });
  }

  #answerOf(status: number, headers: IncomingHttpHeaders): Answer {
    return {
      status,
      headers,
      read: (sink) => this.#read(sink),
      pause: () => void this.#stream.pause(),
      resume: () => void this.#stream.resume(),
      cancel: () => this.#cancel(),
    };
  }

  #read(sink: BodySink): void {
    this.#sink = sink;
    if (this.#stream.closed && this.#stream.destroyed) {
      queueMicrotask(() => this.#tellEnd());
      return;
    }
    this.#stream.on("data", (bytes: Buffer) => {
      if (!this.#isCancelled) sink.piece(bytes);
    });
  }

  #cancel(): Promise<void> {
    this.#isCancelled = true;
    return this.#reset();
  }

  #reset(): Promise<void> {
    if (!this.#stream.closed) {
      this.#owner.onCancelled();
      this.#stream.close(constants.NGHTTP2_CANCEL);
    }
    // Unread bytes would keep it from closing.
    this.#stream.destroy();
    return this.#closed.promise;
  }

  #end(): void {
    this.#move?.cancel();
    this.#owner.onClosed();
    this.#closed.resolve();
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (!this.#isCancelled) this.#sink?.ended(this.#isComplete ? undefined : this.#loss());
  }

  /** Node ends the body of a stream that was reset, or whose connection was closed, as if it was complete: only the code tells. */
  get #isComplete(): boolean {
    if (this.#isMoved) return true;
    return this.#hasEnded && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR && this.#owner.failure() === undefined;
  }

  #loss(): ExchangeError {
    const { rstCode } = this.#stream;
    if (rstCode === constants.NGHTTP2_REFUSED_STREAM) return new ExchangeError("refused", new Error("the server refused the stream"));
    const cause = this.#owner.failure() ?? this.#failure ?? new Error(`the connection or the stream was closed (HTTP/2 code ${rstCode})`);
    return new ExchangeError("lost", cause);
  }
}
