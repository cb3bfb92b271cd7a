import { ErrorCode, Flag, Frame, type FrameHead, Setting, payloadOf, settingsOf } from "../../../src/http2/frames.ts";

/** A frame of the server's. */
export type Sent = readonly [head: FrameHead, payload: Uint8Array];

const OK = Buffer.of(0x88);
const NOTHING = Buffer.of();
const HEAD: Sent = [{ type: Frame.headers, flags: Flag.endHeaders, stream: 1 }, OK];

/** What no server may do. */
export interface Breach {
  readonly why: string;
  readonly frames: readonly Sent[];
  readonly code: number;
}

/** Each comes after the server's settings, to a client that has opened stream 1. */
export const BREACHES: readonly Breach[] = [
  { why: "DATA on the connection", frames: [[{ type: Frame.data }, OK]], code: ErrorCode.protocol },
  { why: "DATA before a head", frames: [[{ type: Frame.data, stream: 1 }, OK]], code: ErrorCode.protocol },
  { why: "DATA for a stream that was never opened", frames: [[{ type: Frame.data, stream: 3 }, OK]], code: ErrorCode.protocol },
  {
    why: "a head for a stream that was never opened",
    frames: [[{ type: Frame.headers, flags: Flag.endHeaders, stream: 5 }, OK]],
    code: ErrorCode.protocol,
  },
  {
    why: "a head for a stream of the server's",
    frames: [[{ type: Frame.headers, flags: Flag.endHeaders, stream: 2 }, OK]],
    code: ErrorCode.protocol,
  },
  { why: "a head on the connection", frames: [[{ type: Frame.headers, flags: Flag.endHeaders }, OK]], code: ErrorCode.protocol },
  {
    why: "a reset of a stream that was never opened",
    frames: [[{ type: Frame.reset, stream: 3 }, payloadOf(8)]],
    code: ErrorCode.protocol,
  },
  { why: "a reset of the connection", frames: [[{ type: Frame.reset }, payloadOf(8)]], code: ErrorCode.protocol },
  { why: "a reset of three bytes", frames: [[{ type: Frame.reset, stream: 1 }, Buffer.alloc(3)]], code: ErrorCode.frameSize },
  {
    why: "a push",
    frames: [[{ type: Frame.promise, flags: Flag.endHeaders, stream: 1 }, Buffer.concat([payloadOf(2), OK])]],
    code: ErrorCode.protocol,
  },
  {
    why: "CONTINUATION without a head",
    frames: [[{ type: Frame.continuation, flags: Flag.endHeaders, stream: 1 }, OK]],
    code: ErrorCode.protocol,
  },
  {
    why: "a PING amid fields",
    frames: [
      [{ type: Frame.headers, stream: 1 }, OK],
      [{ type: Frame.ping }, Buffer.alloc(8)],
    ],
    code: ErrorCode.protocol,
  },
  {
    why: "DATA amid fields",
    frames: [
      [{ type: Frame.headers, stream: 1 }, OK],
      [{ type: Frame.data, stream: 1 }, OK],
    ],
    code: ErrorCode.protocol,
  },
  {
    why: "an unknown frame amid fields",
    frames: [
      [{ type: Frame.headers, stream: 1 }, OK],
      [{ type: 99 }, OK],
    ],
    code: ErrorCode.protocol,
  },
  {
    why: "a head that is padded with more than it holds",
    frames: [[{ type: Frame.headers, flags: Flag.endHeaders | Flag.padded, stream: 1 }, Buffer.of(9, 0x88)]],
    code: ErrorCode.protocol,
  },
  {
    why: "a head that is padded, and empty",
    frames: [[{ type: Frame.headers, flags: Flag.endHeaders | Flag.padded, stream: 1 }, NOTHING]],
    code: ErrorCode.protocol,
  },
  {
    why: "a head with a priority that is cut off",
    frames: [[{ type: Frame.headers, flags: Flag.endHeaders | Flag.priority, stream: 1 }, Buffer.alloc(4)]],
    code: ErrorCode.protocol,
  },
  {
    why: "fields that are none",
    frames: [[{ type: Frame.headers, flags: Flag.endHeaders, stream: 1 }, Buffer.of(0x80)]],
    code: ErrorCode.compression,
  },
  {
    why: "more fields than we take",
    frames: [
      [{ type: Frame.headers, stream: 1 }, Buffer.alloc(16_384)],
      ...Array.from({ length: 17 }, (): Sent => [{ type: Frame.continuation, stream: 1 }, Buffer.alloc(16_384)]),
    ],
    code: ErrorCode.protocol,
  },
  { why: "a PING of seven bytes", frames: [[{ type: Frame.ping }, Buffer.alloc(7)]], code: ErrorCode.frameSize },
  { why: "a GOAWAY of seven bytes", frames: [[{ type: Frame.goaway }, Buffer.alloc(7)]], code: ErrorCode.frameSize },
  { why: "settings of seven bytes", frames: [[{ type: Frame.settings }, Buffer.alloc(7)]], code: ErrorCode.frameSize },
  {
    why: "frames that may be too small",
    frames: [[{ type: Frame.settings }, settingsOf([[Setting.maxFrameSize, 16_383]])]],
    code: ErrorCode.protocol,
  },
  {
    why: "frames that may be too large",
    frames: [[{ type: Frame.settings }, settingsOf([[Setting.maxFrameSize, 1 << 24]])]],
    code: ErrorCode.protocol,
  },
  {
    why: "a first window of 2 GiB",
    frames: [[{ type: Frame.settings }, settingsOf([[Setting.initialWindowSize, 0x8000_0000]])]],
    code: ErrorCode.flowControl,
  },
  {
    why: "more of a window that is full",
    frames: [
      [{ type: Frame.windowUpdate, stream: 1 }, payloadOf(0x7fff_ffff)],
      [{ type: Frame.windowUpdate, stream: 1 }, payloadOf(0x7fff_ffff)],
    ],
    code: ErrorCode.flowControl,
  },
  {
    why: "more of the connection's window that is full",
    frames: [
      [{ type: Frame.windowUpdate }, payloadOf(0x7fff_ffff)],
      [{ type: Frame.windowUpdate }, payloadOf(0x7fff_ffff)],
    ],
    code: ErrorCode.flowControl,
  },
  { why: "a window update of five bytes", frames: [[{ type: Frame.windowUpdate }, Buffer.alloc(5)]], code: ErrorCode.frameSize },
  { why: "a frame of 16,385 bytes", frames: [[{ type: 99 }, Buffer.alloc(16_385)]], code: ErrorCode.frameSize },
  {
    why: "DATA that is padded with more than it holds",
    frames: [HEAD, [{ type: Frame.data, flags: Flag.padded, stream: 1 }, Buffer.of(9)]],
    code: ErrorCode.protocol,
  },
  {
    why: "no more of the connection's window",
    frames: [[{ type: Frame.windowUpdate }, payloadOf(0)]],
    code: ErrorCode.protocol,
  },
  {
    why: "a window for a stream that was never opened",
    frames: [[{ type: Frame.windowUpdate, stream: 3 }, payloadOf(1)]],
    code: ErrorCode.protocol,
  },
  {
    why: "settings of a stream",
    frames: [[{ type: Frame.settings, stream: 1 }, NOTHING]],
    code: ErrorCode.protocol,
  },
  { why: "a PING of a stream", frames: [[{ type: Frame.ping, stream: 1 }, Buffer.alloc(8)]], code: ErrorCode.protocol },
  {
    why: "a GOAWAY of a stream",
    frames: [[{ type: Frame.goaway, stream: 1 }, Buffer.alloc(8)]],
    code: ErrorCode.protocol,
  },
  {
    why: "an acknowledgement with settings",
    frames: [[{ type: Frame.settings, flags: Flag.ack }, Buffer.alloc(6)]],
    code: ErrorCode.frameSize,
  },
  {
    why: "that it will be pushed to",
    frames: [[{ type: Frame.settings }, settingsOf([[Setting.enablePush, 1]])]],
    code: ErrorCode.protocol,
  },
  {
    why: "windows that grow beyond 2 GiB by settings",
    frames: [
      [{ type: Frame.windowUpdate, stream: 1 }, payloadOf(0x7fff_ffff - 65_535)],
      [{ type: Frame.settings }, settingsOf([[Setting.initialWindowSize, 400_000]])],
    ],
    code: ErrorCode.flowControl,
  },
];
