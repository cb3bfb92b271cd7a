import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import type { Clock, Random, Stop } from "@polykind/core";
import type { Credentials, TlsIdentity } from "../credentials/types.ts";
import { SocketBytes } from "../http2/socket-bytes.ts";
import { connect } from "./connect.ts";
import type { Answer, WireRequest } from "./exchange.ts";
import { Http1 } from "./http1.ts";
import { RequestEncoder } from "./request-encoder.ts";
import { SessionPool } from "./session-pool.ts";
import { Session } from "./session.ts";

/** Unary calls and watches never share a session, so that no call waits behind watches. */
export type Lane = "unary" | "watch";

/** Times of the transport, in milliseconds. */
export interface TransportTimes {
  /** To connect, through proxy and TLS, until the server has sent its HTTP/2 settings. Default: 10,000. */
  readonly connectMs: number;
  /** Between two PINGs of a session. Default: 30,000. */
  readonly pingEveryMs: number;
  /** Without an answer to a PING for so long the session is dead. Default: 15,000. */
  readonly pingWithinMs: number;
  /** The watches of a session that the server wants to close move to another within this time. Default: 5,000. */
  readonly moveWithinMs: number;
  /** A session of unary calls closes after so long without one. Default: 60,000. */
  readonly idleMs: number;
  /** A session of watches closes so long after its last one has gone; a watch that is resumed finds it open. Default: 2,000. */
  readonly idleWatchMs: number;
}

/** So long after a server did not agree on HTTP/2 it is asked anew: it may have been one of several behind an address, or be another by now. */
const ASK_AGAIN_AFTER_MS = 5 * 60_000;

/** What times are when nothing is said. */
export const DEFAULT_TIMES: TransportTimes = {
  connectMs: 10_000,
  pingEveryMs: 30_000,
  pingWithinMs: 15_000,
  moveWithinMs: 5_000,
  idleMs: 60_000,
  idleWatchMs: 2_000,
};

/** What a transport needs. */
export interface TransportOptions {
  readonly credentials: Pick<Credentials, "server" | "proxy">;
  readonly clock: Clock;
  readonly random: Random;
  readonly times: TransportTimes;
}

/** The server agreed on HTTP/1.1 where we asked for HTTP/2 first. */
class NoHttp2 extends Error {
  override readonly name = "NoHttp2";
}

/** All connections to one API server: HTTP/2, or HTTP/1.1 where the server does not offer it. Nothing is opened before it is needed. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #pools: Readonly<Record<Lane, SessionPool>>;
  readonly #http1: Http1;
  readonly #prefix: string;
  /** To read certificates takes as long as a handshake: once for each identity, whose sessions share it. */
  readonly #contexts = new WeakMap<TlsIdentity, SecureContext>();
  readonly #encoder: RequestEncoder;
  /** HTTP/1.1 is spoken on new connections until then, in elapsed milliseconds. */
  #http1UntilMs: number;

  constructor(options: TransportOptions) {
    const { server } = options.credentials;
    const { idleMs, idleWatchMs, moveWithinMs } = options.times;
    this.#options = options;
    this.#encoder = new RequestEncoder(server.host);
    this.#prefix = server.pathname.replace(/\/$/, "");
    this.#http1UntilMs = server.protocol === "http:" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.#pools = { unary: this.#poolOf({ idleMs, moveWithinMs: undefined }), watch: this.#poolOf({ idleMs: idleWatchMs, moveWithinMs }) };
    this.#http1 = new Http1({ host: server.host, idleMs, connect: (tls, signal) => this.#connect(tls, ["http/1.1"], signal) });
  }

  /** Rejects with an `ExchangeError`, or with the reason of `ending` once nothing of the request is open. */
  exchange(
    request: WireRequest,
    { lane, tls, ending }: { readonly lane: Lane; readonly tls: TlsIdentity; readonly ending: Stop },
  ): Promise<Answer> {
    const absolute = this.#prefix === "" ? request : { ...request, path: `${this.#prefix}${request.path}` };
    // Where a session is there, the server is known to take HTTP/2.
    return this.#pools[lane].exchangeNow(absolute, tls, ending) ?? this.#exchangeByEither(absolute, { lane, tls, ending });
  }

  async #exchangeByEither(
    request: WireRequest,
    { lane, tls, ending }: { readonly lane: Lane; readonly tls: TlsIdentity; readonly ending: Stop },
  ): Promise<Answer> {
    const { clock } = this.#options;
    if (clock.elapsed() < this.#http1UntilMs) return this.#http1.exchange(request, tls, ending);
    try {
      return await this.#pools[lane].exchange(request, tls, ending);
    } catch (cause) {
      if (!(cause instanceof NoHttp2)) throw cause;
      this.#http1UntilMs = clock.elapsed() + ASK_AGAIN_AFTER_MS;
      return this.#http1.exchange(request, tls, ending);
    }
  }

  /** What is open now. */
  open(): { readonly sessions: number; readonly streams: number } {
    const all = [this.#pools.unary.open(), this.#pools.watch.open(), this.#http1.open()];
    return {
      sessions: all.reduce((sum, { sessions }) => sum + sessions, 0),
      streams: all.reduce((sum, { streams }) => sum + streams, 0),
    };
  }

  /** Ends everything now; resolves when every socket is closed. */
  async close(): Promise<void> {
    await Promise.all([this.#pools.unary.close(), this.#pools.watch.close(), this.#http1.close()]);
  }

  #poolOf(own: { readonly idleMs: number; readonly moveWithinMs: number | undefined }): SessionPool {
    const { clock, random, times } = this.#options;
    return new SessionPool({
      open: async (tls, callbacks, signal) => {
        const openBy = clock.elapsed() + times.connectMs;
        const bytes = new SocketBytes();
        const socket = await this.#connect(tls, ["h2", "http/1.1"], signal, bytes);
        if ("alpnProtocol" in socket && socket.alpnProtocol !== "h2") {
          socket.destroy();
          throw new NoHttp2("the server did not agree on h2");
        }
        const openWithinMs = openBy - clock.elapsed();
        return Session.open(socket, {
          ...times,
          ...own,
          ...callbacks,
          clock,
          random,
          encoder: this.#encoder,
          tls,
          signal,
          bytes,
          openWithinMs,
        });
      },
    });
  }

  #connect(tls: TlsIdentity, protocols: readonly string[], signal: AbortSignal, bytes?: SocketBytes): Promise<Socket | TLSSocket> {
    const { credentials, clock, times } = this.#options;
    const { server, proxy } = credentials;
    return connect(
      { server, proxy, tls, secureContextOf: this.#contextOf, protocols, bytes },
      { clock, timeoutMs: times.connectMs, signal },
    );
  }

  readonly #contextOf = (tls: TlsIdentity): SecureContext => {
    const context = this.#contexts.get(tls) ?? createSecureContext(tls);
    this.#contexts.set(tls, context);
    return context;
  };
}
