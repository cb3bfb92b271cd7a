import type { Socket } from "node:net";
import { CompressionError, FieldDecoder } from "./field-decoder.ts";
import { EMPTY_TABLE } from "./field-encoder.ts";
import { FieldBlock, isInformationalHead } from "./field-block.ts";
import { FrameReader } from "./frame-reader.ts";
import { ErrorCode, FIRST_WINDOW, Flag, Frame, frameOf, payloadOf, PREFACE, Setting, settingsOf, WINDOW_MAX } from "./frames.ts";
import { PeerSettings } from "./peer-settings.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { SocketBytes } from "./socket-bytes.ts";
import type { Stream, StreamEnd, StreamSink } from "./stream.ts";

/** What one stream may have on its way to us. */
const STREAM_WINDOW = 1 << 20;
/** What all streams may have on their way: it is given back as bytes arrive, so that a paused stream holds up no other. */
const CONNECTION_WINDOW = 1 << 24;
/** A window is given back when so much of it is used. */
const USED_SHARE = 0.5;
const NO_BYTES = new Uint8Array(0);
/** So many acknowledgements may wait for a server that does not read them. */
const ACKNOWLEDGEMENTS_MAX = 10_000;
/** Ids are odd, and of 31 bits. */
const LAST_ID = WINDOW_MAX;

/** What a connection tells its owner. */
export interface ConnectionSink {
  /** The server has told its limits: streams may be opened. Once. */
  ready(): void;
  /** The server takes no new streams on this connection. */
  goaway(): void;
  /** The socket is closed and all streams have ended. Once, and nothing comes after it. `undefined`: in order. */
  closed(failure: Error | undefined): void;
}

