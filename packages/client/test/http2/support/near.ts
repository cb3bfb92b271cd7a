import { connect, type Socket } from "node:net";
import { Connection } from "../../../src/http2/connection.ts";
import { encodeFields } from "../../../src/http2/field-encoder.ts";
import type { Field } from "../../../src/http2/static-table.ts";
import { SocketBytes } from "../../../src/http2/socket-bytes.ts";
import type { Stream, StreamEnd, StreamSink } from "../../../src/http2/stream.ts";
import { pairsOf } from "./pairs.ts";

/** What one stream was told. */
export class Told implements StreamSink {
  readonly heads: ReturnType<typeof pairsOf>[] = [];
  readonly ends: StreamEnd[] = [];
  bytes = 0;
  readonly #pieces: Buffer[] = [];
  readonly #ended = Promise.withResolvers<StreamEnd>();
  stream: Stream | undefined;
  onHead: () => void = () => {};
  onPiece: (piece: Buffer) => void = (piece) => void this.#pieces.push(Buffer.from(piece));

  get body(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get status(): string | undefined {
    return this.heads[0]?.find(([name]) => name === ":status")?.[1];
  }

  get whenEnded(): Promise<StreamEnd> {
    return this.#ended.promise;
  }

  head(fields: readonly Field[]): void {
    this.heads.push(pairsOf(fields));
    this.onHead();
  }

  piece(bytes: Buffer): void {
    this.bytes += bytes.length;
    this.onPiece(bytes);
  }

  ended(end: StreamEnd): void {
    this.ends.push(end);
    this.#ended.resolve(end);
  }
}

/** A connection of ours to a port of this machine, in plain text. */
export class Near implements AsyncDisposable {
  readonly connection: Connection;
  readonly socket: Socket;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<Error | undefined>();
  /** What the owner was told, in order. */
  readonly told: string[] = [];

  /** Resolves when the server has told its limits. */
  static async to(port: number): Promise<Near> {
    const near = await Near.before(port);
    await near.ready;
    return near;
  }

  /** Resolves before the server has said anything. */
  static async before(port: number): Promise<Near> {
    const bytes = new SocketBytes();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: bytes.onread }, resolve).once("error", reject);
    await promise;
    return new Near(socket, bytes);
  }

  private constructor(socket: Socket, bytes: SocketBytes) {
    this.socket = socket;
    this.connection = new Connection(socket, bytes, {
      ready: () => {
        this.told.push("ready");
        this.#ready.resolve();
      },
      goaway: () => void this.told.push("goaway"),
      closed: (failure) => {
        this.told.push("closed");
        this.#closed.resolve(failure);
      },
    });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Why it was closed. */
  get closed(): Promise<Error | undefined> {
    return this.#closed.promise;
  }

  open({
    body,
    fields = [],
    told = new Told(),
  }: {
    readonly body?: Uint8Array;
    readonly fields?: readonly string[];
    readonly told?: Told;
  } = {}): Told {
    const method = body === undefined ? "GET" : "POST";
    const head = [":method", method, ":scheme", "http", ":authority", "localhost", ":path", "/", ...fields];
    told.stream = this.connection.open(encodeFields(head), body, told);
    return told;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.destroy();
    await this.closed;
  }
}
