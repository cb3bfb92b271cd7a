import { decodeHuffman } from "./huffman.ts";
import { type Field, STATIC_FIELDS } from "./static-table.ts";

/** What an entry takes of a dynamic table beside its texts (RFC 7541, section 4.1). */
const ENTRY_BYTES = 32;
/** The size of the dynamic table that both sides begin with. */
const TABLE_BYTES = 4096;

/** The server's fields are not in HPACK: the connection cannot go on, since both sides' tables differ from here. */
export class CompressionError extends Error {
  override readonly name = "CompressionError";
}

/**
 * Reads the field blocks of one connection (HPACK, RFC 7541), in the order in which they came.
 *
 * Throws {@link CompressionError} for what is no field block; nothing else.
 */
export class FieldDecoder {
  /** The newest first. */
  readonly #entries: Field[] = [];
  #entryBytes = 0;
  #tableBytes = TABLE_BYTES;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;

  decode(block: Uint8Array): readonly Field[] {
    this.#block = block;
    this.#at = 0;
    const fields: Field[] = [];
    while (this.#at < block.length) {
      const field = this.#field(fields.length === 0);
      if (field !== undefined) fields.push(field);
    }
    return fields;
  }

  /** The next field; `undefined` for a change of the table's size. */
  #field(isFirst: boolean): Field | undefined {
    const first = this.#block[this.#at]!; // the block does not end here
    if (first >= 0x80) return this.#indexed(this.#integer(7));
    if (first >= 0x40) return this.#remember(this.#literal(6));
    if (first < 0x20) return this.#literal(4);
    if (!isFirst) throw new CompressionError("the table changes its size amid fields");
    this.#resize(this.#integer(5));
    return undefined;
  }

  #literal(prefixBits: number): Field {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#text() : this.#indexed(index).name;
    return { name, value: this.#text() };
  }

  #indexed(index: number): Field {
    const field = index <= STATIC_FIELDS.length ? STATIC_FIELDS[index - 1] : this.#entries[index - STATIC_FIELDS.length - 1];
    if (field === undefined) throw new CompressionError(`there is no field ${index} in the table`);
    return field;
  }

  #remember(field: Field): Field {
    this.#entries.unshift(field);
    this.#entryBytes += bytesOf(field);
    this.#evict();
    return field;
  }

  #resize(bytes: number): void {
    if (bytes > TABLE_BYTES) throw new CompressionError(`the table grows to ${bytes} bytes, which are more than were offered`);
    this.#tableBytes = bytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#entryBytes > this.#tableBytes) this.#entryBytes -= bytesOf(this.#entries.pop()!); // bytes are those of entries
  }

  #integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let factor = 1; factor <= 2 ** 21; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new CompressionError("an integer is too long");
  }

  #text(): string {
    const isHuffman = (this.#block[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(7);
    const end = this.#at + length;
    if (end > this.#block.length) throw new CompressionError("a text is longer than its block");
    const bytes = this.#block.subarray(this.#at, end);
    this.#at = end;
    const text = isHuffman ? decodeHuffman(bytes) : Buffer.from(bytes).toString("latin1");
    if (text === undefined) throw new CompressionError("a text is not in Huffman code");
    return text;
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new CompressionError("a block ends within a field");
    this.#at += 1;
    return byte;
  }
}

function bytesOf({ name, value }: Field): number {
  return name.length + value.length + ENTRY_BYTES;
}
