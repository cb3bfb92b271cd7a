import { freezeDeep, type KubeObject, type OwnerReference } from "@polykind/apimachinery";
import type { ObjectRecord } from "../reflector/record.ts";
import type { Span } from "../reflector/scan.ts";

/** Bytes in the first block and in the largest. */
const BLOCK_BYTES = { first: 2 * 1024, most: 256 * 1024 };
/** Parsed objects that are kept although nobody else holds them, by the bytes that they were parsed from. */
const PARSED_BYTES_MAX = 1024 * 1024;

interface Block {
  readonly bytes: Buffer;
  used: number;
  /** Of records that are cached. */
  live: number;
  /** Whose bodies lie here, those too that have gone. */
  readonly records: BodyRecord[];
}

/** What a record says beside its body. */
export interface Head {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly owners: readonly string[];
}

/** A record whose object lies as bytes in a block, and is parsed when it is read. */
export class BodyRecord<T extends KubeObject = KubeObject> implements ObjectRecord<T> {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The uids of its controlling owners. */
  readonly owners: readonly string[];
  readonly #bodies: Bodies;
  #parsed: T | undefined;
  /** @internal Where the body lies; only {@link Bodies} moves it. */
  block: Block;
  /** @internal */
  at: number;
  /** @internal */
  readonly size: number;
  /** @internal Whether the body counts as live. */
  isKept = true;

  constructor(head: Head, bodies: Bodies, { block, at, size }: { readonly block: Block; readonly at: number; readonly size: number }) {
    this.key = head.key;
    this.uid = head.uid;
    this.resourceVersion = head.resourceVersion;
    this.owners = head.owners;
    this.#bodies = bodies;
    this.block = block;
    this.at = at;
    this.size = size;
  }

  /** The object, frozen. Of many bodies that were read, those read first are forgotten and parsed anew. */
  get object(): T {
    // No WeakRef: to V8's collector of young objects it is a strong one, so that whatever was read once would fill the heap.
    this.#parsed ??= this.#bodies.parse(this) as T; // Whoever acquires a key says what T is.
    return this.#parsed;
  }

  /** @internal The parsed object is no longer kept. */
  forget(): void {
    this.#parsed = undefined;
  }

  /** The store has let go of it. It can still be read. */
  release(): void {
    if (!this.isKept) return;
    this.isKept = false;
    this.#bodies.released(this);
  }
}

/**
 * The bodies of one informer's objects, as bytes in blocks outside the JavaScript heap.
 *
 * *Guarantees.* Bytes of a body are never written again, so a record can be read for as long as it is held. Of a block at most half is dead, but for the one that is
 * being filled. Bodies of up to {@link PARSED_BYTES_MAX} in all are parsed once, at their first read; of more, those read last are kept parsed.
 */
export class Bodies {
  readonly #finish: (object: KubeObject) => KubeObject;
  #block: Block | undefined;
  #nextBytes = BLOCK_BYTES.first;
  #parsed: BodyRecord[] = [];
  #parsedFrom = 0;
  #parsedBytes = 0;

  /** @param finish makes of a parsed object what readers get, before it is frozen; throws nothing. */
  constructor(finish: (object: KubeObject) => KubeObject) {
    this.#finish = finish;
  }

  /** Takes in `span` of `source` without `cuts`. */
  put(head: Head, source: Buffer, { from, to, cuts }: Span & { readonly cuts: readonly Span[] }): BodyRecord {
    let size = to - from;
    for (const cut of cuts) size -= cut.to - cut.from;
    const block = this.#roomFor(size);
    const at = block.used;
    let start = from;
    for (const cut of cuts) {
      block.used += source.copy(block.bytes, block.used, start, cut.from);
      start = cut.to;
    }
    block.used += source.copy(block.bytes, block.used, start, to);
    block.live += size;
    const record = new BodyRecord(head, this, { block, at, size });
    block.records.push(record);
    return record;
  }

  /** @internal The object of `record`, which keeps it until it is told to forget it. */
  parse(record: BodyRecord): KubeObject {
    const { block, at, size } = record;
    const object = freezeDeep(this.#finish(JSON.parse(block.bytes.toString("utf8", at, at + size)) as KubeObject)); // as the scanner has seen
    this.#parsed.push(record);
    this.#parsedBytes += size;
    while (this.#parsedBytes > PARSED_BYTES_MAX && this.#parsedFrom < this.#parsed.length - 1) this.#forgetFirst();
    if (this.#parsedFrom > 64 && this.#parsedFrom * 2 > this.#parsed.length) {
      this.#parsed = this.#parsed.slice(this.#parsedFrom);
      this.#parsedFrom = 0;
    }
    return object;
  }

  #forgetFirst(): void {
    const first = this.#parsed[this.#parsedFrom];
    this.#parsedFrom += 1;
    this.#parsedBytes -= first?.size ?? 0;
    first?.forget();
  }

  /** @internal Counts the body of `record` as dead, and empties its block when most of it is. */
  released({ block, size }: BodyRecord): void {
    block.live -= size;
    if (block === this.#block || block.live * 2 >= block.used) return;
    for (const record of block.records) if (record.isKept) this.#move(record, block);
    block.records.length = 0;
    block.live = block.used; // emptied once
  }

  #move(record: BodyRecord, from: Block): void {
    const block = this.#roomFor(record.size);
    from.bytes.copy(block.bytes, block.used, record.at, record.at + record.size);
    record.at = block.used;
    record.block = block;
    block.used += record.size;
    block.live += record.size;
    block.records.push(record);
  }

  #roomFor(size: number): Block {
    if (this.#block !== undefined && this.#block.used + size <= this.#block.bytes.length) return this.#block;
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#nextBytes, size));
    this.#nextBytes = Math.min(this.#nextBytes * 2, BLOCK_BYTES.most);
    this.#block = { bytes, used: 0, live: 0, records: [] };
    return this.#block;
  }
}

const NO_OWNERS: readonly string[] = [];

/** The uids of the controlling ones among `references`. */
export function controllersOf(references: readonly OwnerReference[] | undefined): readonly string[] {
  return references?.filter(({ controller }) => controller === true).map(({ uid }) => uid) ?? NO_OWNERS;
}
