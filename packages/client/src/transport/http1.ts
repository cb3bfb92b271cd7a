import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import type { TlsIdentity } from "../credentials/types.ts";
import type { Stop } from "@polykind/core";
import { type Answer, answerHeadersOf, awaitAnswer, type BodySink, type WireRequest } from "./exchange.ts";
import { ExchangeError } from "./failure.ts";
import { http } from "./http-modules.ts";

/** How HTTP/1.1 gets its connections. */
export interface Http1Options {
  /** The `Host` field. */
  readonly host: string;
  /** A socket that is kept for the next request closes after so long without one. */
  readonly idleMs: number;
  connect(tls: TlsIdentity, signal: AbortSignal): Promise<Socket>;
}

/** What a request is made with; the agent hands it on to where the connection is made. */
interface OwnRequestOptions extends RequestOptions {
  readonly dial: Dial;
}

/** The connection attempt of one request, while there is one. */
interface Dial {
  attempt?: AbortController | undefined;
}

/**
 * HTTP/1.1 with connections that are kept: for servers that do not offer HTTP/2, and for `http://`. Each open watch holds a socket.
 */
export class Http1 {
  readonly #options: Http1Options;
  readonly #exchanges = new Set<Http1Exchange>();
  readonly #sockets = new Set<Socket>();
  #agent: Agent | undefined;
  #tls: TlsIdentity | undefined;
  #isClosed = false;

  constructor(options: Http1Options) {
    this.#options = options;
  }

  open(): { readonly sessions: number; readonly streams: number } {
    return { sessions: this.#sockets.size, streams: this.#exchanges.size };
  }

  /** Rejects with an {@link ExchangeError}, or with the reason of `ending` once nothing of the request is open. */
  async exchange({ method, path, headers, body }: WireRequest, tls: TlsIdentity, ending: Stop): Promise<Answer> {
    ending.throwIfAborted();
    if (this.#isClosed) throw new ExchangeError("unreachable", new Error("the client is closed"));
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const dial: Dial = {};
    const own: OwnRequestOptions = {
      agent: this.#agentFor(tls),
      method,
      path,
      headers: { host: this.#options.host, ...headers, ...length },
      dial,
    };
    const request = http().request(own);
    const exchange: Http1Exchange = new Http1Exchange(request, dial, () => this.#exchanges.delete(exchange));
    this.#exchanges.add(exchange);
    request.end(body);
    return exchange.answer(ending);
  }

  /** Ends everything; resolves when the sockets are closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#agent?.destroy();
    await Promise.all([...this.#exchanges].map((exchange) => exchange.cancel()));
    await Promise.all([...this.#sockets].map((socket) => closed(socket)));
  }

  #agentFor(tls: TlsIdentity): Agent {
    if (this.#agent !== undefined && this.#tls === tls) return this.#agent;
    if (this.#agent !== undefined) retire(this.#agent);
    const agent = new (http().Agent)({ keepAlive: true, timeout: this.#options.idleMs, scheduling: "lifo" });
    agent.createConnection = (options, created) => {
      const { dial } = options as OwnRequestOptions; // each request is made with one
      this.#connect(dial, tls).then(
        (socket) => created?.(null, socket),
        (cause: Error) => created?.(cause, undefined as never), // with an error the socket is not looked at
      );
      return undefined;
    };
    this.#tls = tls;
    return (this.#agent = agent);
  }

  async #connect(dial: Dial, tls: TlsIdentity): Promise<Socket> {
    const attempt = (dial.attempt = new AbortController());
    const socket = await this.#options.connect(tls, attempt.signal).finally(() => (dial.attempt = undefined));
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

/** Keeps no connection any more; what is under way goes on. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once("close", () => resolve());
    socket.destroy();
  });
}

/** One request over HTTP/1.1. */
class Http1Exchange {
  readonly #request: ClientRequest;
  readonly #dial: Dial;
  readonly #closed = Promise.withResolvers<void>();
  #response: IncomingMessage | undefined;
  #sink: BodySink | undefined;
  #isCancelled = false;
  #failure: Error | undefined;

  constructor(request: ClientRequest, dial: Dial, onClosed: () => void) {
    this.#request = request;
    this.#dial = dial;
    request.on("error", (error) => (this.#failure ??= error));
    request.on("close", () => {
      onClosed();
      this.#closed.resolve();
      this.#tellEnd();
    });
  }

  answer(ending: Stop): Promise<Answer> {
    return awaitAnswer<IncomingMessage>(this.#request, ending, {
      answerOf: (response) => this.#answerOf(response),
      cancel: () => this.cancel(),
      loss: () => this.#loss(),
    });
  }

  cancel(): Promise<void> {
    this.#isCancelled = true;
    if (!this.#request.closed) this.#request.destroy();
    this.#dial.attempt?.abort(new ExchangeError("unreachable", new Error("the request was given up")));
    return this.#closed.promise;
  }

  #answerOf(response: IncomingMessage): Answer {
    this.#response = response;
    response.on("error", (error) => (this.#failure ??= error));
    response.on("end", () => this.#tellEnd());
    return {
      status: response.statusCode ?? 0,
      headers: answerHeadersOf(response.headers),
      read: (sink) => this.#read(response, sink),
      pause: () => void response.pause(),
      resume: () => void response.resume(),
      cancel: () => this.cancel(),
    };
  }

  #read(response: IncomingMessage, sink: BodySink): void {
    this.#sink = sink;
    response.on("data", (bytes: Buffer) => {
      if (!this.#isCancelled) sink.piece(bytes);
    });
    if (this.#request.closed) queueMicrotask(() => this.#tellEnd());
  }

  /** A body that came whole is still to be read where the server closed the connection behind it: its end comes behind its last piece. */
  #tellEnd(): void {
    const isWhole = this.#response?.complete === true;
    if (this.#isCancelled || !this.#request.closed || (isWhole && this.#response?.readableEnded !== true)) return;
    this.#sink?.ended(isWhole ? undefined : this.#loss());
    this.#sink = undefined;
  }

  #loss(): ExchangeError {
    const cause = this.#failure ?? new Error("the server closed the connection");
    if (cause instanceof ExchangeError) return cause;
    // A kept connection that the server closed at the very moment we used it.
    return new ExchangeError(this.#request.reusedSocket && this.#response === undefined ? "stale" : "lost", cause);
  }
}
