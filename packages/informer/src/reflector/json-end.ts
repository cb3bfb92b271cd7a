import { BACKSLASH, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./json-bytes.ts";

/** Both kinds of closing bracket come two after their opening one. */
const TO_CLOSE = 2;

/** The deepest nesting that {@link endOfValue} follows. */
const DEPTH_MAX = 256;

/** Room for the open brackets of one value. */
export function newNesting(): Uint8Array {
  return new Uint8Array(DEPTH_MAX);
}

/**
 * Where the JSON value that begins at `from` ends, checked against the grammar of RFC 8259 byte by byte; whether the bytes are UTF-8 is not looked at.
 *
 * @param nesting scratch, of {@link newNesting}.
 * @returns -1 for what is no JSON, holds whitespace between its tokens, or is nested too deep: such values are for `JSON.parse` to judge.
 */
export function endOfValue(bytes: Uint8Array, from: number, nesting: Uint8Array): number {
  let at = from;
  let depth = 0;
  for (;;) {
    const first = bytes[at];
    if (first === QUOTE) at = endOfString(bytes, at);
    else if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) at = endOfScalar(bytes, at);
    else if (bytes[at + 1] === first + TO_CLOSE) at += 2;
    else {
      if (depth === nesting.length) return -1;
      nesting[depth] = first;
      depth += 1;
      at = first === OPEN_OBJECT ? endOfKey(bytes, at + 1) : at + 1;
      if (at === -1) return -1;
      continue;
    }
    if (at === -1) return -1;
    while (depth > 0 && bytes[at] === (nesting[depth - 1] ?? 0) + TO_CLOSE) {
      depth -= 1;
      at += 1;
    }
    if (depth === 0) return at;
    if (bytes[at] !== COMMA) return -1;
    at = nesting[depth - 1] === OPEN_OBJECT ? endOfKey(bytes, at + 1) : at + 1;
    if (at === -1) return -1;
  }
}

/** Where the value begins that follows the key at `from`; -1 if there is no key. */
function endOfKey(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) return -1;
  const at = endOfString(bytes, from);
  return at !== -1 && bytes[at] === COLON ? at + 1 : -1;
}

/** Where the string whose opening quote is at `from` ends, or -1. */
export function endOfString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  for (let at = from + 1; at < length; at += 1) {
    const byte = bytes[at]!; // at is below the length
    // Most bytes are small letters: one comparison for each of them.
    if (byte > BACKSLASH) continue;
    if (byte === QUOTE) return at + 1;
    if (byte < 0x20) return -1;
    if (byte !== BACKSLASH) continue;
    at = endOfEscape(bytes, at + 1);
    if (at === -1) return -1;
  }
  return -1;
}

/** Where the string of printable ASCII without escapes ends whose opening quote is at `from`, or -1. */
export function endOfPlainString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  if (bytes[from] !== QUOTE) return -1;
  for (let at = from + 1; at < length; at += 1) {
    const byte = bytes[at]!; // at is below the length
    if (byte === QUOTE) return at + 1;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return -1;
  }
  return -1;
}

/** The last byte of the escape whose letter is at `at`, or -1. */
function endOfEscape(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at;
    case 0x75: // u
      for (let digit = at + 1; digit <= at + 4; digit += 1) if (!isHex(bytes[digit])) return -1;
      return at + 4;
    default:
      return -1;
  }
}

function isHex(byte: number | undefined): boolean {
  return byte !== undefined && (isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66));
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

const LITERALS: readonly Uint8Array[] = ["true", "false", "null"].map((text) => new TextEncoder().encode(text));

function endOfScalar(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === 0x2d || isDigit(first)) return endOfNumber(bytes, from);
  for (const literal of LITERALS) if (isTextAt(bytes, from, literal)) return from + literal.length;
  return -1;
}

/** Whether the bytes at `from` are those of `text`. */
export function isTextAt(bytes: Uint8Array, from: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i += 1) if (bytes[from + i] !== text[i]) return false;
  return true;
}

function endOfNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === 0x2d ? from + 1 : from;
  at = bytes[at] === 0x30 ? at + 1 : endOfDigits(bytes, at);
  if (at !== -1 && bytes[at] === 0x2e) at = endOfDigits(bytes, at + 1);
  if (at === -1 || (bytes[at]! | 0x20) !== 0x65) return at; // of undefined the bits are 0
  at += 1;
  return endOfDigits(bytes, bytes[at] === 0x2b || bytes[at] === 0x2d ? at + 1 : at);
}

/** Where one digit or more end, or -1. */
function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  return at === from ? -1 : at;
}
