import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import type { Socket } from "node:net";
import type { Clock, Random, Timer } from "@polykind/core";
import type { TlsIdentity } from "../credentials/types.ts";
import type { Answer, WireRequest } from "./exchange.ts";
import { ExchangeError } from "./failure.ts";
import { Http2Exchange } from "./http2-exchange.ts";
import { ResetBudget } from "./reset-budget.ts";

/** How a session behaves. All in milliseconds. */
export interface SessionOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Between two PINGs. */
  readonly pingEveryMs: number;
  /** Without an answer to a PING for so long the connection is dead. */
  readonly pingWithinMs: number;
  /**
   * Once the session takes no more streams, those that it has are ended as if by the server within this time, each at a random moment, to be asked for
   * again elsewhere. Absent: they end by themselves.
   */
  readonly moveWithinMs: number | undefined;
  /** Without streams for so long it closes. */
  readonly idleMs: number;
  /** The session has begun to close, or is gone: it takes no more streams. */
  onRetired(session: Session): void;
  onClosed(session: Session): void;
}

/** What one stream may have on its way to us. */
const STREAM_WINDOW = 1 << 20;
/** What all streams of a session may have on their way: Node gives it back as bytes arrive, so that a paused stream holds up no other. */
const SESSION_WINDOW = 1 << 24;

/** One HTTP/2 connection. Owns its PINGs, its idle timer and its streams. */
export class Session {
  readonly tls: TlsIdentity;
  readonly #h2: ClientHttp2Session;
  readonly #options: SessionOptions;
  readonly #exchanges = new Set<Http2Exchange>();
  readonly #resets: ResetBudget;
  readonly #closed = Promise.withResolvers<void>();
  #isRetired = false;
  #isClosed = false;
  #failure: Error | undefined;
  #ping: Timer;
  #idle: Timer | undefined;

  /** Over a connected socket that has agreed on h2; resolves once the server has told its limits. */
  static open(socket: Socket, { authority, tls, signal, ...options }: SessionOptions & OpenOptions): Promise<Session> {
    const h2 = connectHttp2(authority, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
      maxSessionMemory: 1000, // MB, instead of 10, at which new streams are refused
    });
    h2.on("connect", () => h2.setLocalWindowSize(SESSION_WINDOW));
    const { promise, resolve, reject } = Promise.withResolvers<Session>();
    const fail = (cause?: unknown): void => {
      h2.on("error", () => {}); // what comes after the first error is its consequence
      h2.destroy();
      reject(
        signal.aborted ? signal.reason : new ExchangeError("unreachable", cause ?? new Error("the server closed the connection at once")),
      );
    };
    const abort = (): void => fail();
    h2.once("error", fail).once("close", fail);
    signal.addEventListener("abort", abort, { once: true });
    h2.once("remoteSettings", () => {
      h2.off("error", fail).off("close", fail);
      resolve(new Session(h2, tls, options));
    });
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  private constructor(h2: ClientHttp2Session, tls: TlsIdentity, options: SessionOptions) {
    this.tls = tls;
    this.#h2 = h2;
    this.#options = options;
    this.#resets = new ResetBudget(options.clock);
    this.#ping = options.clock.setTimer(options.pingEveryMs, () => this.#sendPing());
    h2.on("error", (error) => (this.#failure ??= error));
    h2.on("goaway", () => this.retire());
    h2.on("close", () => this.#end());
    this.#restIfIdle();
  }

  get streams(): number {
    return this.#exchanges.size;
  }

  /** How many more streams it takes now. */
  get room(): number {
    if (this.#isRetired || this.#h2.closed || this.#h2.destroyed) return 0;
    return (this.#h2.remoteSettings.maxConcurrentStreams ?? 100) - this.#exchanges.size;
  }

  /** Opens a stream. Rejects with an {@link ExchangeError}, or with the reason of the signal once the stream is closed. */
  exchange(request: WireRequest, signal: AbortSignal): Promise<Answer> {
    this.#idle?.cancel();
    let exchange: Http2Exchange;
    try {
      const { method, path, headers, body } = request;
      const fields = { ...headers, [constants.HTTP2_HEADER_METHOD]: method, [constants.HTTP2_HEADER_PATH]: path };
      const stream = this.#h2.request(fields, { endStream: body === undefined });
      exchange = new Http2Exchange(stream, {
        failure: () => this.#failure,
        onCancelled: () => this.#countReset(),
        onClosed: () => this.#forget(exchange),
      });
      if (body !== undefined) stream.end(body);
    } catch (cause) {
      this.#restIfIdle();
      return Promise.reject(new ExchangeError("refused", cause));
    }
    this.#exchanges.add(exchange);
    return exchange.answer(signal);
  }

  /** Takes no more streams; lets those that it has move on, and closes when the last is gone. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#options.onRetired(this);
    const { clock, random, moveWithinMs } = this.#options;
    if (moveWithinMs !== undefined) for (const exchange of this.#exchanges) exchange.moveAfter(clock, random() * moveWithinMs);
    this.#restIfIdle();
  }

  /** Ends everything now; resolves when the socket is closed. */
  close(): Promise<void> {
    this.#h2.destroy();
    return this.#closed.promise;
  }

  #countReset(): void {
    this.#resets.spend();
    // Its streams stay: only new ones go elsewhere.
    if (this.#resets.isSpent && !this.#isRetired) {
      this.#isRetired = true;
      this.#options.onRetired(this);
    }
  }

  #forget(exchange: Http2Exchange): void {
    this.#exchanges.delete(exchange);
    this.#restIfIdle();
  }

  #restIfIdle(): void {
    if (this.#exchanges.size > 0 || this.#isClosed) return;
    this.#idle?.cancel();
    if (this.#isRetired) this.#h2.close();
    else this.#idle = this.#options.clock.setTimer(this.#options.idleMs, () => this.retire());
  }

  #sendPing(): void {
    const { clock, pingEveryMs, pingWithinMs } = this.#options;
    this.#ping = clock.setTimer(pingWithinMs, () => {
      this.#failure ??= Object.assign(new Error(`no answer to a PING within ${pingWithinMs / 1000} s`), { code: "ETIMEDOUT" });
      this.#h2.destroy(this.#failure);
    });
    this.#h2.ping((error: Error | null) => {
      this.#ping.cancel();
      if (error === null && !this.#isClosed) this.#ping = clock.setTimer(pingEveryMs, () => this.#sendPing());
    });
  }

  #end(): void {
    this.#isClosed = true;
    this.#ping.cancel();
    this.#idle?.cancel();
    if (!this.#isRetired) {
      this.#isRetired = true;
      this.#options.onRetired(this);
    }
    this.#options.onClosed(this);
    this.#closed.resolve();
  }
}

/** What {@link Session.open} needs besides. */
export interface OpenOptions {
  readonly authority: string;
  readonly tls: TlsIdentity;
  readonly signal: AbortSignal;
}
