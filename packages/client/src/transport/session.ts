import type { Socket } from "node:net";
import type { Clock, Random, Stop, Timer } from "@polykind/core";
import type { TlsIdentity } from "../credentials/types.ts";
import { Connection } from "../http2/connection.ts";
import type { SocketBytes } from "../http2/socket-bytes.ts";
import type { Answer, WireRequest } from "./exchange.ts";
import { timedOut } from "./connect.ts";
import { ExchangeError } from "./failure.ts";
import { type ExchangeOwner, Http2Exchange } from "./http2-exchange.ts";
import type { RequestEncoder } from "./request-encoder.ts";
import { ResetBudget } from "./reset-budget.ts";

/** How a session behaves. Times are in milliseconds. */
export interface SessionOptions {
  readonly encoder: RequestEncoder;
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
/** One HTTP/2 connection. Owns its PINGs, its idle timer and its streams. */
export class Session {
  readonly tls: TlsIdentity;
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #exchanges = new Set<Http2Exchange>();
  readonly #resets: ResetBudget;
  readonly #closed = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<Session>();
  /** One for all exchanges. */
  readonly #owner: ExchangeOwner;
  #isOpen = false;
  #isRetired = false;
  /** Its watches move, as the server wants to close it. */
  #isMoving = false;
  #isClosed = false;
  #ping: Timer | undefined;
  /** When the next PING is due, in elapsed milliseconds; `undefined` while one waits for its answer. */
  #pingAt: number | undefined;
  /** Bytes that had come when the server was last looked at, since the PING that is under way. */
  #receivedBefore = 0;
  #idle: Timer | undefined;

  /** Over a connected socket that has agreed on h2; resolves once the server has told its limits. */
  static open(socket: Socket, { tls, signal, bytes, openWithinMs, ...options }: SessionOptions & OpenOptions): Promise<Session> {
    const session = new Session({ socket, tls, bytes }, options);
    const giveUp = (reason: unknown): void => {
      session.#connection.destroy();
      session.#opened.reject(reason);
    };
    const abort = (): void => giveUp(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const timer = options.clock.setTimer(openWithinMs, () =>
      giveUp(new ExchangeError("unreachable", timedOut("the server did not send its HTTP/2 settings in time"))),
    );
    if (signal.aborted) abort();
    return session.#opened.promise.finally(() => {
      timer.cancel();
      signal.removeEventListener("abort", abort);
    });
  }

  private constructor(
    { socket, tls, bytes }: { readonly socket: Socket; readonly tls: TlsIdentity; readonly bytes: SocketBytes },
    options: SessionOptions,
  ) {
    this.tls = tls;
    this.#options = options;
    this.#resets = new ResetBudget(options.clock);
    this.#connection = new Connection(socket, bytes, {
      ready: () => this.#begin(),
      goaway: () => this.retire(),
      closed: (failure) => this.#end(failure),
    });
    this.#owner = {
      connection: this.#connection,
      encoder: options.encoder,
      onCancelled: () => this.#countReset(),
      onRead: (exchange) => this.#moveIfDue(exchange),
      onClosed: (exchange) => this.#forget(exchange),
    };
  }

  #begin(): void {
    this.#isOpen = true;
    this.#ping = this.#pingAfter(this.#options.pingEveryMs);
    this.#restIfIdle();
    this.#opened.resolve(this);
  }

  get streams(): number {
    return this.#exchanges.size;
  }

  /** It takes no more streams, whatever becomes of those that it has. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** The server takes no stream at all, now or for good. */
  get isShut(): boolean {
    return this.#connection.streamsMax === 0 && this.streams === 0;
  }

  /** How many more streams it takes now. */
  get room(): number {
    return this.#isRetired ? 0 : this.#connection.room;
  }

  /** Opens a stream. Rejects with an {@link ExchangeError}, or with the reason of `ending` once the stream is closed. */
  exchange(request: WireRequest, ending: Stop): Promise<Answer> {
    const exchange = new Http2Exchange(request, this.#owner);
    this.#idle?.cancel();
    this.#exchanges.add(exchange);
    return exchange.answer(ending);
  }

  /** Takes no more streams; lets those that it has move on, and closes when the last is gone. */
  retire(): void {
    if (this.#isMoving) return;
    this.#isMoving = true;
    this.#takeNoMore();
    for (const exchange of this.#exchanges) this.#moveIfDue(exchange);
    this.#restIfIdle();
  }

  /** Ends everything now; resolves when the socket is closed. */
  close(): Promise<void> {
    this.#connection.destroy();
    return this.#closed.promise;
  }

  #takeNoMore(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#options.onRetired(this);
  }

  #moveIfDue(exchange: Http2Exchange): void {
    const { clock, random, moveWithinMs } = this.#options;
    if (!this.#isMoving || moveWithinMs === undefined) return;
    exchange.moveAfter(clock, Math.max(MOVE_AFTER_MS, random() * moveWithinMs));
  }

  #countReset(): void {
    this.#resets.spend();
    if (this.#pingAt !== undefined && this.#pingAt - this.#options.clock.elapsed() > PING_AFTER_RESET_MS) {
      this.#ping?.cancel();
      this.#ping = this.#pingAfter(PING_AFTER_RESET_MS);
    }
    // Its streams stay: only new ones go elsewhere.
    if (this.#resets.isSpent) this.#takeNoMore();
  }

  #forget(exchange: Http2Exchange): void {
    this.#exchanges.delete(exchange);
    this.#restIfIdle();
  }

  #restIfIdle(): void {
    if (this.#exchanges.size > 0 || this.#isClosed || !this.#isOpen) return;
    this.#idle?.cancel();
    if (this.#isRetired) this.#connection.close();
    else this.#idle = this.#options.clock.setTimer(this.#options.idleMs, () => this.retire());
  }

  #pingAfter(delayMs: number): Timer {
    const { clock } = this.#options;
    this.#pingAt = clock.elapsed() + delayMs;
    return clock.setTimer(delayMs, () => this.#sendPing());
  }

  #sendPing(): void {
    this.#pingAt = undefined;
    this.#awaitBytes();
    this.#connection.ping((isAnswered) => {
      this.#ping?.cancel();
      if (isAnswered) this.#ping = this.#pingAfter(this.#options.pingEveryMs);
    });
  }

  /** Until the PING is answered, which over a slow link may wait behind much else, bytes must come all the time. */
  #awaitBytes(): void {
    const { clock, pingWithinMs } = this.#options;
    this.#receivedBefore = this.#connection.received;
    this.#ping = clock.setTimer(pingWithinMs, () => {
      if (this.#connection.received > this.#receivedBefore) this.#awaitBytes();
      else this.#connection.destroy(timedOut(`neither an answer to a PING nor anything else within ${pingWithinMs / 1000} s`));
    });
  }

  #end(failure: Error | undefined): void {
    this.#isClosed = true;
    this.#ping?.cancel();
    this.#idle?.cancel();
    if (!this.#isOpen) {
      this.#opened.reject(new ExchangeError("unreachable", failure ?? new Error("the server closed the connection at once")));
      return;
    }
    this.#takeNoMore();
    this.#options.onClosed(this);
    this.#closed.resolve();
  }
}

/** What {@link Session.open} needs besides. */
export interface OpenOptions {
  readonly tls: TlsIdentity;
  /** What the socket brings, from its first byte on. */
  readonly bytes: SocketBytes;
  /** In milliseconds, from now. Without the server's settings by then it is given up, as a server that timed out. */
  readonly openWithinMs: number;
  readonly signal: AbortSignal;
}
