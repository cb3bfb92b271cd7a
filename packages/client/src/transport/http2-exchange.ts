import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import type { Clock, Timer } from "@polykind/core";
import { type Answer, type AnswerHeaders, answerHeadersOf, type BodySink } from "./exchange.ts";
import { ExchangeError } from "./failure.ts";

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** What the exchanges of a session know of it and tell it. */
export interface ExchangeOwner {
  /** Why the session failed, if it did. */
  failure(): Error | undefined;
  /** Whether its connection has gone. */
  isGone(): boolean;
  /** A stream was reset by us. */
  onCancelled(): void;
  onClosed(exchange: Http2Exchange): void;
}

const NO_HEADERS: AnswerHeaders = { contentType: "", retryAfter: undefined };

/**
 * One stream of an HTTP/2 session, and its answer once the head has come. Open until {@link ExchangeOwner.onClosed} is called. There is one for each watch for as long as
 * that lasts: what it holds is paid by every kind.
 */
export class Http2Exchange implements Answer {
  readonly #stream: ClientHttp2Stream;
  readonly #owner: ExchangeOwner;
  /** Of whom cancels it. */
  #closed: PromiseWithResolvers<void> | undefined;
  /** Who waits for the head. */
  #head: { readonly settle: (loss?: ExchangeError) => void } | undefined;
  #sink: BodySink | undefined;
  #move: Timer | undefined;
  #hasEnded = false;
  #isClosed = false;
  #isMoved = false;
  #isCancelled = false;
  #failure: Error | undefined;
  status = 0;
  headers: AnswerHeaders = NO_HEADERS;

  constructor(stream: ClientHttp2Stream, owner: ExchangeOwner) {
    this.#stream = stream;
    this.#owner = owner;
    stream.on("error", (error) => (this.#failure ??= error));
    // Node lets a body end as if it was complete when the connection breaks after a GOAWAY.
    stream.on("end", () => (this.#hasEnded = !owner.isGone()));
    stream.on("close", () => this.#end());
  }

  /** Resolves with itself when the head of the answer has come. Rejects when it closes before, or with the reason of `signal` once it is closed. */
  answer(signal: AbortSignal): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const abort = (): void => void this.cancel().then(() => reject(signal.reason)); // a cancel does not fail
    this.#head = {
      settle: (loss) => {
        signal.removeEventListener("abort", abort);
        this.#head = undefined;
        if (loss === undefined) resolve(this);
        else if (!signal.aborted) reject(loss);
      },
    };
    this.#stream.once("response", (head: Head) => {
      this.status = head[":status"] ?? 0;
      this.headers = answerHeadersOf(head);
      this.#head?.settle();
    });
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    return promise;
  }

  /** Ends the answer in order after `delayMs`, for it can be asked for again; a body that is complete by then is not touched. */
  moveAfter(clock: Clock, delayMs: number): void {
    if (this.#sink === undefined || this.#move !== undefined) return;
    this.#move = clock.setTimer(delayMs, () => {
      this.#isMoved = true;
      void this.#reset(); // its end is told to the sink
    });
  }

  read(sink: BodySink): void {
    this.#sink = sink;
    if (this.#stream.closed && this.#stream.destroyed) {
      queueMicrotask(() => this.#tellEnd());
      return;
    }
    this.#stream.on("data", (bytes: Buffer) => {
      if (!this.#isCancelled) sink.piece(bytes);
    });
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  cancel(): Promise<void> {
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
    if (this.#isClosed) return Promise.resolve();
    return (this.#closed ??= Promise.withResolvers<void>()).promise;
  }

  #end(): void {
    this.#isClosed = true;
    this.#move?.cancel();
    this.#owner.onClosed(this);
    this.#closed?.resolve();
    this.#head?.settle(this.#loss());
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
