import type { Clock, Stop, Timer } from "@polykind/core";
import type { Connection } from "../http2/connection.ts";
import { ErrorCode } from "../http2/frames.ts";
import type { Field } from "../http2/static-table.ts";
import type { Stream, StreamEnd, StreamSink } from "../http2/stream.ts";
import type { Answer, AnswerHeaders, BodySink, WireRequest } from "./exchange.ts";
import { ExchangeError } from "./failure.ts";
import { Pieces } from "./pieces.ts";
import type { RequestEncoder } from "./request-encoder.ts";

/** What the exchanges of a session know of it and tell it. */
export interface ExchangeOwner {
  readonly connection: Connection;
  readonly encoder: RequestEncoder;
  /** A stream was reset by us. */
  onCancelled(): void;
  /** The body is about to flow. */
  onRead(exchange: Http2Exchange): void;
  onClosed(exchange: Http2Exchange): void;
}

const NO_HEADERS: AnswerHeaders = { contentType: "", retryAfter: undefined };

/**
 * One stream of an HTTP/2 session, and its answer once the head has come. Open until {@link ExchangeOwner.onClosed} is called. There is one for each watch for as long as
 * that lasts: what it holds is paid by every kind.
 */
export class Http2Exchange implements Answer, StreamSink {
  readonly #owner: ExchangeOwner;
  readonly #stream: Stream;
  /** Who waits for the head. */
  #settleHead: ((loss?: ExchangeError) => void) | undefined;
  #sink: BodySink | undefined;
  /** What came before anybody read; the stream's window, which is not given back until then, bounds it. */
  #early: Pieces | undefined;
  /** How much of the body is still to come, where its head says so; that of a watch does not. */
  #leftBytes: number | undefined;
  readonly #isHead: boolean;
  #move: Timer | undefined;
  #end: StreamEnd | undefined;
  #isMoved = false;
  status = 0;
  headers: AnswerHeaders = NO_HEADERS;

  /** Throws when the request cannot be sent as it is; then there is no stream. */
  constructor(request: WireRequest, owner: ExchangeOwner) {
    this.#owner = owner;
    this.#isHead = request.method === "HEAD";
    this.#stream = owner.connection.open(owner.encoder.encode(request), request.body, this);
    owner.connection.pause(this.#stream);
  }

  /** Resolves with itself when the head of the answer has come. Rejects when it closes before, or with the reason of `ending` once it is closed. */
  answer(ending: Stop): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const abort = (reason: unknown): void => {
      void this.cancel(); // a cancel does not fail
      reject(reason);
    };
    this.#settleHead = (loss) => {
      ending.leave(abort);
      this.#settleHead = undefined;
      if (loss === undefined) resolve(this);
      else if (!ending.aborted) reject(loss);
    };
    ending.listen(abort);
    return promise;
  }

  /**
   * Ends the answer in order after `delayMs`, for it can be asked for again; a body that is complete by then is not touched. Nothing for one that nobody reads yet, or that
   * ends by itself, as its head says how long it is.
   */
  moveAfter(clock: Clock, delayMs: number): void {
    if (this.#sink === undefined || this.#leftBytes !== undefined || this.#move !== undefined) return;
    this.#move = clock.setTimer(delayMs, () => {
      this.#isMoved = true;
      this.#reset();
    });
  }

  read(sink: BodySink): void {
    this.#sink = sink;
    this.resume();
    const early = this.#early;
    this.#early = undefined;
    for (let bytes = early?.shift(); bytes !== undefined && !this.#isCancelled; bytes = early?.shift()) sink.piece(bytes);
    if (this.#end !== undefined) queueMicrotask(() => this.#tellEnd());
    else this.#owner.onRead(this);
  }

  pause(): void {
    this.#owner.connection.pause(this.#stream);
  }

  resume(): void {
    this.#owner.connection.resume(this.#stream);
  }

  cancel(): Promise<void> {
    this.#isMoved = false;
    this.#reset();
    return Promise.resolve();
  }

  /** @internal */
  head(fields: readonly Field[]): void {
    let contentType: string | undefined;
    let retryAfter: string | undefined;
    let length: string | undefined;
    for (const { name, value } of fields) {
      if (name === ":status") this.status = Number(value);
      else if (name === "content-type") contentType ??= value;
      else if (name === "retry-after") retryAfter ??= value;
      else if (name === "content-length") length ??= value;
    }
    this.headers = { contentType: contentType ?? "", retryAfter };
    if (length !== undefined && /^\d+$/.test(length) && this.#hasBody) this.#leftBytes = Number(length);
    this.#settleHead?.();
  }

  /** @internal */
  piece(bytes: Buffer): void {
    if (this.#leftBytes !== undefined) {
      this.#leftBytes -= bytes.length;
      if (this.#leftBytes < 0) return this.#reset("malformed");
    }
    if (this.#sink === undefined) (this.#early ??= new Pieces()).push(bytes);
    else this.#sink.piece(bytes);
  }

  /** @internal */
  ended(end: StreamEnd): void {
    this.#end = end.how === "complete" && this.#isCut ? { how: "malformed" } : end;
    this.#move?.cancel();
    this.#owner.onClosed(this);
    this.#settleHead?.(this.#loss());
    if (this.#sink !== undefined) this.#tellEnd();
  }

  get #isCancelled(): boolean {
    return this.#end?.how === "cancelled" && !this.#isMoved;
  }

  /** Of the answer to HEAD, and of one that has no body, the length is that of another one. */
  get #hasBody(): boolean {
    return !this.#isHead && this.status !== 204 && this.status !== 304;
  }

  /** The body is shorter than its head says. */
  get #isCut(): boolean {
    return this.#leftBytes !== undefined && this.#leftBytes > 0;
  }

  #reset(how?: "malformed"): void {
    if (this.#end !== undefined) return;
    this.#owner.onCancelled();
    this.#owner.connection.cancel(this.#stream, how);
  }

  #tellEnd(): void {
    if (this.#isCancelled) return;
    this.#sink?.ended(this.#isMoved || this.#end?.how === "complete" ? undefined : this.#loss());
  }

  #loss(): ExchangeError {
    const end = this.#end;
    if (end?.how === "malformed")
      return new ExchangeError("lost", new Error(`the body is ${this.#isCut ? "shorter" : "longer"} than its content-length`));
    if (end?.how !== "reset") return new ExchangeError("lost", this.#owner.connection.failure ?? new Error("the connection was closed"));
    if (end.code === ErrorCode.refusedStream) return new ExchangeError("refused", new Error("the server refused the stream"));
    // A server that is written in Node says so when it has as many streams as it takes; it counts one that was reset for as long as its turn lasts.
    const isCrowded = end.code === ErrorCode.enhanceYourCalm && this.status === 0;
    return new ExchangeError(isCrowded ? "crowded" : "lost", new Error(`the server reset the stream (HTTP/2 code ${end.code})`));
  }
}
