import { ErrorCode, FIRST_WINDOW, PAYLOAD_BYTES_MAX, Setting, WINDOW_MAX } from "./frames.ts";
import { ProtocolError } from "./protocol-error.ts";

/** The size of a table of fields that both sides begin with (RFC 7541, section 4.2). */
const TABLE_BYTES = 4096;
/** Streams of a server that names no limit. */
const STREAMS_UNLESS_TOLD = 100;
const FRAME_SIZE_MAX = 2 ** 24 - 1;

/** What the server has said of itself (RFC 9113, section 6.5.2). */
export class PeerSettings {
  maxConcurrentStreams: number = STREAMS_UNLESS_TOLD;
  initialWindowSize: number = FIRST_WINDOW;
  maxFrameSize: number = PAYLOAD_BYTES_MAX;
  #isTableLowered = false;

  /** Takes in a SETTINGS frame; returns by how much the windows of open streams grow. Throws {@link ProtocolError}. */
  take(payload: Buffer): number {
    if (payload.length % 6 !== 0) throw new ProtocolError(ErrorCode.frameSize, "SETTINGS of another size");
    const before = this.initialWindowSize;
    for (let at = 0; at < payload.length; at += 6) this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    return this.initialWindowSize - before;
  }

  /** Whether the next head must say that our table is empty, since the server's has become smaller (RFC 7541, section 4.2). Once. */
  takeTableLowered(): boolean {
    const isLowered = this.#isTableLowered;
    this.#isTableLowered = false;
    return isLowered;
  }

  #set(setting: number, value: number): void {
    switch (setting) {
      case Setting.headerTableSize:
        this.#isTableLowered ||= value < TABLE_BYTES;
        return;
      case Setting.enablePush:
        if (value !== 0) throw new ProtocolError(ErrorCode.protocol, "a client cannot be told to take pushes");
        return;
      case Setting.maxConcurrentStreams:
        this.maxConcurrentStreams = value;
        return;
      case Setting.initialWindowSize:
        if (value > WINDOW_MAX) throw new ProtocolError(ErrorCode.flowControl, "a window that there cannot be");
        this.initialWindowSize = value;
        return;
      case Setting.maxFrameSize:
        if (value < PAYLOAD_BYTES_MAX || value > FRAME_SIZE_MAX) throw new ProtocolError(ErrorCode.protocol, `frames of ${value} bytes`);
        this.maxFrameSize = value;
        return;
      default: // what is not known is passed over
    }
  }
}
