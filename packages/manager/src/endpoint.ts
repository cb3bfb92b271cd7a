import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf, type NoticeSource, PolykindError } from "@polykind/core";
import { type Log, type Metrics, silentLog } from "@polykind/telemetry";
import { hostOf, isAnswered } from "./endpoint-host.ts";
import type { KindExplanation } from "./kind/explain.ts";
import type { Lookup } from "./kind/explain-lookup.ts";
import type { KindReport } from "./kind/report.ts";
import { KindsStream } from "./kinds-stream.ts";
import type { ManagerNotices, ManagerReport } from "./manager.ts";

/** What the endpoint shows. */
export interface Shown {
  readonly notices: NoticeSource<ManagerNotices>;
  readonly isReady: boolean;
  report(): ManagerReport;
  kinds(): readonly KindReport[];
  explain(query: string): Lookup<KindExplanation>;
}

/** Where to listen. */
export interface EndpointOptions {
  /** Default: 127.0.0.1. Anything that is no loopback address shows the kinds to whoever can reach it; the probes of a pod need 0.0.0.0 or ::. */
  readonly host?: string;
  /** Default: 0, any that is free. */
  readonly port?: number;
  readonly metrics: Metrics;
  readonly shown: Shown;
  /** Told of requests that could not be answered. Default: silent. */
  readonly log?: Log;
}

/** What `/v1/kinds/NAME` answers when no kind, or more than one, has that name: with status 404, or 409. */
export type KindRefusal = Exclude<Lookup<KindExplanation>, { readonly type: "found" }>;

/**
 * Shows over HTTP what the manager knows: `/healthz`, `/readyz`, `/metrics`, `/v1/manager`, `/v1/kinds` (with `?watch=true` a stream of lines), `/v1/kinds/NAME`. It
 * changes nothing, and it answers only requests for an IP address, for `localhost` or for the name that it listens on, so that no web page can read it.
 *
 * Guarantees: no request ends the process, whatever is in it. What cannot be answered is answered with 500 and logged.
 */
export class Endpoint implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: EndpointOptions;
  readonly #log: Log;
  /** What ends each stream. */
  readonly #streams = new Set<() => void>();

  private constructor(options: EndpointOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  /**
   * Listens.
   *
   * @throws PolykindError `CONFIG_INVALID` when the address is taken or cannot be listened on.
   */
  static async open(options: EndpointOptions): Promise<Endpoint> {
    const endpoint = new Endpoint(options);
    const server = endpoint.#server;
    const { host = "127.0.0.1", port = 0 } = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Later ones are of single connections, such as that no more files may be open.
    server.on("error", (cause: NodeJS.ErrnoException) => {
      if (server.listening) endpoint.#log.warn("the endpoint cannot take a connection", { cause: messageOf(cause) });
      reject(listenError(host, port, cause));
    });
    server.listen(port, host, resolve);
    await promise;
    return endpoint;
  }

  /** Its address, such as `http://127.0.0.1:8377`. */
  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo; // It listens on a port, not on a path.
    return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  }

  /** Ends the streams and stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#streams) end();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    try {
      this.#answer(request, response);
    } catch (cause) {
      this.#fail(request, response, cause);
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const host = hostOf(request.headers.host);
    const target = request.url ?? "";
    if (host === undefined) return answer(response, 400, TEXT, "the request must have a header Host with a name or an address\n");
    if (!isAnswered(host, this.#options.host))
      return answer(response, 403, TEXT, "this endpoint answers to IP addresses, to localhost and to the name it listens on\n");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return answer(response, 405, TEXT, "this endpoint only reads\n");
    }
    if (!URL.canParse(target, BASE)) return answer(response, 400, TEXT, "the request must ask for a path, such as /v1/kinds\n");
    this.#show(new URL(target, BASE), request, response);
  }

  #show({ pathname, searchParams }: URL, request: IncomingMessage, response: ServerResponse): void {
    const { shown } = this.#options;
    switch (pathname) {
      case "/healthz":
        return answer(response, 200, TEXT, "ok\n");
      case "/readyz":
        return shown.isReady ? answer(response, 200, TEXT, "ok\n") : answer(response, 503, TEXT, "the CRDs have not been listed yet\n");
      case "/metrics":
        void this.#measure(request, response); // The response is its result.
        return;
      case "/v1/manager":
        return answer(response, 200, JSON_TYPE, JSON.stringify(shown.report()));
      case "/v1/kinds":
        return searchParams.get("watch") === "true"
          ? this.#watch(request, response)
          : answer(response, 200, JSON_TYPE, JSON.stringify({ kinds: shown.kinds() }));
      default:
        return pathname.startsWith(KIND_PATH)
          ? this.#explain(pathname.slice(KIND_PATH.length), response)
          : answer(response, 404, TEXT, "there is /healthz, /readyz, /metrics, /v1/manager, /v1/kinds and /v1/kinds/NAME\n");
    }
  }

  async #measure(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      answer(response, 200, "text/plain; version=0.0.4", await this.#options.metrics.text());
    } catch (cause) {
      this.#fail(request, response, cause);
    }
  }

  #explain(segment: string, response: ServerResponse): void {
    const lookup = this.#options.shown.explain(decoded(segment));
    const status = { found: 200, unknown: 404, ambiguous: 409 }[lookup.type];
    answer(response, status, JSON_TYPE, JSON.stringify(lookup.type === "found" ? lookup.found : lookup));
  }

  #watch(request: IncomingMessage, response: ServerResponse): void {
    const { shown } = this.#options;
    const kinds = shown.kinds();
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    if (request.method === "HEAD") return void response.end();
    const stream = new KindsStream(response, (cause) => this.#fail(request, response, cause));
    const unlisten = shown.notices.on("changed", (line) => stream.tell(line));
    const end = (): void => {
      unlisten();
      this.#streams.delete(end);
      response.end();
    };
    this.#streams.add(end);
    response.on("close", end);
    stream.tell({ kinds, gone: [] });
  }

  /** Whoever asked learns that it is no fault of theirs; a stream that has begun can only break off. */
  #fail(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
    this.#log.error("cannot answer a request", { path: request.url, cause: messageOf(cause) });
    if (response.headersSent) response.destroy();
    else answer(response, 500, TEXT, "the request could not be answered; the log says why\n");
  }
}

const KIND_PATH = "/v1/kinds/";
const BASE = "http://localhost";
const TEXT = "text/plain";
const JSON_TYPE = "application/json";

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** What is no escaped text stands for itself. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function listenError(host: string, port: number, cause: NodeJS.ErrnoException): PolykindError {
  const why =
    cause.code === "EADDRINUSE" ? "the port is taken, perhaps by another manager; choose one with --endpoint HOST:PORT" : cause.message;
  return new PolykindError("CONFIG_INVALID", `cannot listen on ${host}:${port}: ${why}`, { cause, facts: { host, port } });
}
