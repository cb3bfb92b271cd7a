import type { KubeObject, OwnerReference } from "@polykind/apimachinery";
import { QUOTE } from "../reflector/json-bytes.ts";
import type { ObjectRecord } from "../reflector/record.ts";
import type { Place, Scanner } from "../reflector/scan.ts";
import { ParsedQueue } from "./parsed-queue.ts";

/** Bytes in the first block and in the largest. */
const BLOCK_BYTES = { first: 2 * 1024, most: 256 * 1024 };
/**
 * Parsed objects that are kept although nobody else holds them, by the bytes that they were parsed from: of those read once only few, or all that changes would grow old on the
 * heap before it is garbage; of those read again more.
 */
const PARSED_BYTES = { once: 32 * 1024, again: 1024 * 1024 };

interface Block {
  readonly bodies: Bodies;
  readonly bytes: Buffer;
  used: number;
  /** Of records that are cached. */
  live: number;
  /** Whose bodies lie here, those too that have gone. */
  records: BodyRecord[];
}

/** What a record says beside its body. */
export interface Head {
  readonly key: string;
  /** The uids of its controlling owners. */
  readonly owners: readonly string[];
}

/** Where in the bytes a body lies, and what of it is not kept. */
export type BodyPlaces = Pick<Scanner, "object" | "uid" | "resourceVersion" | "managedFields" | "lastApplied">;

/** Makes of a parsed object what readers get. */
export interface BodyFinisher {
  /** Transformed and frozen. Throws nothing. */
  finished(object: KubeObject): KubeObject;
}

/** A record whose object lies as bytes in a block, and is parsed when it is read. */
export class BodyRecord<T extends KubeObject = KubeObject> implements ObjectRecord<T> {
  readonly key: string;
  readonly owners: readonly string[];
  #parsed: T | undefined;
  /** @internal Where the body lies; only {@link Bodies} moves it. */
  block: Block;
  /** @internal */
  at: number;
  /** @internal */
  readonly size: number;
  /** Where in the body the uid and the version begin. */
  readonly #uidAt: number;
  readonly #versionAt: number;
  /** @internal Whether the body counts as live. */
  isKept = true;
  /** @internal Whether it was parsed before. */
  wasRead = false;

  constructor(
    { key, owners }: Head,
    { block, at, size, uidAt, versionAt }: Readonly<Record<"at" | "size" | "uidAt" | "versionAt", number>> & { readonly block: Block },
  ) {
    this.key = key;
    this.owners = owners;
    this.block = block;
    this.at = at;
    this.size = size;
    this.#uidAt = uidAt;
    this.#versionAt = versionAt;
  }

  get uid(): string {
    return this.#textAt(this.#uidAt);
  }

  get resourceVersion(): string {
    return this.#textAt(this.#versionAt);
  }

  /** The text in the body whose closing quote is the first one. */
  #textAt(offset: number): string {
    const { bytes } = this.block;
    const from = this.at + offset;
    return bytes.toString("latin1", from, bytes.indexOf(QUOTE, from));
  }

  /** The object, frozen. Of many bodies that were read, those read least are forgotten and parsed anew. */
  get object(): T {
    // No WeakRef: to V8's collector of young objects it is a strong one, so that whatever was read once would fill the heap.
    this.#parsed ??= this.block.bodies.parse(this) as T; // Whoever acquires a key says what T is.
    return this.#parsed;
  }

  /** Whether `other` came in the same bytes. */
  isSameText({ block, at, size }: BodyRecord): boolean {
    return this.size === size && this.block.bytes.compare(block.bytes, at, at + size, this.at, this.at + this.size) === 0;
  }

  /** @internal The parsed object is no longer kept. */
  forget(): void {
    this.#parsed = undefined;
  }

  /** The store has let go of it. It can still be read. */
  release(): void {
    if (!this.isKept) return;
    this.isKept = false;
    this.block.bodies.released(this);
  }
}

/**
 * The bodies of one informer's objects, as bytes in blocks outside the JavaScript heap.
 *
 * *Guarantees.* Bytes of a body are never written again, so a record can be read for as long as it is held. Of a block at most half is dead, but for the one that is
 * being filled. Bodies are parsed at their first read; of many that were read, those read again and those read last are kept parsed ({@link PARSED_BYTES}).
 */
