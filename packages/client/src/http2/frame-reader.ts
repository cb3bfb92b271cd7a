import { ErrorCode, Flag, Frame, HEAD_BYTES, PAYLOAD_BYTES_MAX } from "./frames.ts";
import { ProtocolError } from "./protocol-error.ts";

/** Whom a {@link FrameReader} tells what came. What it throws ends the reading. */
export interface FrameSink {
  /** A DATA frame of so many bytes begins, padding included. */
  bodyBegins(stream: number, bytes: number): void;
  /** A piece of its bytes, valid during the call only. */
  body(piece: Buffer): void;
  /** Its last byte has come. */
  bodyEnds(stream: number, isLast: boolean): void;
  /** Any other frame, whole; the payload is valid during the call only. */
  frame(head: { readonly type: number; readonly flags: number; readonly stream: number }, payload: Buffer): void;
}

/**
 * Cuts a connection's bytes into frames (RFC 9113, section 4), wherever the pieces were split. DATA flows through as it comes; every other frame is told whole.
 *
 * Throws {@link ProtocolError} for a frame that is larger than we take, or padded with more than it holds.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  /** A head, or a frame that is told whole, of which a part has come. */
  #rest: Buffer | undefined;
  /** The DATA frame that is under way: what is still to come of its data, and of its padding. */
  #stream = 0;
  #isLast = false;
  #isPadded = false;
  #isInBody = false;
  #bodyBytes = 0;
  #paddingBytes = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(piece: Buffer): void {
    const bytes = this.#rest === undefined ? piece : Buffer.concat([this.#rest, piece]);
    this.#rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      const next = this.#isInBody ? this.#readBody(bytes, at) : this.#readFrame(bytes, at);
      if (next === undefined) {
        // The piece is not ours to keep.
        this.#rest = Buffer.from(bytes.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** Where the next frame begins; `undefined` when more has to come first. */
  #readFrame(bytes: Buffer, at: number): number | undefined {
    if (bytes.length - at < HEAD_BYTES) return undefined;
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!; // a whole head has come
    const [type, flags] = [bytes[at + 3]!, bytes[at + 4]!]; // as above
    const stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
    if (length > PAYLOAD_BYTES_MAX) throw new ProtocolError(ErrorCode.frameSize, `a frame of ${length} bytes`);
    const from = at + HEAD_BYTES;
    if (type === Frame.data) {
      this.#beginBody({ flags, stream }, length);
      return from;
    }
    if (bytes.length - from < length) return undefined;
    this.#sink.frame({ type, flags, stream }, bytes.subarray(from, from + length));
    return from + length;
  }

  #beginBody({ flags, stream }: { readonly flags: number; readonly stream: number }, length: number): void {
    this.#stream = stream;
    this.#isLast = (flags & Flag.endStream) !== 0;
    this.#isPadded = (flags & Flag.padded) !== 0;
    this.#bodyBytes = length;
    this.#paddingBytes = 0;
    this.#isInBody = true;
    this.#sink.bodyBegins(stream, length);
    if (this.#isPadded && length === 0) throw new ProtocolError(ErrorCode.protocol, "padding without a length");
    if (length === 0) this.#endBody();
  }

  #readBody(bytes: Buffer, from: number): number {
    let at = from;
    if (this.#isPadded) {
      this.#paddingBytes = bytes[at]!; // at is below the length
      this.#bodyBytes -= 1 + this.#paddingBytes;
      if (this.#bodyBytes < 0) throw new ProtocolError(ErrorCode.protocol, "more padding than the frame holds");
      this.#isPadded = false;
      at += 1;
    }
    const to = Math.min(bytes.length, at + this.#bodyBytes);
    if (to > at) this.#sink.body(at === 0 && to === bytes.length ? bytes : bytes.subarray(at, to));
    this.#bodyBytes -= to - at;
    const skipped = Math.min(bytes.length - to, this.#bodyBytes === 0 ? this.#paddingBytes : 0);
    this.#paddingBytes -= skipped;
    if (this.#bodyBytes + this.#paddingBytes === 0) this.#endBody();
    return to + skipped;
  }

  #endBody(): void {
    this.#isInBody = false;
    this.#sink.bodyEnds(this.#stream, this.#isLast);
  }
}
