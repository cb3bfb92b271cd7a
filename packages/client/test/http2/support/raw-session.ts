import { once } from "node:events";
import { connect } from "node:net";
import { Stop } from "@polykind/core";
import { ManualClock } from "@polykind/testing";
import { encodeFields } from "../../../src/http2/field-encoder.ts";
import { Flag, Frame, type FrameHead } from "../../../src/http2/frames.ts";
import { SocketBytes } from "../../../src/http2/socket-bytes.ts";
import type { Answer, BodySink, WireRequest } from "../../../src/transport/exchange.ts";
import type { ExchangeError } from "../../../src/transport/failure.ts";
import { RequestEncoder } from "../../../src/transport/request-encoder.ts";
import { Session, type SessionOptions } from "../../../src/transport/session.ts";
import { eventually } from "../../support/scripted-server.ts";
import { RawServer } from "./raw-server.ts";

/** A request of no interest. */
export const REQUEST: WireRequest = { method: "GET", path: "/", headers: {} };

/** What the body of one answer brought. */
export class ReadBody implements BodySink {
  bytes = 0;
  readonly ends: (ExchangeError | undefined)[] = [];
  readonly #ended = Promise.withResolvers<ExchangeError | undefined>();

  /** Why it ended. */
  get whenEnded(): Promise<ExchangeError | undefined> {
    return this.#ended.promise;
  }

  static of(answer: Answer): ReadBody {
    const body = new ReadBody();
    answer.read(body);
    return body;
  }

  piece(bytes: Buffer): void {
    this.bytes += bytes.length;
  }

  ended(failure: ExchangeError | undefined): void {
    this.ends.push(failure);
    this.#ended.resolve(failure);
  }
}

/** A session of ours, on a clock that the test moves, with a server that the test writes byte for byte. */
export class RawSession implements AsyncDisposable {
  readonly server: RawServer;
  readonly clock: ManualClock;
  readonly session: Session;
  #asked = 0;

  static async open(options: Partial<SessionOptions> = {}): Promise<RawSession> {
    const opening = await RawSession.opening(options);
    await opening.server.settings();
    return new RawSession(opening, await opening.opened);
  }

  /** Before the server has said anything. */
  static async opening(options: Partial<SessionOptions> = {}) {
    const [server, clock, bytes] = [await RawServer.start(), new ManualClock(), new SocketBytes()];
    const socket = connect({ host: "127.0.0.1", port: server.port, noDelay: true, onread: bytes.onread });
    await once(socket, "connect");
    const opened = Session.open(socket, {
      tls: { rejectUnauthorized: false },
      bytes,
      signal: new AbortController().signal,
      openWithinMs: 10_000,
      encoder: new RequestEncoder("localhost"),
      clock,
      random: () => 0.5,
      pingEveryMs: 30_000,
      pingWithinMs: 15_000,
      moveWithinMs: 5_000,
      idleMs: 60_000,
      onRetired: () => {},
      onClosed: () => {},
      ...options,
    });
    return { server, clock, opened };
  }

  private constructor({ server, clock }: { readonly server: RawServer; readonly clock: ManualClock }, session: Session) {
    this.server = server;
    this.clock = clock;
    this.session = session;
  }

  /** Opens a stream of this id, which the server answers with a head of these fields. */
  async answer(stream: number, fields: readonly string[] = [], request: WireRequest = REQUEST): Promise<Answer> {
    const answer = this.session.exchange(request, new Stop());
    await this.server.frame(Frame.headers, stream);
    await this.server.send(headOf(stream, fields));
    return await answer;
  }

  /** Resolves when the session has taken all that the server sent. */
  async taken(): Promise<void> {
    this.#asked += 1;
    await this.server.send([{ type: Frame.ping }, Buffer.alloc(8)]);
    await eventually("the session has taken all", () => this.server.seen.filter(isAnswer).length >= this.#asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await this.server[Symbol.asyncDispose]();
  }
}

/** The head of an answer. */
export function headOf(stream: number, fields: readonly string[] = [], flags = 0): readonly [FrameHead, Uint8Array] {
  const status = fields.includes(":status") ? [] : [":status", "200"];
  return [{ type: Frame.headers, flags: Flag.endHeaders | flags, stream }, encodeFields([...status, ...fields])];
}

function isAnswer({ type, flags }: { readonly type: number; readonly flags: number }): boolean {
  return type === Frame.ping && (flags & Flag.ack) !== 0;
}
