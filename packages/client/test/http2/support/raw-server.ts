import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { FrameReader } from "../../../src/http2/frame-reader.ts";
import { Flag, Frame, type FrameHead, frameOf, PREFACE, settingsOf } from "../../../src/http2/frames.ts";

/** A frame of ours, as the server saw it. */
export interface Seen {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A server that sends what a test writes, byte for byte; it takes one connection. */
export class RawServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #connected = Promise.withResolvers<Socket>();
  readonly #waiting = new Set<() => void>();
  readonly seen: Seen[] = [];
  isClosed = false;

  static async start(): Promise<RawServer> {
    const server = new RawServer();
    await new Promise<void>((resolve) => {
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#take(socket));
  }

  #take(socket: Socket): void {
    let body: { readonly stream: number; readonly pieces: Buffer[] } | undefined;
    const see = (seen: Seen): void => {
      this.seen.push(seen);
      for (const look of this.#waiting) look();
    };
    const reader = new FrameReader({
      bodyBegins: (stream) => (body = { stream, pieces: [] }),
      body: (piece) => body?.pieces.push(Buffer.from(piece)),
      bodyEnds: (stream, isLast) =>
        see({ type: Frame.data, flags: isLast ? Flag.endStream : 0, stream, payload: Buffer.concat(body?.pieces ?? []) }),
      frame: (head, payload) => see({ ...head, payload: Buffer.from(payload) }),
    });
    let skip = PREFACE.length;
    socket.on("data", (bytes) => {
      const from = Math.min(skip, bytes.length);
      skip -= from;
      reader.push(bytes.subarray(from));
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
      for (const look of this.#waiting) look();
    });
    this.#connected.resolve(socket);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on a port
  }

  get socket(): Promise<Socket> {
    return this.#connected.promise;
  }

  async send(...frames: readonly (readonly [head: FrameHead, payload: Uint8Array])[]): Promise<void> {
    await this.write(Buffer.concat(frames.map(([head, payload]) => frameOf(head, payload))));
  }

  async write(bytes: Uint8Array): Promise<void> {
    (await this.socket).write(bytes);
  }

  /** Its first frame. */
  settings(values: readonly (readonly [setting: number, value: number])[] = []): Promise<void> {
    return this.send([{ type: Frame.settings }, settingsOf(values)]);
  }

  /** The first frame of this type and, if it is named, this stream, that has come or comes; rejects when the connection closes before. */
  async frame(type: number, stream?: number): Promise<Seen> {
    for (;;) {
      const found = this.seen.find((seen) => seen.type === type && (stream === undefined || seen.stream === stream));
      if (found !== undefined) return found;
      if (this.isClosed) throw new Error(`no frame of type ${type} came`);
      await this.next();
    }
  }

  /** The next frame, or the end of the connection. */
  async next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#connected.promise.then(
      (socket) => socket.destroy(),
      () => {},
    ); // it cannot fail
    await closed;
  }
}
