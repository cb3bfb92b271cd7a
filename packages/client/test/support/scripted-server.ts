import { createServer as createHttp, type Server as HttpServer } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { type ClientOptions, type Credentials, openClient } from "@polykind/client";
import type { Client } from "@polykind/client";
import { composeCredentials } from "../../src/credentials/compose.ts";
import { fixedProof } from "../../src/credentials/proofs.ts";
import type { ProofSource } from "../../src/credentials/types.ts";
import type { WatchedFile } from "../../src/credentials/watched-file.ts";
import { type KeyPair, makeCertificate } from "./certificate.ts";

/** One request as a script sees it; alike over HTTP/2 and HTTP/1.1. */
export type Request = Http2ServerRequest;
export type Response = Http2ServerResponse;
export type Script = (request: Request, response: Response) => unknown;

export interface ServerOptions {
  /** `h2` also takes HTTP/1.1, by ALPN. Default: `h2`. */
  readonly protocol?: "h2" | "h1" | "plain";
  readonly certificate?: KeyPair;
  readonly maxConcurrentStreams?: number;
}

const certificate = makeCertificate();

/** An API server that does what a test says, on 127.0.0.1. */
export class ScriptedServer implements AsyncDisposable {
  readonly #server: Http2SecureServer | HttpServer;
  readonly #protocol: string;
  readonly sockets: Set<Socket> = new Set();
  readonly sessions: Set<ServerHttp2Session> = new Set();
  /** Connections that have ever been made. */
  connections = 0;
  /** `METHOD path` of every request, in order. */
  readonly seen: string[] = [];
  readonly headers: Record<string, unknown>[] = [];
  /** Streams that are open now. */
  open = 0;
  /** What to do with a request. */
  script: Script = (_, response) => json(response, 404, { kind: "Status", apiVersion: "v1", status: "Failure", code: 404, details: {} });
  readonly certificate: KeyPair;

  static async start(options: ServerOptions = {}): Promise<ScriptedServer> {
    const pair = options.certificate ?? certificate;
    const server = new ScriptedServer(options, pair);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  private constructor({ protocol = "h2", maxConcurrentStreams = 100 }: ServerOptions, pair: KeyPair) {
    this.certificate = pair;
    this.#protocol = protocol;
    const answer = (request: Request, response: Response): void => this.#answer(request, response);
    if (protocol === "h2") {
      this.#server = createSecureServer({ ...pair, allowHTTP1: true, settings: { maxConcurrentStreams } }, answer);
    } else {
      const listener = answer as never; // the parts that scripts use are alike
      this.#server = protocol === "h1" ? createHttps(pair, listener) : createHttp(listener);
    }
    this.#server.on("sessionError", () => {});
    this.#server.on("session", (session: ServerHttp2Session) => {
      this.sessions.add(session);
      session.on("error", () => {});
      session.on("close", () => this.sessions.delete(session));
    });
    this.#server.on("connection", (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  #answer(request: Request, response: Response): void {
    this.seen.push(`${request.method} ${request.url}`);
    this.headers.push(request.headers);
    this.open += 1;
    response.on("error", () => {});
    request.on("error", () => {});
    response.on("close", () => (this.open -= 1));
    void this.script(request, response);
  }

  get url(): URL {
    const { port } = this.#server.address() as AddressInfo;
    return new URL(`${this.#protocol === "plain" ? "http" : "https"}://127.0.0.1:${port}`);
  }

  credentials(
    options: { readonly proof?: ProofSource; readonly ca?: Buffer | WatchedFile; readonly path?: string; readonly proxy?: URL } = {},
  ): Credentials {
    return composeCredentials({
      server: new URL(options.path ?? "/", this.url),
      proxy: options.proxy,
      source: "a test",
      namespace: undefined,
      headers: {},
      proof: options.proof ?? fixedProof({}),
      ca: options.ca ?? Buffer.from(this.certificate.ca),
      servername: undefined,
      isInsecure: false,
    });
  }

  client(options: Partial<ClientOptions> = {}): Client {
    return openClient({ credentials: this.credentials(), random: () => 0.5, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.destroy();
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

export function json(response: Response, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** The head of a watch, and whether it was flushed. */
export function startWatch(response: Response): void {
  response.writeHead(200, { "content-type": "application/json" });
  // Over HTTP/1.1 the head waits for the first byte unless it is flushed.
  (response as { flushHeaders?(): void }).flushHeaders?.();
}

/** Waits for what the other side will have done soon; 5 s at most. */
export async function eventually(why: string, condition: () => boolean): Promise<void> {
  for (const endAt = performance.now() + 5_000; !condition(); ) {
    if (performance.now() > endAt) throw new Error(`did not come about: ${why}`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
