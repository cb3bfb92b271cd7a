/** One value in DER (ITU-T X.690): what certificates are made of. */
export type Der = Buffer;

/** A value with its tag, before its content. */
function tagged(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = Buffer.from(length.toString(16).padStart(length < 0x100 ? 2 : 4, "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

/** SEQUENCE. */
export function sequence(...items: readonly Der[]): Der {
  return tagged(0x30, ...items);
}

/** SET. */
export function set(...items: readonly Der[]): Der {
  return tagged(0x31, ...items);
}

/** INTEGER, of bytes that are a positive number. */
export function integer(bytes: Uint8Array): Der {
  // The first bit is the sign.
  return (bytes[0] ?? 0) & 0x80 ? tagged(0x02, Buffer.from([0]), bytes) : tagged(0x02, bytes);
}

/** OBJECT IDENTIFIER, such as `2.5.4.3`. */
export function identifier(text: string): Der {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return tagged(0x06, Buffer.from(bytes));
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** UTF8String. */
export function utf8(text: string): Der {
  return tagged(0x0c, Buffer.from(text));
}

/** UTCTime, for years from 1950 to 2049. */
export function utcTime(atMs: number): Der {
  const digits = new Date(atMs).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

/** BOOLEAN that is true. */
export const TRUE: Der = Buffer.from([0x01, 0x01, 0xff]);

/** OCTET STRING. */
export function octets(content: Uint8Array): Der {
  return tagged(0x04, content);
}

/** BIT STRING; of its last byte, the last `unused` bits do not count. */
export function bits(content: Uint8Array, unused = 0): Der {
  return tagged(0x03, Buffer.from([unused]), content);
}

/** A value tagged by its place: explicit around another value, or in the place of a primitive one. */
export function context(place: number, content: Uint8Array, kind: "explicit" | "primitive"): Der {
  return tagged((kind === "explicit" ? 0xa0 : 0x80) | place, content);
}
