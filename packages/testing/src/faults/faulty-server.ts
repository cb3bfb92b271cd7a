import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@polykind/core";
import { type GateMode, TcpGate } from "./tcp-gate.ts";
import { WatchPipe } from "./watch-pipe.ts";
import type { Cut, FaultRule, LineFault, SeenRequest, WireFault } from "./wire-fault.ts";

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
}

/** A server that stands before another one and breaks what it carries. Undisturbed until told otherwise. */
export interface FaultyServer extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`; stays the same. */
  readonly url: string;
  /** All requests so far, in order, also those that were answered by a fault. */
  readonly requests: readonly SeenRequest[];
  readonly openWatches: number;
  readonly connections: number;
  /** Adds a rule for requests to come; all that fit a request strike, in the order of their adding. Returns what takes it away. */
  rule(rule: FaultRule): () => void;
  /** Breaks the watches that are open now. */
  disturb(fault: LineFault): void;
  /** Cuts the watches that are open now. */
  cut(how: Cut): void;
  /** What becomes of new connections; `refuse` also resets those that are open. */
  become(mode: GateMode): Promise<void>;
  /** Resets all connections. */
  reset(): void;
  /** Stalls all connections: no byte, no FIN. */
  stall(): void;
  /** GOAWAY(NO_ERROR) on all HTTP/2 connections, as a server does that is about to stop. */
  goAway(): void;
  /** Takes all rules away and lets connections pass again. */
  heal(): Promise<void>;
  /** From now on in front of another server. */
  retarget(target: FaultTarget): void;
  /** From now on with another certificate, for new connections. */
  present(certificate: { readonly cert: string; readonly key: string }): void;
  /** Once resolved, no socket is left. */
  close(): Promise<void>;
}

/** Opens a faulty server on 127.0.0.1, speaking HTTP/2 and HTTP/1.1 over TLS as ALPN decides. */
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
  readonly #http: Http2SecureServer;
  readonly #random: Random;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<WatchPipe>();
  readonly #agent = new Agent({ keepAlive: false, maxSockets: Infinity });
  readonly requests: SeenRequest[] = [];
  #strikes: Strike[] = [];
  #target: FaultTarget;
  #gate: TcpGate | undefined;

  constructor({ target, certificate, random = () => 1 }: FaultyServerOptions) {
    this.#target = target;
    this.#random = random;
    this.#http = createSecureServer({ allowHTTP1: true, ...certificate, settings: { maxConcurrentStreams: 100 } });
    this.#http.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#http.on("session", (session) => {
      this.#sessions.add(session);
      session.on("error", () => {}); // its client went, or we broke it
      session.once("close", () => this.#sessions.delete(session));
    });
    for (const event of ["sessionError", "tlsClientError", "clientError"]) this.#http.on(event, () => {});
    this.#http.on("request", (request, response) => void this.#answer(request, response).catch(() => abortOf(response)()));
  }

  async open(): Promise<void> {
    this.#http.listen(0, "127.0.0.1");
    await once(this.#http, "listening");
    const address = this.#http.address();
    this.#gate = new TcpGate(typeof address === "object" && address !== null ? address.port : 0);
    await this.#gate.become("pass");
  }

  get url(): string {
    return `https://127.0.0.1:${this.#gate?.port ?? 0}`;
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  get connections(): number {
    return this.#gate?.connections ?? 0;
  }

  rule(rule: FaultRule): () => void {
    const strike = { rule, left: rule.times ?? Infinity };
    this.#strikes.push(strike);
    return () => {
      this.#strikes = this.#strikes.filter((each) => each !== strike);
    };
  }

  disturb(fault: LineFault): void {
    for (const watch of this.#watches) watch.disturb(fault);
  }

  cut(how: Cut): void {
    for (const watch of this.#watches) watch.cut(how);
  }

  async become(mode: GateMode): Promise<void> {
    await this.#gate?.become(mode);
  }

  reset(): void {
    this.#gate?.reset();
  }

  stall(): void {
    this.#watches.clear(); // their ends would not be seen
    this.#gate?.stall();
  }

  goAway(): void {
    for (const session of this.#sessions) session.goaway();
  }

  async heal(): Promise<void> {
    this.#strikes = [];
    await this.become("pass");
  }

  retarget(target: FaultTarget): void {
    this.#target = target;
  }

  present(certificate: { readonly cert: string; readonly key: string }): void {
    this.#http.setSecureContext(certificate);
  }

  async close(): Promise<void> {
    await this.#gate?.close();
    const closed = once(this.#http, "close");
    this.#http.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const session of this.#sessions) session.destroy();
    this.#agent.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const body = await readAll(request);
    const seen = seenOf(request);
    this.requests.push(seen);
    const faults = this.#faultsOf(seen);
    for (const fault of faults) {
      if (fault.is === "late") await sleep(fault.byMs);
      if (fault.is === "query") fault.change(seen.query);
      if (fault.is === "reset") return this.#gate?.reset(request.socket.remotePort);
      if (fault.is === "answer") return answerWith(response, fault);
    }
    await this.#forward({ request, response, seen, body, faults });
  }

  #faultsOf(seen: SeenRequest): readonly WireFault[] {
    const striking = this.#strikes.filter(
      ({ rule, left }) => left > 0 && (rule.when?.(seen) ?? true) && (rule.chance === undefined || this.#random() < rule.chance),
    );
    for (const strike of striking) strike.left -= 1;
    return striking.map(({ rule }) => rule.fault);
  }

  async #forward({ request, response, seen, body, faults }: Forwarded): Promise<void> {
    const answer = await this.#ask(request, response, seen, body);
    if (answer === undefined) return;
    const status = answer.statusCode ?? 502;
    if (seen.verb === "watch" && status === 200) return this.#carryWatch(answer, { request, response, faults });
    let bytes = await readAll(answer);
    for (const fault of faults) if (fault.is === "body") bytes = fault.map(bytes);
    const split = faults.find((fault) => fault.is === "split");
    response.writeHead(status, headersOf(answer));
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

  #carryWatch(answer: IncomingMessage, { request, response, faults }: Pick<Forwarded, "request" | "response" | "faults">): void {
    const farPort = request.socket.remotePort;
    const pipe = new WatchPipe({
      write: (bytes) => void response.write(bytes),
      end: () => response.end(),
      abort: abortOf(response),
      resetConnection: () => this.#gate?.reset(farPort),
      stallConnection: () => {
        this.#watches.delete(pipe); // its end would not be seen
        this.#gate?.stall(farPort);
      },
    });
    this.#watches.add(pipe);
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

function answerWith(
  response: Http2ServerResponse,
  { status, headers = {}, body = "" }: Extract<WireFault, { readonly is: "answer" }>,
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": typeof body === "string" ? "text/plain" : "application/json", ...headers });
  response.end(text);
}

function seenOf({ method, url, headers }: Http2ServerRequest): SeenRequest {
  const { pathname: path, searchParams: query } = new URL(url, "https://127.0.0.1");
  const isWatch = ["1", "true"].includes(query.get("watch") ?? "");
  const isNamed = NAMED.test(path);
  const read = isWatch ? "watch" : isNamed ? "get" : "list";
  return {
    at: performance.now(),
    verb: method === "GET" ? read : "write",
    method,
    path,
    query,
    authorization: headers.authorization ?? "",
  };
}

/** Paths of one object, and those that are of no resource. */
const NAMED =
  /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/)?[^/]+\/[^/]+$|^\/(?:version|api(?:\/v1)?|apis(?:\/[^/]+){0,2})$/;

async function readAll(from: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of from) pieces.push(piece);
  return Buffer.concat(pieces);
}
