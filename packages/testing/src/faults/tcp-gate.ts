import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** What becomes of new connections. `refuse`: nobody listens. `garble`: rubbish is answered instead of TLS. `drop`: closed at once. */
export type GateMode = "pass" | "refuse" | "garble" | "drop";

/**
 * Carries connections on loopback to another port of loopback, until told to break, stall or refuse them. Knows nothing of what they carry.
 *
 * Once `close` has resolved, no socket is left.
 */
export class TcpGate {
  readonly #target: number;
  readonly #pairs = new Set<Pair>();
  /** Of all connections, also those that are carried nowhere. */
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #mode: GateMode = "pass";
  #port = 0;

  constructor(target: number) {
    this.#target = target;
  }

  /** The same for its whole life, also after it has refused for a while. */
  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Connections that are there stay as they are, unless the mode is `refuse`, which resets them. */
  async become(mode: GateMode): Promise<void> {
    this.#mode = mode;
    if (mode === "refuse") await this.#unlisten();
    else await this.#listen();
  }

  /** Resets connections; with `farPort`, only that which arrives at the target from this port. */
  reset(farPort?: number): void {
    for (const { near, far } of this.#chosen(farPort)) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  /** Carries no byte more, either way, and closes nothing. */
  stall(farPort?: number): void {
    for (const { near, far } of this.#chosen(farPort)) {
      near.unpipe(far);
      far.unpipe(near);
      near.pause();
      far.pause();
    }
  }

  async close(): Promise<void> {
    await this.#unlisten();
  }

  #chosen(farPort: number | undefined): readonly Pair[] {
    return [...this.#pairs].filter(({ far }) => farPort === undefined || far.localPort === farPort);
  }

  async #listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((near) => this.#accept(near));
    this.#server = server;
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
  }

  async #unlisten(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server === undefined ? undefined : once(server, "close");
    server?.close();
    this.reset();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(near: Socket): void {
    near.on("error", () => {}); // whoever is at the other end may break off at any moment
    this.#sockets.add(near);
    near.once("close", () => this.#sockets.delete(near));
    if (this.#mode === "drop") return void near.destroy();
    if (this.#mode === "garble") return void near.end("HTTP/1.1 400 Bad Request\r\n\r\nThis is no TLS.");
    const far = connect(this.#target, "127.0.0.1");
    far.on("error", () => near.destroy());
    const pair = { near, far };
    this.#pairs.add(pair);
    near.setNoDelay(true).pipe(far);
    far.setNoDelay(true).pipe(near);
    near.once("close", () => {
      this.#pairs.delete(pair);
      far.destroy();
    });
    far.once("close", () => near.destroySoon());
  }
}
