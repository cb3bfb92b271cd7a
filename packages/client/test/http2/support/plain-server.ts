import { createServer, type ServerHttp2Session, type ServerHttp2Stream, type ServerOptions, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo, Socket } from "node:net";

/** Node's own HTTP/2 server, which is nghttp2, without TLS. */
export class PlainServer implements AsyncDisposable {
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();
  readonly sessions: ServerHttp2Session[] = [];
  /** Errors of sessions: what nghttp2 does not take of us. */
  readonly complaints: Error[] = [];
  script: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: string[]) => unknown = (stream) => {
    stream.respond({ ":status": 200 }, { endStream: true });
  };

  static async start(options: ServerOptions = {}): Promise<PlainServer> {
    const server = new PlainServer(options);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  private constructor(options: ServerOptions) {
    this.#server = createServer(options);
    this.#server.on("stream", (stream, headers, _, raw) => {
      stream.on("error", () => {});
      void this.script(stream, headers, raw);
    });
    this.#server.on("connection", (socket: Socket) => void this.#sockets.add(socket.on("error", () => {})));
    this.#server.on("session", (session) => {
      this.sessions.push(session);
      session.on("error", (error) => this.complaints.push(error));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on a port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
