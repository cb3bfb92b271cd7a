import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { Agent, createServer as createHttps, type Server as HttpsServer, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Random } from "@polykind/core";
import { seenRequestOf } from "./seen-request.ts";
import { type GateMode, TcpGate } from "./tcp-gate.ts";
import { WatchPipe } from "./watch-pipe.ts";
import type { AnswerFault, Cut, FaultRule, Holding, LineFault, SeenRequest, WireFault } from "./wire-fault.ts";

/** The server behind. */
export interface FaultTarget {
  /** `https://…` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** Sent instead of what the client sends, so that clients may be refused by rules of their own. Default: what the client sends. */
  readonly authorization?: string;
}

/** What a faulty server is made of. */
export interface FaultyServerOptions {
  readonly target: FaultTarget;
  /** With which certificate it answers on 127.0.0.1. PEM. */
  readonly certificate: { readonly cert: string; readonly key: string };
  /** For rules with a chance. Default: never strikes by chance. */
  readonly random?: Random;
  /** `h2` also takes HTTP/1.1, by ALPN; `h1` takes nothing else. Default: `h2`. */
  readonly protocol?: "h2" | "h1";
  /** Whether clients connect to it directly, which spares all bytes a step on their way; then nothing can be done to connections. Default: false. */
  readonly isDirect?: boolean;
}

