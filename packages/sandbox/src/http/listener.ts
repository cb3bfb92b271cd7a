import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { Socket } from "node:net";
import { messageOf, PolykindError } from "@polykind/core";
import type { Certificates } from "./certificates.ts";
import type { Exchange } from "./exchange.ts";

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly certificates: Certificates;
  answer(exchange: Exchange): Promise<void>;
}

/** The streams that one connection may have open, as kube-apiserver's default is. */
const MAX_CONCURRENT_STREAMS = 100;

/**
 * A TLS server that speaks HTTP/2 and HTTP/1.1, as ALPN decides.
 *
 * Once `close` has resolved, no connection and no listener is left.
 */
export class Listener {
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Http2SecureServer) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    // A client may break off at any moment: that ends its connection and is no error of ours.
    server.on("sessionError", () => {});
    server.on("clientError", (_: Error, socket: Socket) => socket.destroy());
    server.on("tlsClientError", (_: Error, socket: Socket) => socket.destroy());
  }

  static async open({ host, port, certificates, ...front }: ListenOptions): Promise<Listener> {
    const server = createSecureServer({
      allowHTTP1: true,
      key: certificates.key,
      cert: certificates.certificate,
      settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS },
    });
    const listener = new Listener(server);
    // With allowHTTP1 both classes come; those of HTTP/2 have all that is used of the others.
    server.on(
      "request",
      (request, response) =>
        void front.answer({ request: request as unknown as IncomingMessage, response: response as unknown as ServerResponse }),
    );
    server.listen(port, host);
    try {
      await once(server, "listening");
    } catch (cause) {
      throw new PolykindError("CONFIG_INVALID", `cannot listen on ${host}:${port}: ${whyDeaf(cause)}`, { cause, facts: { host, port } });
    }
    return listener;
  }

  /** The port that is listened on. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** In plain words where the system has only a code. */
function whyDeaf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE")
    return "the port is taken, perhaps by another sandbox; choose one with --sandbox-port PORT, or 0 for any that is free";
  return code === "EACCES" ? "this user may not listen there; choose a port from 1024 on" : messageOf(cause);
}
