/** A record that can let go of what it was parsed to. */
export interface Parsed {
  /** Of the body that it was parsed from, in bytes. */
  readonly size: number;
  forget(): void;
}

/** Records that stay parsed, until those that came after them need the room. The last one always stays. */
export class ParsedQueue {
  readonly #maxBytes: number;
  #records: Parsed[] = [];
  #from = 0;
  #bytes = 0;

  /** @param maxBytes of the bodies in all. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(record: Parsed): void {
    this.#records.push(record);
    this.#bytes += record.size;
    while (this.#bytes > this.#maxBytes && this.#from < this.#records.length - 1) this.#forgetFirst();
    if (this.#from <= 64 || this.#from * 2 <= this.#records.length) return;
    this.#records = this.#records.slice(this.#from);
    this.#from = 0;
  }

  #forgetFirst(): void {
    const first = this.#records[this.#from];
    this.#from += 1;
    this.#bytes -= first?.size ?? 0;
    first?.forget();
  }
}
