import { endOfString, endOfValue, isTextAt, newNesting } from "./json-end.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Where something lies in the bytes: from `from`, up to but without `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What the bytes of one object say that stores decide by. Texts are as `JSON.parse` gives them. */
export interface Scanned extends Span {
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly ownerReferences: Span | undefined;
  /** Members that no reader wants, each with a comma of its own: without them the object is still JSON. In order, apart from each other. */
  readonly cuts: readonly Span[];
}

/** The span of each member that is looked for, by its key. */
type Found<K extends string> = { [key in K]: Span | undefined };

type Keys<K extends string> = readonly (readonly [K, Uint8Array])[];
type MetadataKey = (typeof METADATA_KEYS)[number][0];

const keysOf = <K extends string>(...keys: readonly K[]): Keys<K> => keys.map((key) => [key, new TextEncoder().encode(key)]);

const EVENT_KEYS = keysOf("type", "object");
const LIST_KEYS = keysOf("kind", "apiVersion", "metadata", "items");
const OBJECT_KEYS = keysOf("apiVersion", "kind", "metadata");
const METADATA_KEYS = keysOf("name", "namespace", "uid", "resourceVersion", "ownerReferences", "managedFields", "annotations");
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const ANNOTATION_KEYS = keysOf(LAST_APPLIED);

/**
 * Takes from the bytes of JSON what an informer decides by, without building objects.
 *
 * *Guarantees.* What it says of bytes in UTF-8 is what `JSON.parse` would say, and `JSON.parse` accepts them. Whatever it is not sure of (whitespace between tokens,
 * a key that is looked for and comes twice, escapes in such keys or values, deep nesting, no JSON at all) it answers with `undefined`.
 */
export class Scanner {
  readonly #bytes: Buffer;
  readonly #nesting: Uint8Array;
  /** The end of what was read last. */
  #at = 0;
  /** What was found in the object that was read last. */
  #metadata: Found<MetadataKey> | undefined;
  #lastApplied: Span | undefined;
  #object: Scanned | undefined;
  #items: Scanned[] = [];

  /** @param nesting scratch that scanners may share, of {@link newNesting}. */
  constructor(bytes: Buffer, nesting: Uint8Array = newNesting()) {
    this.#bytes = bytes;
    this.#nesting = nesting;
  }