/**
 * The client's side of one HTTP/2 connection (RFC 9113), over a socket that has agreed on `h2`.
 *
 * *Guarantees.* Each stream's sink is told one end, also when the connection is lost. The windows bound what waits here: {@link STREAM_WINDOW} for each stream. What breaks the
 * protocol ends the connection with a {@link ProtocolError}, after the server was told why. Frames that are written in one turn of the event loop go out in one piece.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #sink: ConnectionSink;
  readonly #streams = new Map<number, Stream>();
  readonly #reader: FrameReader;
  readonly #fields = new FieldDecoder();
  readonly #block = new FieldBlock();
  readonly #peer = new PeerSettings();
  #outgoing: Uint8Array[] = [];
  #nextId = 1;
  #sendWindow = FIRST_WINDOW;
  #unreturned = 0;
  #received = 0;
  /** Acknowledgements written since the socket had nothing left to send. */
  #acknowledgements = 0;
  /** Whose DATA frame is under way, unless it has ended. */
  #receiving: Stream | undefined;
  #hasSettings = false;
  #hasGoaway = false;
  #isClosing = false;
  #isClosed = false;
  #failure: Error | undefined;
  #pings: ((isAnswered: boolean) => void)[] = [];

  constructor(socket: Socket, bytes: SocketBytes, sink: ConnectionSink) {
    this.#socket = socket;
    this.#sink = sink;
    this.#reader = new FrameReader({
      bodyBegins: (id, size) => this.#beginBody(id, size),
      body: (piece) => this.#receiving?.sink.piece(piece),
      bodyEnds: (id, isLast) => this.#endBody(id, isLast),
      frame: (head, payload) => this.#takeFrame(head, payload),
    });
    socket.on("error", (error) => (this.#failure ??= error));
    // Without an end of its own a socket that is half closed would wait for what is still to be written.
    socket.on("end", () => this.destroy());
    socket.on("close", () => this.#end());
    this.#write(PREFACE);
    const settings = settingsOf([
      [Setting.enablePush, 0],
      [Setting.initialWindowSize, STREAM_WINDOW],
    ]);
    this.#write(frameOf({ type: Frame.settings }, settings));
    this.#write(frameOf({ type: Frame.windowUpdate }, payloadOf(CONNECTION_WINDOW - FIRST_WINDOW)));
    bytes.flowInto((piece) => this.#read(piece));
  }

  /** Why the connection failed, if it did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** How many streams the server takes at a time. */
  get streamsMax(): number {
    return this.#peer.maxConcurrentStreams;
  }

  /** Grows whenever bytes come. */
  get received(): number {
    return this.#received;
  }

  /** How many more streams may be opened now. */
  get room(): number {
    const room = this.#peer.maxConcurrentStreams - this.#streams.size;
    // Most sessions are full, and asked for every stream: what takes longest to tell comes last.
    const isClosed = room <= 0 || this.#isClosing || this.#isClosed || this.#hasGoaway || this.#nextId > LAST_ID || this.#socket.destroyed;
    return isClosed ? 0 : room;
  }

  /**
   * Opens a stream; there must be room.
   *
   * @param block the fields of the request, in HPACK without a table.
   */
  open(block: Buffer, body: Uint8Array | undefined, sink: StreamSink): Stream {
    const { initialWindowSize: sendWindow } = this.#peer;
    const stream: Stream = { id: this.#nextId, sink, hasHead: false, unreturned: 0, isPaused: false, sendWindow, unsent: body };
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    this.#writeHeaders(stream, this.#peer.takeTableLowered() ? Buffer.concat([Buffer.of(EMPTY_TABLE), block]) : block);
    this.#sendBody(stream);
    return stream;
  }

  /** Whether `stream` has not ended. */
  isOpen({ id }: Stream): boolean {
    return this.#streams.has(id);
  }

  /** Ends `stream` for both sides; its sink is told so at once. Harmless when it has ended. `malformed`: since what came of it is no answer. */
  cancel(stream: Stream, how: "cancelled" | "malformed" = "cancelled"): void {
    if (!this.#streams.has(stream.id)) return;
    const code = how === "cancelled" ? ErrorCode.cancel : ErrorCode.protocol;
    this.#write(frameOf({ type: Frame.reset, stream: stream.id }, payloadOf(code)));
    this.#finish(stream, { how });
  }

  /** Gives the server no more of the stream's window, so that at most {@link STREAM_WINDOW} bytes still come. */
  pause(stream: Stream): void {
    stream.isPaused = true;
  }

  resume(stream: Stream): void {
    stream.isPaused = false;
    this.#returnWindow(stream);
  }

  /** Asks the server whether it is there; `answered` is called once, with `false` when the connection ends before. */
  ping(answered: (isAnswered: boolean) => void): void {
    if (this.#isClosed) return answered(false);
    this.#pings.push(answered);
    this.#write(frameOf({ type: Frame.ping }, payloadOf(0, this.#pings.length)));
  }

  /** Says goodbye and closes the socket once all is sent. Streams that are open are lost. */
  close(): void {
    this.#isClosing = true;
    this.#write(frameOf({ type: Frame.goaway }, payloadOf(0, ErrorCode.none)));
    this.#flush();
    this.#socket.destroySoon();
  }

  /**
   * Closes the socket now, once what can be sent at once is sent. A write that failed while another waited behind it never ends in Node's TLS, so nothing here waits for one.
   */
  destroy(cause?: Error): void {
    this.#isClosing = true;
    this.#failure ??= cause;
    this.#flush();
    setImmediate(() => this.#socket.destroy());
  }

  #read(piece: Buffer): void {
    if (this.#isClosed || this.#failure !== undefined) return;
    this.#received += piece.length;
    try {
      this.#reader.push(piece);
    } catch (cause) {
      if (!(cause instanceof ProtocolError) && !(cause instanceof CompressionError)) throw cause;
      const code = cause instanceof ProtocolError ? cause.errorCode : ErrorCode.compression;
      this.#write(frameOf({ type: Frame.goaway }, payloadOf(0, code)));
      this.destroy(cause);
    }
  }

  #takeFrame(
    { type, flags, stream: id }: { readonly type: number; readonly flags: number; readonly stream: number },
    payload: Buffer,
  ): void {
    if (!this.#hasSettings && type !== Frame.settings) throw new ProtocolError(ErrorCode.protocol, "it does not begin with its settings");
    if (this.#block.isOpen && type !== Frame.continuation) throw new ProtocolError(ErrorCode.protocol, "fields are interrupted");
    switch (type) {
      case Frame.headers:
      case Frame.continuation:
        return this.#takeFields({ type, flags, stream: id }, payload);
      case Frame.reset:
        return this.#takeReset(id, payload);
      case Frame.settings:
        checkConnection(id);
        return this.#takeSettings(flags, payload);
      case Frame.promise:
        throw new ProtocolError(ErrorCode.protocol, "it pushes, which was turned off");
      case Frame.ping:
        checkConnection(id);
        return this.#takePing(flags, payload);
      case Frame.goaway:
        checkConnection(id);
        return this.#takeGoaway(payload);
      case Frame.windowUpdate:
        return this.#takeWindow(id, payload);
      default: // PRIORITY, and what is not known, is passed over (section 4.1)
    }
  }

  #takeFields(head: { readonly type: number; readonly flags: number; readonly stream: number }, payload: Buffer): void {
    this.#checkId(head.stream);
    const block = this.#block.take(head, payload);
    if (block === undefined) return;
    // Also of a stream that has ended: both sides' tables must stay the same.
    const fields = this.#fields.decode(block.bytes);
    const stream = this.#streams.get(block.stream);
    if (stream === undefined) return;
    const isInformational = !stream.hasHead && !block.isLast && isInformationalHead(fields);
    if (!stream.hasHead && !isInformational) {
      stream.hasHead = true;
      stream.sink.head(fields);
    }
    // Who was told of the head may have cancelled it.
    if (block.isLast && this.isOpen(stream)) this.#complete(stream);
  }

  #beginBody(id: number, size: number): void {
    if (!this.#hasSettings || this.#block.isOpen) throw new ProtocolError(ErrorCode.protocol, "DATA where there may be none");
    this.#checkId(id);
    this.#unreturned += size;
    if (this.#unreturned > CONNECTION_WINDOW * USED_SHARE) {
      this.#write(frameOf({ type: Frame.windowUpdate }, payloadOf(this.#unreturned)));
      this.#unreturned = 0;
    }
    // What comes of a stream that was cancelled is let go.
    this.#receiving = this.#streams.get(id);
    if (this.#receiving === undefined) return;
    if (!this.#receiving.hasHead) throw new ProtocolError(ErrorCode.protocol, "DATA before the head of an answer");
    this.#receiving.unreturned += size;
    if (this.#receiving.unreturned > STREAM_WINDOW) throw new ProtocolError(ErrorCode.flowControl, "more DATA than a stream's window");
  }

  #endBody(id: number, isLast: boolean): void {
    this.#receiving = undefined;
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (isLast) this.#complete(stream);
    else this.#returnWindow(stream);
  }

  #returnWindow(stream: Stream): void {
    if (stream.isPaused || stream.unreturned < STREAM_WINDOW * USED_SHARE || !this.#streams.has(stream.id)) return;
    this.#write(frameOf({ type: Frame.windowUpdate, stream: stream.id }, payloadOf(stream.unreturned)));
    stream.unreturned = 0;
  }

  /** The answer is whole; a body of ours that the server did not wait for is not sent any more. */
  #complete(stream: Stream): void {
    if (stream.unsent !== undefined) this.#write(frameOf({ type: Frame.reset, stream: stream.id }, payloadOf(ErrorCode.cancel)));
    this.#finish(stream, { how: "complete" });
  }

  #finish(stream: Stream, end: StreamEnd): void {
    this.#streams.delete(stream.id);
    if (this.#receiving === stream) this.#receiving = undefined;
    stream.unsent = undefined;
    stream.sink.ended(end);
  }

  #takeReset(id: number, payload: Buffer): void {
    if (payload.length !== 4) throw new ProtocolError(ErrorCode.frameSize, "RST_STREAM of another size");
    this.#checkId(id);
    const stream = this.#streams.get(id);
    if (stream !== undefined) this.#finish(stream, { how: "reset", code: payload.readUInt32BE(0) });
  }

  #takeSettings(flags: number, payload: Buffer): void {
    if ((flags & Flag.ack) !== 0) {
      if (payload.length > 0) throw new ProtocolError(ErrorCode.frameSize, "an acknowledgement with settings");
      return;
    }
    const grownBy = this.#peer.take(payload);
    for (const stream of this.#streams.values()) {
      stream.sendWindow += grownBy;
      if (stream.sendWindow > WINDOW_MAX) throw new ProtocolError(ErrorCode.flowControl, "a window that there cannot be");
    }
    this.#acknowledge(Frame.settings, NO_BYTES);
    this.#sendBodies();
    if (this.#hasSettings) return;
    this.#hasSettings = true;
    this.#sink.ready();
  }

  #takePing(flags: number, payload: Buffer): void {
    if (payload.length !== 8) throw new ProtocolError(ErrorCode.frameSize, "PING of another size");
    if ((flags & Flag.ack) === 0) this.#acknowledge(Frame.ping, payload);
    else this.#pings.shift()?.(true);
  }

  /** A server that asks again and again and reads no answer would fill our memory (RFC 9113, section 10.5). */
  #acknowledge(type: number, payload: Uint8Array): void {
    if (this.#socket.writableLength === 0) this.#acknowledgements = 0;
    this.#acknowledgements += 1;
    if (this.#acknowledgements > ACKNOWLEDGEMENTS_MAX)
      throw new ProtocolError(ErrorCode.enhanceYourCalm, `it reads none of ${ACKNOWLEDGEMENTS_MAX} acknowledgements`);
    this.#write(frameOf({ type, flags: Flag.ack }, payload));
  }

  #takeGoaway(payload: Buffer): void {
    if (payload.length < 8) throw new ProtocolError(ErrorCode.frameSize, "GOAWAY of another size");
    const [last, code] = [payload.readUInt32BE(0) & 0x7fff_ffff, payload.readUInt32BE(4)];
    this.#hasGoaway = true;
    // Those after the last one were not looked at (section 6.8).
    for (const stream of this.#streams.values()) {
      if (stream.id > last) this.#finish(stream, { how: "reset", code: ErrorCode.refusedStream });
    }
    this.#sink.goaway();
    if (code !== ErrorCode.none) this.destroy(new Error(`the server closed the connection with HTTP/2 code ${code}`));
  }

  #takeWindow(id: number, payload: Buffer): void {
    if (payload.length !== 4) throw new ProtocolError(ErrorCode.frameSize, "WINDOW_UPDATE of another size");
    if (id !== 0) this.#checkId(id);
    const more = payload.readUInt32BE(0) & WINDOW_MAX;
    if (more === 0) throw new ProtocolError(ErrorCode.protocol, "WINDOW_UPDATE of nothing");
    const stream = this.#streams.get(id);
    if (id === 0) this.#sendWindow += more;
    else if (stream !== undefined) stream.sendWindow += more;
    if (Math.max(this.#sendWindow, stream?.sendWindow ?? 0) > WINDOW_MAX)
      throw new ProtocolError(ErrorCode.flowControl, "a window that there cannot be");
    this.#sendBodies();
  }

  /** Frames of streams that we never opened are none of ours. */
  #checkId(id: number): void {
    if (id === 0 || id % 2 === 0 || id >= this.#nextId)
      throw new ProtocolError(ErrorCode.protocol, `a frame for stream ${id}, which there is not`);
  }

  #writeHeaders({ id, unsent }: Stream, block: Buffer): void {
    const isWhole = block.length <= this.#peer.maxFrameSize;
    const flags = (unsent === undefined ? Flag.endStream : 0) | (isWhole ? Flag.endHeaders : 0);
    this.#write(frameOf({ type: Frame.headers, flags, stream: id }, block.subarray(0, this.#peer.maxFrameSize)));
    for (let at = this.#peer.maxFrameSize; at < block.length; at += this.#peer.maxFrameSize) {
      const part = block.subarray(at, at + this.#peer.maxFrameSize);
      const isLast = at + part.length === block.length;
      this.#write(frameOf({ type: Frame.continuation, flags: isLast ? Flag.endHeaders : 0, stream: id }, part));
    }
  }

  #sendBodies(): void {
    for (const stream of this.#streams.values()) if (stream.unsent !== undefined) this.#sendBody(stream);
  }

  /** Sends of the body what the windows let through. */
  #sendBody(stream: Stream): void {
    while (stream.unsent !== undefined) {
      const size = Math.min(stream.unsent.length, this.#peer.maxFrameSize, stream.sendWindow, this.#sendWindow);
      const isLast = size === stream.unsent.length;
      if (size <= 0 && !isLast) return;
      this.#write(frameOf({ type: Frame.data, flags: isLast ? Flag.endStream : 0, stream: stream.id }, stream.unsent.subarray(0, size)));
      stream.unsent = isLast ? undefined : stream.unsent.subarray(size);
      stream.sendWindow -= size;
      this.#sendWindow -= size;
    }
  }

  #write(bytes: Uint8Array): void {
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(bytes);
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    if (outgoing.length > 0 && this.#socket.writable) this.#socket.write(outgoing.length === 1 ? outgoing[0]! : Buffer.concat(outgoing)); // one: its length says so
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of this.#streams.values()) this.#finish(stream, { how: "lost" });
    for (const answered of this.#pings.splice(0)) answered(false);
    this.#sink.closed(this.#failure);
  }
}

function checkConnection(id: number): void {
  if (id !== 0) throw new ProtocolError(ErrorCode.protocol, `a frame of the connection's for stream ${id}`);
}
