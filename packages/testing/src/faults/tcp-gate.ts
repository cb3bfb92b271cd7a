import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/**
 * What becomes of new connections. `refuse`: nobody listens. `garble`: rubbish is answered instead of TLS. `alert`: TLS says that it cannot agree. `drop`: closed at
 * once. `silent`: accepted, and nothing is ever said.
 */
export type GateMode = "pass" | "refuse" | "garble" | "alert" | "drop" | "silent";

const GARBAGE = "HTTP/1.1 400 Bad Request\r\n\r\nThis is no TLS.";
/** A fatal `handshake_failure` (RFC 8446, section 6). */
const ALERT = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);

/**
 * Carries connections on loopback to another port of loopback, until told to break, stall or refuse them. Knows nothing of what they carry.
 *
 * Once `close` has resolved, no socket is left.
 */
export class TcpGate {
  readonly #target: number;
  readonly #onGone: (farPort: number) => void;
  readonly #pairs = new Set<Pair>();
  /** Of all connections, also those that are carried nowhere. */
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #mode: GateMode = "pass";
  #port = 0;

  /** @param onGone hears of each connection that is carried no more: the port at which it arrived at the target. */
  constructor(target: number, onGone: (farPort: number) => void = () => {}) {
    this.#target = target;
    this.#onGone = onGone;
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
    // One that was reset before it was accepted has closed without telling.
    const ends = Array.from(this.#sockets, (socket) => (socket.closed ? undefined : once(socket, "close")));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, ...ends]);
  }

  #accept(near: Socket): void {
    near.on("error", () => {}); // whoever is at the other end may break off at any moment
    this.#keep(near);
    switch (this.#mode) {
      case "refuse":
      case "drop":
        return void near.destroy(); // refused connections may have been accepted by the kernel before
      case "garble":
        return void near.end(GARBAGE);
      case "alert":
        return void near.end(ALERT);
      case "silent":
        return void near.resume(); // so that its end is seen
      case "pass":
        return this.#carry(near);
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #carry(near: Socket): void {
    const far = connect(this.#target, "127.0.0.1");
    this.#keep(far);
    far.on("error", () => near.destroy());
    far.once("connect", () => {
      const { localPort = 0 } = far;
      near.once("close", () => this.#onGone(localPort));
    });
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