  /** A watch event with an object: its type, and the object. */
  event(): { readonly type: string; readonly object: Scanned } | undefined {
    const found = this.#members(0, EVENT_KEYS, (key, at) => {
      if (key === undefined) return -1;
      return key === "object" ? this.#endOfObject(at) : undefined;
    });
    if (found === undefined || this.#object === undefined || !this.#isAtEnd()) return undefined;
    const type = this.#text(found.type);
    return type === undefined ? undefined : { type, object: this.#object };
  }

  /** A list: its kind, the text of its metadata, and its items. */
  list(): { readonly kind: string; readonly metadata: string; readonly items: readonly Scanned[] } | undefined {
    const found = this.#members(0, LIST_KEYS, (key, at) => {
      if (key === undefined) return -1;
      return key === "items" ? this.#endOfItems(at) : undefined;
    });
    if (found?.metadata === undefined || found.items === undefined || !this.#isAtEnd()) return undefined;
    const kind = this.#text(found.kind);
    if (kind === undefined) return undefined;
    return { kind, metadata: this.#bytes.toString("utf8", found.metadata.from, found.metadata.to), items: this.#items };
  }

  #endOfItems(from: number): number {
    const bytes = this.#bytes;
    if (bytes[from] !== OPEN_ARRAY) return -1;
    if (bytes[from + 1] === CLOSE_ARRAY) return from + 2;
    for (let at = from + 1; ; at += 1) {
      at = this.#endOfObject(at);
      if (at === -1 || this.#object === undefined) return -1;
      this.#items.push(this.#object);
      if (bytes[at] === CLOSE_ARRAY) return at + 1;
      if (bytes[at] !== COMMA) return -1;
    }
  }

  /** Reads the object that begins at `from`. */
  #endOfObject(from: number): number {
    this.#metadata = undefined;
    const members = this.#members(from, OBJECT_KEYS, (key, at) => (key === "metadata" ? this.#endOfMetadata(at) : undefined));
    const to = this.#at;
    this.#object = members && this.#metadata && this.#scanned({ from, to }, members, this.#metadata);
    return this.#object === undefined ? -1 : to;
  }

  #endOfMetadata(from: number): number {
    this.#lastApplied = undefined;
    this.#metadata = this.#members(from, METADATA_KEYS, (key, at) =>
      key === "annotations" && this.#bytes[at] === OPEN ? this.#endOfAnnotations(at) : undefined,
    );
    return this.#metadata === undefined ? -1 : this.#at;
  }

  #endOfAnnotations(from: number): number {
    const found = this.#members(from, ANNOTATION_KEYS);
    this.#lastApplied = found?.[LAST_APPLIED];
    return found === undefined ? -1 : this.#at;
  }

  #scanned({ from, to }: Span, members: Found<"apiVersion" | "kind">, found: Found<MetadataKey>): Scanned | undefined {
    const apiVersion = this.#optionalText(members.apiVersion);
    const kind = this.#optionalText(members.kind);
    const name = this.#text(found.name);
    const namespace = this.#optionalText(found.namespace);
    const uid = this.#text(found.uid);
    const resourceVersion = this.#text(found.resourceVersion);
    if (apiVersion === false || kind === false || namespace === false) return undefined;
    if (name === undefined || uid === undefined || resourceVersion === undefined) return undefined;
    const { ownerReferences, managedFields } = found;
    return { from, to, apiVersion, kind, name, namespace, uid, resourceVersion, ownerReferences, cuts: this.#cuts(managedFields) };
  }

  #cuts(managedFields: Span | undefined): readonly Span[] {
    const cuts: Span[] = [];
    if (managedFields !== undefined) cuts.push(this.#cut("managedFields", managedFields));
    if (this.#lastApplied !== undefined) cuts.push(this.#cut(LAST_APPLIED, this.#lastApplied));
    return cuts.length < 2 ? cuts : cuts.sort((a, b) => a.from - b.from);
  }

  /** The member `key` with the comma after it, or else the one before it. */
  #cut(key: string, { from, to }: Span): Span {
    const start = from - key.length - 3;
    if (this.#bytes[to] === COMMA) return { from: start, to: to + 1 };
    return { from: this.#bytes[start - 1] === COMMA ? start - 1 : start, to };
  }

  /**
   * The values of `keys` among the members of the object that begins at `from`; afterwards the scanner stands at its end.
   *
   * @param endOf where the value of a key ends that begins at `at`, or -1; `undefined`: any value will do.
   */
  #members<K extends string>(
    from: number,
    keys: Keys<K>,
    endOf: (key: K | undefined, at: number) => number | undefined = () => undefined,
  ): Found<K> | undefined {
    const bytes = this.#bytes;
    const found: Partial<Found<K>> = {};
    this.#at = from + 2;
    if (bytes[from] !== OPEN) return undefined;
    if (bytes[from + 1] === CLOSE) return found as Found<K>; // nothing of it is there
    for (let at = from + 1; ; at += 1) {
      const keyEnd = bytes[at] === QUOTE ? endOfString(bytes, at) : -1;
      const key = keyAt(bytes, at, keyEnd, keys);
      if (keyEnd === -1 || bytes[keyEnd] !== COLON || key === UNSURE || (key !== undefined && found[key] !== undefined)) return undefined;
      const valueFrom = keyEnd + 1;
      at = endOf(key, valueFrom) ?? endOfValue(bytes, valueFrom, this.#nesting);
      if (at === -1) return undefined;
      if (key !== undefined) found[key] = { from: valueFrom, to: at };
      if (bytes[at] === COMMA) continue;
      this.#at = at + 1;
      return bytes[at] === CLOSE ? (found as Found<K>) : undefined; // what is absent is undefined
    }
  }

  #isAtEnd(): boolean {
    const { length } = this.#bytes;
    return this.#at === length || (this.#at === length - 1 && this.#bytes[this.#at] === 0x0a);
  }

  /** The text of a string of printable ASCII without escapes. */
  #text(span: Span | undefined): string | undefined {
    if (span === undefined || this.#bytes[span.from] !== QUOTE) return undefined;
    for (let at = span.from + 1; at < span.to - 1; at += 1) if (this.#bytes[at]! > 0x7e || this.#bytes[at] === BACKSLASH) return undefined; // inside the span
    return this.#bytes.toString("latin1", span.from + 1, span.to - 1);
  }

  /** As {@link Scanner.#text}, but `undefined` for what is absent, and `false` for what is something else. */
  #optionalText(span: Span | undefined): string | undefined | false {
    return span === undefined ? undefined : (this.#text(span) ?? false);
  }
}

const UNSURE = Symbol("unsure");

function keyAt<K extends string>(bytes: Uint8Array, from: number, to: number, keys: Keys<K>): K | undefined | typeof UNSURE {
  for (const [key, text] of keys) if (to - from === text.length + 2 && isTextAt(bytes, from + 1, text)) return key;
  for (let at = from + 1; at < to - 1; at += 1) if (bytes[at] === BACKSLASH) return UNSURE;
  return undefined;
}
