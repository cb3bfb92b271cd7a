import type { Agent, ClientRequest, IncomingMessage } from "node:http";
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

/**
 * HTTP/1.1 with connections that are kept: for servers that do not offer HTTP/2, and for `http://`. Each open watch holds a socket.
 */
export class Http1 {
  readonly #options: Http1Options;
  readonly #ending = new AbortController();
  readonly #exchanges = new Set<Http1Exchange>();
  readonly #sockets = new Set<Socket>();
  #agent: Agent | undefined;
  #tls: TlsIdentity | undefined;

  constructor(options: Http1Options) {
    this.#options = options;
  }

  open(): { readonly sessions: number; readonly streams: number } {
    return { sessions: this.#sockets.size, streams: this.#exchanges.size };
  }

  /** Rejects with an {@link ExchangeError}, or with the reason of `ending` once nothing of the request is open. */
  async exchange({ method, path, headers, body }: WireRequest, tls: TlsIdentity, ending: Stop): Promise<Answer> {
    ending.throwIfAborted();
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const request = http().request({
      agent: this.#agentFor(tls),
      method,
      path,
      headers: { host: this.#options.host, ...headers, ...length },
    });
    const exchange: Http1Exchange = new Http1Exchange(request, () => this.#exchanges.delete(exchange));
    this.#exchanges.add(exchange);
    request.end(body);
    return exchange.answer(ending);
  }

  /** Ends everything; resolves when the sockets are closed. */
  async close(): Promise<void> {
    this.#ending.abort(new ExchangeError("unreachable", new Error("the client is closed")));
    this.#agent?.destroy();
    await Promise.all([...this.#exchanges].map((exchange) => exchange.cancel()));
    await Promise.all([...this.#sockets].map((socket) => closed(socket)));
  }

  #agentFor(tls: TlsIdentity): Agent {
    if (this.#agent !== undefined && this.#tls === tls) return this.#agent;
    if (this.#agent !== undefined) retire(this.#agent);
    const agent = new (http().Agent)({ keepAlive: true, timeout: this.#options.idleMs, scheduling: "lifo" });
    agent.createConnection = (_, created) => {
      this.#options.connect(tls, this.#ending.signal).then(
        (socket) => {
          this.#sockets.add(socket);
          socket.once("close", () => this.#sockets.delete(socket));
          created?.(null, socket);
        },
        (cause: Error) => created?.(cause, undefined as never), // with an error the socket is not looked at
      );
      return undefined;
    };
    this.#tls = tls;
    return (this.#agent = agent);
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
  readonly #closed = Promise.withResolvers<void>();
  #response: IncomingMessage | undefined;
  #sink: BodySink | undefined;
  #isComplete = false;
  #isCancelled = false;
  #failure: Error | undefined;

  constructor(request: ClientRequest, onClosed: () => void) {
    this.#request = request;
    request.on("error", (error) => (this.#failure ??= error));
    request.on("close", () => {
      onClosed();
      this.#closed.resolve();
      if (!this.#isCancelled) this.#sink?.ended(this.#isComplete ? undefined : this.#loss());
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
    return this.#closed.promise;
  }

  #answerOf(response: IncomingMessage): Answer {
    this.#response = response;
    response.on("error", (error) => (this.#failure ??= error));
    response.on("end", () => (this.#isComplete = response.complete));
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
    if (this.#request.closed) {
      queueMicrotask(() => sink.ended(this.#isComplete ? undefined : this.#loss()));
      return;
    }
    response.on("data", (bytes: Buffer) => {
      if (!this.#isCancelled) sink.piece(bytes);
    });
  }

  #loss(): ExchangeError {
    const cause = this.#failure ?? new Error("the server closed the connection");
    if (cause instanceof ExchangeError) return cause;
    // A kept connection that the server closed at the very moment we used it.
    return new ExchangeError(this.#request.reusedSocket && this.#response === undefined ? "stale" : "lost", cause);
  }
}
