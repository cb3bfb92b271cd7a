import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import type { Socket } from "node:net";
import type { Clock, Random, Timer } from "@polykind/core";
import type { TlsIdentity } from "../credentials/types.ts";
import type { Answer, WireRequest } from "./exchange.ts";
import { ExchangeError } from "./failure.ts";
import { type ExchangeOwner, Http2Exchange } from "./http2-exchange.ts";
import { ResetBudget } from "./reset-budget.ts";

/** How a session behaves. Times are in milliseconds. */
export interface SessionOptions {
  /** The server's host and port, as requests name them. */
  readonly host: string;
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

/** The server is asked whether it is there so soon after a stream was reset: a connection that broke at that moment may not say so by itself. */
const PING_AFTER_RESET_MS = 1_000;
/** A watch is moved no sooner, lest its reader takes it for one of a server that ends watches as soon as they begin. */
const MOVE_AFTER_MS = 1_000;
/** What one stream may have on its way to us. */
const STREAM_WINDOW = 1 << 20;
/** What all streams of a session may have on their way: Node gives it back as bytes arrive, so that a paused stream holds up no other. */
const SESSION_WINDOW = 1 << 24;

const NO_BODY = { endStream: true };
const WITH_BODY = { endStream: false };

/** One HTTP/2 connection. Owns its PINGs, its idle timer and its streams. */
export class Session {
  readonly tls: TlsIdentity;
  readonly #h2: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #exchanges = new Set<Http2Exchange>();
  readonly #resets: ResetBudget;
  readonly #closed = Promise.withResolvers<void>();
  #isRetired = false;
  #isClosed = false;
  #failure: Error | undefined;
  #ping: Timer;
  /** When the next PING is due, in elapsed milliseconds; `undefined` while one waits for its answer. */
  #pingAt: number | undefined;
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
      destroy(h2, socket);
      reject(
        signal.aborted ? signal.reason : new ExchangeError("unreachable", cause ?? new Error("the server closed the connection at once")),
      );
    };
    const abort = (): void => fail();
    h2.once("error", fail).once("close", fail);
    signal.addEventListener("abort", abort, { once: true });
    h2.once("remoteSettings", () => {
      h2.off("error", fail).off("close", fail);
      resolve(new Session({ h2, socket, tls }, options));
    });
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  private constructor(
    { h2, socket, tls }: { readonly h2: ClientHttp2Session; readonly socket: Socket; readonly tls: TlsIdentity },
    options: SessionOptions,
  ) {
    this.tls = tls;
    this.#h2 = h2;
    this.#socket = socket;
    this.#options = options;
    this.#resets = new ResetBudget(options.clock);
    this.#ping = this.#pingAfter(options.pingEveryMs);
    h2.on("error", (error) => (this.#failure ??= error));
    h2.on("goaway", () => this.retire());
    h2.on("close", () => this.#end());
    this.#restIfIdle();
  }

  /** One for all exchanges. */
  readonly #owner: ExchangeOwner = {
    failure: () => this.#failure,
    isGone: () => this.#h2.destroyed,
    onCancelled: () => this.#countReset(),
    onClosed: (exchange) => this.#forget(exchange),
  };

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
      const { body } = request;
      const stream = this.#h2.request(fieldsOf(request, this.#options.host), body === undefined ? NO_BODY : WITH_BODY);
      exchange = new Http2Exchange(stream, this.#owner);
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
    if (moveWithinMs !== undefined) {
      for (const exchange of this.#exchanges) exchange.moveAfter(clock, Math.max(MOVE_AFTER_MS, random() * moveWithinMs));
    }
    this.#restIfIdle();
  }

  /** Ends everything now; resolves when the socket is closed. */
  close(): Promise<void> {
    destroy(this.#h2, this.#socket);
    return this.#closed.promise;
  }

  #countReset(): void {
    this.#resets.spend();
    if (this.#pingAt !== undefined && this.#pingAt - this.#options.clock.elapsed() > PING_AFTER_RESET_MS) {
      this.#ping.cancel();
      this.#ping = this.#pingAfter(PING_AFTER_RESET_MS);
    }
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

  #pingAfter(delayMs: number): Timer {
    const { clock } = this.#options;
    this.#pingAt = clock.elapsed() + delayMs;
    return clock.setTimer(delayMs, () => this.#sendPing());
  }

  #sendPing(): void {
    this.#pingAt = undefined;
    if (this.#h2.destroyed) return; // its end is on its way
    const { clock, pingEveryMs, pingWithinMs } = this.#options;
    this.#ping = clock.setTimer(pingWithinMs, () => {
      this.#failure ??= Object.assign(new Error(`no answer to a PING within ${pingWithinMs / 1000} s`), { code: "ETIMEDOUT" });
      destroy(this.#h2, this.#socket, this.#failure);
    });
    this.#h2.ping((error: Error | null) => {
      this.#ping.cancel();
      if (error === null && !this.#isClosed) this.#ping = this.#pingAfter(pingEveryMs);
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

/** Names and values in turn: what Node makes of an object, and keeps for as long as the stream lasts, is many times as large. */
function fieldsOf({ method, path, headers }: WireRequest, host: string): string[] {
  const fields = [":method", method, ":scheme", "https", ":authority", host, ":path", path];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === "string") fields.push(name, value);
    else for (const each of value ?? []) fields.push(name, each);
  }
  return fields;
}

/** What {@link Session.open} needs besides. */
export interface OpenOptions {
  readonly authority: string;
  readonly tls: TlsIdentity;
  readonly signal: AbortSignal;
}

/**
 * Ends a session, its socket included: a write that failed while another waited behind it never ends in Node's TLS, and a session that waits for a write
 * neither closes nor reads.
 */
function destroy(h2: ClientHttp2Session, socket: Socket, cause?: Error): void {
  h2.destroy(cause);
  // Not at once, so that what is to be sent is sent.
  setImmediate(() => socket.destroy());
}
