import { ErrorCode, Flag, Frame } from "./frames.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { Field } from "./static-table.ts";

/** All fields of one head come in at most so many bytes. */
const BLOCK_BYTES_MAX = 256 * 1024;

/** A head in frames as large as they may be has far fewer. */
const PARTS_MAX = 128;

/** The fields of one head, still encoded. */
export interface WholeBlock {
  readonly stream: number;
  readonly bytes: Buffer;
  /** Nothing of the stream comes after it. */
  readonly isLast: boolean;
}

/** Puts a head together that came as HEADERS and CONTINUATION (RFC 9113, sections 6.2 and 6.10). */
export class FieldBlock {
  #open: { readonly stream: number; readonly isLast: boolean; readonly parts: Buffer[]; size: number } | undefined;

  /** More has to come before anything else may. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** The block that this frame completes. Throws {@link ProtocolError}. */
  take(
    { type, flags, stream }: { readonly type: number; readonly flags: number; readonly stream: number },
    payload: Buffer,
  ): WholeBlock | undefined {
    const isFirst = type === Frame.headers;
    if (isFirst === this.isOpen || (this.#open !== undefined && this.#open.stream !== stream))
      throw new ProtocolError(ErrorCode.protocol, "fields out of their order");
    const part = isFirst ? fragmentOf(flags, payload) : payload;
    const open = (this.#open ??= { stream, isLast: (flags & Flag.endStream) !== 0, parts: [], size: 0 });
    // A part is not ours to keep.
    open.parts.push((flags & Flag.endHeaders) === 0 ? Buffer.from(part) : part);
    open.size += part.length;
    if (open.size > BLOCK_BYTES_MAX || open.parts.length > PARTS_MAX)
      throw new ProtocolError(ErrorCode.protocol, `more than ${BLOCK_BYTES_MAX} bytes, or ${PARTS_MAX} frames, of fields`);
    if ((flags & Flag.endHeaders) === 0) return undefined;
    this.#open = undefined;
    const bytes = open.parts.length === 1 ? part : Buffer.concat(open.parts);
    return { stream, bytes, isLast: open.isLast };
  }
}

/**
 * Whether the head of the answer is still to come. The status comes before all fields that are not of the protocol itself, and is the only one of those in an answer (RFC 9113, section
 * 8.3.2).
 */
export function isInformationalHead([first]: readonly Field[]): boolean {
  return first?.name === ":status" && first.value.startsWith("1");
}

/** What HEADERS hold without padding and priority. */
function fragmentOf(flags: number, payload: Buffer): Buffer {
  const isPadded = (flags & Flag.padded) !== 0;
  const from = (isPadded ? 1 : 0) + ((flags & Flag.priority) === 0 ? 0 : 5);
  const to = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (from > to) throw new ProtocolError(ErrorCode.protocol, "more padding than the frame holds");
  return payload.subarray(from, to);
}