export class Bodies {
  readonly #finisher: BodyFinisher;
  #block: Block | undefined;
  #nextBytes = BLOCK_BYTES.first;
  /** Made when something is read: of most kinds little is. */
  #readOnce: ParsedQueue | undefined;
  #readAgain: ParsedQueue | undefined;

  constructor(finisher: BodyFinisher) {
    this.#finisher = finisher;
  }

  /** Takes in the object at `places` of `source`, without what is cut. */
  put(head: Head, source: Buffer, places: BodyPlaces): BodyRecord {
    const { object, managedFields: one, lastApplied: other } = places;
    // What lies nowhere lies before everything, and is nothing.
    const [first, second] = one.from < other.from ? [one, other] : [other, one];
    const size = object.to - object.from - sizeOf(first) - sizeOf(second);
    const block = this.#roomFor(size);
    const at = block.used;
    let from = object.from;
    if (first.from !== -1) from = this.#copy(block, source, { from, to: first.from, next: first.to });
    if (second.from !== -1) from = this.#copy(block, source, { from, to: second.from, next: second.to });
    this.#copy(block, source, { from, to: object.to, next: object.to });
    block.live += size;
    const offsetOf = ({ from: place }: Place): number =>
      place - object.from - (first.from < place ? sizeOf(first) : 0) - (second.from < place ? sizeOf(second) : 0);
    const record = new BodyRecord(head, { block, at, size, uidAt: offsetOf(places.uid), versionAt: offsetOf(places.resourceVersion) });
    keepIn(block, record);
    return record;
  }

  /** Where to go on. */
  #copy(block: Block, source: Buffer, { from, to, next }: Readonly<Record<"from" | "to" | "next", number>>): number {
    block.used += source.copy(block.bytes, block.used, from, to);
    return next;
  }

  /** @internal The object of `record`, which keeps it until it is told to forget it. */
  parse(record: BodyRecord): KubeObject {
    const { block, at, size } = record;
    const object = this.#finisher.finished(JSON.parse(block.bytes.toString("utf8", at, at + size)) as KubeObject); // as the scanner has seen
    const read = record.wasRead
      ? (this.#readAgain ??= new ParsedQueue(PARSED_BYTES.again))
      : (this.#readOnce ??= new ParsedQueue(PARSED_BYTES.once));
    read.push(record);
    record.wasRead = true;
    return object;
  }

  /** @internal Counts the body of `record` as dead, and empties its block when most of it is. */
  released({ block, size }: BodyRecord): void {
    block.live -= size;
    if (block !== this.#block) this.#emptyIfDead(block);
  }

  #emptyIfDead(block: Block): void {
    if (block.live * 2 >= block.used) return;
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
    keepIn(block, record);
  }

  #roomFor(size: number): Block {
    if (this.#block !== undefined && this.#block.used + size <= this.#block.bytes.length) return this.#block;
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#nextBytes, size));
    this.#nextBytes = Math.min(this.#nextBytes * 2, BLOCK_BYTES.most);
    const full = this.#block;
    this.#block = { bodies: this, bytes, used: 0, live: 0, records: [] };
    if (full === undefined) return this.#block;
    // What died in it while it was being filled was not looked at. What is moved out of it may fill the new one.
    this.#emptyIfDead(full);
    return this.#roomFor(size);
  }
}

/** A block mostly holds the body of one object, and an array that is pushed to has room for seventeen. */
function keepIn(block: Block, record: BodyRecord): void {
  if (block.records.length === 0) block.records = [record];
  else block.records.push(record);
}

function sizeOf({ from, to }: Place): number {
  return from === -1 ? 0 : to - from;
}

const NO_OWNERS: readonly string[] = [];

/** The uids of the controlling ones among `references`. */
export function controllersOf(references: readonly OwnerReference[] | undefined): readonly string[] {
  return references?.filter(({ controller }) => controller === true).map(({ uid }) => uid) ?? NO_OWNERS;
}