/** A server that stands before another one and breaks what it carries. Undisturbed until told otherwise. */
export interface FaultyServer extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`; stays the same. */
  readonly url: string;
  /** All requests so far, in order, also those that were answered by a fault. */
  readonly requests: readonly SeenRequest[];
  /** How many watches are open now; only those that `when` chooses. */
  openWatches(when?: FaultRule["when"]): number;
  readonly connections: number;
  /** Adds a rule for requests to come; all that fit a request strike, in the order of their adding. Returns what takes it away. */
  rule(rule: FaultRule): () => void;
  /** Breaks the watches that are open now; only those that `when` chooses. */
  disturb(fault: LineFault, when?: FaultRule["when"]): void;
  /** Cuts the watches that are open now; only those that `when` chooses. */
  cut(how: Cut, when?: FaultRule["when"]): void;
  /** What becomes of new connections; `refuse` also resets those that are open. */
  become(mode: GateMode): Promise<void>;
  /** Resets all connections. */
  reset(): void;
  /** Stalls all connections: no byte, no FIN. */
  stall(): void;
  /** GOAWAY(NO_ERROR) on all HTTP/2 connections, as a server does that is about to stop. */
  goAway(): void;
  /** Takes all rules away but those that last, and lets connections pass again. */
  heal(): Promise<void>;
  /** From now on in front of another server. */
  retarget(target: FaultTarget): void;
  /** From now on with another certificate, for new connections. */
  present(certificate: { readonly cert: string; readonly key: string }): void;
  /** Once resolved, no socket is left. */
  close(): Promise<void>;
}

/** Opens a faulty server on 127.0.0.1, over TLS. */
export async function openFaultyServer(options: FaultyServerOptions): Promise<FaultyServer> {
  const front = new FaultyFront(options);
  await front.open();
  return front;
}

interface Strike {
  readonly rule: FaultRule;
  left: number;
}

class FaultyFront implements FaultyServer {
  readonly #http: Http2SecureServer | HttpsServer;
  readonly #random: Random;
  readonly #isDirect: boolean;
  readonly #sessions = new Set<ServerHttp2Session>();
  /** By the port of the other end, which is the gate's. */
  readonly #sockets = new Map<number, Socket>();
  /** The ports from which a request has come. */
  readonly #used = new Set<number>();
  readonly #ending = new AbortController();
  readonly #watches = new Map<WatchPipe, SeenRequest>();
  readonly #agent = new Agent({ keepAlive: false, maxSockets: Infinity });
  readonly requests: SeenRequest[] = [];
  #strikes: Strike[] = [];
  #target: FaultTarget;
  #gate: TcpGate | undefined;
  #closed: Promise<void> | undefined;

  constructor({ target, certificate, random = () => 1, protocol = "h2", isDirect = false }: FaultyServerOptions) {
    this.#target = target;
    this.#random = random;
    this.#isDirect = isDirect;
    this.#http =
      protocol === "h1"
        ? createHttps(certificate)
        : createSecureServer({ allowHTTP1: true, ...certificate, settings: { maxConcurrentStreams: 100 } });
    this.#http.on("connection", (socket: Socket) => this.#keep(socket));
    this.#http.on("session", (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.on("error", () => {}); // its client went, or we broke it
      session.once("close", () => this.#sessions.delete(session));
    });
    for (const event of ["sessionError", "tlsClientError"]) this.#http.on(event, () => {});
    // Whoever listens for it is to close the socket.
    this.#http.on("clientError", (_: Error, socket: Socket) => {
      socket.destroy();
    });
    this.#http.on("request", (request: Http2ServerRequest, response: Http2ServerResponse) => {
      void this.#answer(request, response).catch(() => abortOf(response)()); // what it fails of has broken the connection
    });
  }

  #keep(socket: Socket): void {
    const { remotePort = 0 } = socket;
    this.#sockets.set(remotePort, socket);
    socket.once("close", () => {
      // Another connection may have its port by now.
      if (this.#sockets.get(remotePort) === socket) this.#sockets.delete(remotePort);
      this.#used.delete(remotePort);
    });
  }

  async open(): Promise<void> {
    this.#http.listen(0, "127.0.0.1");
    await once(this.#http, "listening");
    if (this.#isDirect) return;
    const port = this.#port;
    // A write that failed may keep Node's TLS from ever seeing that its client has gone.
    this.#gate = new TcpGate(port, (farPort) => void setImmediate(() => this.#sockets.get(farPort)?.destroy()));
    await this.#gate.become("pass");
  }

  get url(): string {
    return `https://127.0.0.1:${this.#gate?.port ?? this.#port}`;
  }

  /** Throws where there is none. */
  get #ownGate(): TcpGate {
    if (this.#gate === undefined) throw new Error("cannot do anything to connections: clients connect directly, as isDirect says");
    return this.#gate;
  }

  get #port(): number {
    const address = this.#http.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  openWatches(when: FaultRule["when"] = () => true): number {
    return [...this.#watches.values()].filter(when).length;
  }

  get connections(): number {
    return this.#gate?.connections ?? this.#sockets.size;
  }

  rule(rule: FaultRule): () => void {
    const strike = { rule, left: rule.times ?? Infinity };
    this.#strikes.push(strike);
    return () => {
      this.#strikes = this.#strikes.filter((each) => each !== strike);
    };
  }

  disturb(fault: LineFault, when: FaultRule["when"] = () => true): void {
    for (const [watch, seen] of this.#watches) if (when(seen)) watch.disturb(fault);
  }

  cut(how: Cut, when: FaultRule["when"] = () => true): void {
    for (const [watch, seen] of this.#watches) if (when(seen)) watch.cut(how);
  }

  async become(mode: GateMode): Promise<void> {
    await this.#ownGate.become(mode);
  }

  reset(): void {
    this.#ownGate.reset();
  }

  stall(): void {
    this.#watches.clear(); // their ends would not be seen
    this.#ownGate.stall();
  }

  goAway(): void {
    for (const session of this.#sessions) session.goaway();
  }

  async heal(): Promise<void> {
    this.#strikes = this.#strikes.filter(({ rule }) => rule.isLasting === true);
    await this.#gate?.become("pass");
  }

  retarget(target: FaultTarget): void {
    this.#target = target;
  }

  present(certificate: { readonly cert: string; readonly key: string }): void {
    this.#http.setSecureContext(certificate);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    await this.#gate?.close();
    const closed = once(this.#http, "close");
    this.#http.close();
    for (const socket of this.#sockets.values()) socket.destroy();
    for (const session of this.#sessions) session.destroy();
    this.#agent.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const body = await readAll(request);
    const { remotePort = 0 } = request.socket;
    const seen = seenRequestOf(request, this.#used.has(remotePort));
    this.#used.add(remotePort);
    this.requests.push(seen);
    const faults = this.#faultsOf(seen);
    for (const fault of faults) {
      if (fault.is === "late") await sleep(fault.byMs, undefined, { signal: this.#ending.signal });
      if (fault.is === "query") fault.change(seen.query);
      if (fault.is === "reset") return this.#ownGate.reset(request.socket.remotePort);
      const answer = fault.is === "hold" ? await this.#held(fault.until, seen, response) : fault;
      if (answer?.is === "answer") return answerWith(response, answer);
    }
    await this.#forward({ request, response, seen, body, faults });
  }

  /** Waits for what a rule holds the request or its answer for; never longer than the client, and than we are open. */
  async #held(until: Holding, seen: SeenRequest, response: Http2ServerResponse): Promise<AnswerFault | undefined> {
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, this.#ending.signal]);
    const { promise: nobody, resolve } = Promise.withResolvers<undefined>();
    response.once("close", () => gone.abort());
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    if (isGone(response)) gone.abort();
    return Promise.race([until(seen, signal), nobody]);
  }

  #faultsOf(seen: SeenRequest): readonly WireFault[] {
    const striking = this.#strikes.filter(
      ({ rule, left }) => left > 0 && (rule.when?.(seen) ?? true) && (rule.chance === undefined || this.#random() < rule.chance),
    );
    for (const strike of striking) strike.left -= 1;
    return striking.map(({ rule }) => rule.fault);
  }

  async #forward({ request, response, seen, body, faults }: Forwarded): Promise<void> {
    // Its end has been told already, and would not end what is asked for it now.
    if (isGone(response)) return;
    const answer = await this.#ask(request, response, seen, body);
    if (answer === undefined) return;
    const status = answer.statusCode ?? 502;
    if (seen.verb === "watch" && status === 200) return this.#carryWatch(answer, { request, response, seen, faults });
    let bytes = await readAll(answer);
    for (const fault of faults) {
      const instead = fault.is === "hold answer" ? await this.#held(fault.until, seen, response) : undefined;
      if (instead !== undefined) return answerWith(response, instead);
    }
    if (isGone(response)) return;
    for (const fault of faults) if (fault.is === "body") bytes = fault.map(bytes);
    const split = faults.find((fault) => fault.is === "split");
    const isCompressed = faults.some((fault) => fault.is === "gzip") && /\bgzip\b/.test(seen.acceptEncoding);
    if (isCompressed) bytes = gzipSync(bytes);
    response.writeHead(status, { ...headersOf(answer), ...(isCompressed && { "content-encoding": "gzip" }) });
    const step = split === undefined ? Math.max(1, bytes.length) : split.bytes;
    for (let at = 0; at < bytes.length; at += step) response.write(bytes.subarray(at, at + step));
    response.end();
  }

  #ask(
    { method, headers }: Http2ServerRequest,
    response: Http2ServerResponse,
    { path, query }: SeenRequest,
    body: Buffer,
  ): Promise<IncomingMessage | undefined> {
    const { url, ca, authorization } = this.#target;
    const target = new URL(`${path}${query.size > 0 ? `?${query.toString()}` : ""}`, url);
    const kept = Object.entries(headers).filter(([name]) => !name.startsWith(":") && !NOT_PASSED_ON.has(name));
    const passed = { ...Object.fromEntries(kept), ...(authorization !== undefined && { authorization }) };
    const { promise, resolve } = Promise.withResolvers<IncomingMessage | undefined>();
    const asked = httpsRequest(target, { method, headers: passed, ca, agent: this.#agent }, resolve);
    // The server behind is gone: so are we for this client.
    asked.on("error", () => {
      abortOf(response)();
      resolve(undefined);
    });
    response.once("close", () => asked.destroy());
    asked.end(body);
    return promise;
  }

  #carryWatch(answer: IncomingMessage, { request, response, seen, faults }: Omit<Forwarded, "body">): void {
    const farPort = request.socket.remotePort;
    const pipe = new WatchPipe({
      write: (bytes) => void response.write(bytes),
      end: () => response.end(),
      abort: abortOf(response),
      resetConnection: () => this.#ownGate.reset(farPort),
      stallConnection: () => {
        this.#watches.delete(pipe); // its end would not be seen
        this.#ownGate.stall(farPort);
      },
    });
    this.#watches.set(pipe, seen);
    response.once("close", () => this.#watches.delete(pipe));
    response.on("error", () => {}); // we may write on when the client has gone
    response.writeHead(answer.statusCode ?? 502, headersOf(answer));
    // HTTP/1.1 waits for the first byte otherwise; HTTP/2 has sent them.
    if ("flushHeaders" in response && typeof response.flushHeaders === "function") response.flushHeaders();
    for (const fault of faults) if (isLineFault(fault)) pipe.disturb(fault);
    answer.on("data", (bytes: Buffer) => pipe.take(bytes));
    answer.once("end", () => pipe.cut("end"));
    answer.once("error", () => pipe.cut("stream"));
  }
}

interface Forwarded {
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
  readonly seen: SeenRequest;
  readonly body: Buffer;
  readonly faults: readonly WireFault[];
}

/** Of the connection, not of the request; `accept-encoding`: faults are about plain text. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "accept-encoding",
]);

function isLineFault(fault: WireFault): fault is LineFault {
  return ["tear", "map", "insert", "stall", "split"].includes(fault.is);
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const { "content-type": type, "retry-after": retryAfter } = headers;
  return { "content-type": type ?? "application/json", ...(retryAfter !== undefined && { "retry-after": retryAfter }) };
}

/** Breaks off an answer: RST_STREAM for HTTP/2, the end of the socket for HTTP/1.1. */
function abortOf(response: Http2ServerResponse): () => void {
  // With allowHTTP1 both classes come; those of HTTP/1.1 have no stream.
  const stream = response.stream as typeof response.stream | undefined;
  return () => void (stream === undefined ? response.socket.destroy() : stream.close(2));
}

function isGone(response: Http2ServerResponse): boolean {
  const stream = response.stream as typeof response.stream | undefined; // as above
  return stream === undefined ? response.socket.destroyed : stream.destroyed;
}

function answerWith(response: Http2ServerResponse, { status, headers = {}, body = "" }: AnswerFault): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": typeof body === "string" ? "text/plain" : "application/json", ...headers });
  response.end(text);
}

async function readAll(from: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of from) pieces.push(piece);
  return Buffer.concat(pieces);
}
