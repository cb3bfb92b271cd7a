import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type NoticeSource, PolykindError } from "@polykind/core";
import type { Metrics } from "@polykind/telemetry";
import type { KindExplanation } from "./kind/explain.ts";
import type { Lookup } from "./kind/explain-lookup.ts";
import type { KindReport } from "./kind/report.ts";
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
  /** Default: 127.0.0.1. Anything that is no loopback address shows the kinds to whoever can reach it. */
  readonly host?: string;
  /** Default: 0, any that is free. */
  readonly port?: number;
  readonly metrics: Metrics;
  readonly shown: Shown;
}

/** One line of `/v1/kinds?watch=true`: what is such as it is said from now on. The first line tells all kinds. */
export interface KindsLine {
  readonly kinds: readonly KindReport[];
  /** Names of CRDs whose kinds are no more. */
  readonly gone: readonly string[];
}

/** What `/v1/kinds/NAME` answers when no kind, or more than one, has that name: with status 404, or 409. */
export type KindRefusal = Exclude<Lookup<KindExplanation>, { readonly type: "found" }>;

/**
 * Shows over HTTP what the manager knows: `/healthz`, `/readyz`, `/metrics`, `/v1/manager`, `/v1/kinds` (with `?watch=true` a stream of lines), `/v1/kinds/NAME`. It
 * changes nothing, and it answers only requests that name a loopback host or the one it listens on, so that no web page can read it.
 */
export class Endpoint implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: EndpointOptions;
  readonly #watches = new Set<ServerResponse>();

  private constructor(options: EndpointOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /**
   * Listens.
   *
   * @throws PolykindError `CONFIG_INVALID` when the address is taken or cannot be listened on.
   */
  static async open(options: EndpointOptions): Promise<Endpoint> {
    const endpoint = new Endpoint(options);
    const { host = "127.0.0.1", port = 0 } = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    endpoint.#server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(host, port, cause)));
    endpoint.#server.listen(port, host, resolve);
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
    for (const response of this.#watches) response.end();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { shown, metrics } = this.#options;
    if (!this.#isForUs(request)) return answer(response, 403, "text/plain", "this endpoint answers only to its own address\n");
    if (request.method !== "GET") return answer(response, 405, "text/plain", "this endpoint only reads\n");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    switch (pathname) {
      case "/healthz":
        return answer(response, 200, "text/plain", "ok\n");
      case "/readyz":
        return shown.isReady
          ? answer(response, 200, "text/plain", "ok\n")
          : answer(response, 503, "text/plain", "the CRDs have not been listed yet\n");
      case "/metrics":
        void metrics.text().then((text) => answer(response, 200, "text/plain; version=0.0.4", text)); // The response is its result.
        return;
      case "/v1/manager":
        return answer(response, 200, "application/json", JSON.stringify(shown.report()));
      case "/v1/kinds":
        return searchParams.get("watch") === "true"
          ? this.#watch(response)
          : answer(response, 200, "application/json", JSON.stringify({ kinds: shown.kinds() }));
      default:
        return pathname.startsWith(KIND_PATH)
          ? this.#explain(pathname.slice(KIND_PATH.length), response)
          : answer(response, 404, "text/plain", "there is /healthz, /readyz, /metrics, /v1/manager, /v1/kinds and /v1/kinds/NAME\n");
    }
  }

  #explain(segment: string, response: ServerResponse): void {
    const lookup = this.#options.shown.explain(decoded(segment));
    const status = { found: 200, unknown: 404, ambiguous: 409 }[lookup.type];
    answer(response, status, "application/json", JSON.stringify(lookup.type === "found" ? lookup.found : lookup));
  }

  #isForUs({ headers }: IncomingMessage): boolean {
    const { hostname } = new URL(`http://${headers.host ?? ""}`, "http://invalid");
    return LOOPBACK.test(hostname) || hostname === this.#options.host;
  }

  #watch(response: ServerResponse): void {
    const { shown } = this.#options;
    const write = (line: KindsLine): void => void response.write(`${JSON.stringify(line)}\n`);
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    write({ kinds: shown.kinds(), gone: [] });
    const end = shown.notices.on("changed", ({ kinds, gone }) => write({ kinds, gone }));
    this.#watches.add(response);
    response.on("close", () => {
      end();
      this.#watches.delete(response);
    });
  }
}

const KIND_PATH = "/v1/kinds/";
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

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
