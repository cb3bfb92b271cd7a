/** The types of frames (RFC 9113, section 6). */
export const Frame = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  promise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Their flags. */
export const Flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Why a stream or a connection ends (section 7). */
export const ErrorCode = {
  none: 0,
  protocol: 1,
  flowControl: 3,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  enhanceYourCalm: 11,
} as const;

/** What one side says of itself (section 6.5.2). */
export const Setting = { headerTableSize: 1, enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4, maxFrameSize: 5 } as const;

/** The length of a frame's head. */
export const HEAD_BYTES = 9;
/** The largest payload that a side takes unless it says otherwise; we never do. */
export const PAYLOAD_BYTES_MAX = 16_384;
/** What a side may send on a stream, and on a connection, before it is given more. */
export const FIRST_WINDOW = 65_535;
/** The largest window there may be. */
export const WINDOW_MAX = 0x7fff_ffff;

/** The first bytes of a client. */
export const PREFACE: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** What a frame says beside its payload. */
export interface FrameHead {
  readonly type: number;
  readonly flags?: number;
  /** 0: the connection. */
  readonly stream?: number;
}

/** A whole frame. */
export function frameOf({ type, flags = 0, stream = 0 }: FrameHead, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  frame.writeUIntBE(payload.length, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(stream, 5);
  frame.set(payload, HEAD_BYTES);
  return frame;
}

/** A number of 32 bits as a payload. */
export function payloadOf(...numbers: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(numbers.length * 4);
  for (const [at, number] of numbers.entries()) payload.writeUInt32BE(number, at * 4);
  return payload;
}

/** Settings as a payload. */
export function settingsOf(values: readonly (readonly [setting: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(values.length * 6);
  for (const [at, [setting, value]] of values.entries()) {
    payload.writeUInt16BE(setting, at * 6);
    payload.writeUInt32BE(value, at * 6 + 2);
  }
  return payload;
}
