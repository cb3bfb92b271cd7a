import { BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, LINE_FEED, OPEN_ARRAY, OPEN_OBJECT, QUOTE, SLASH } from "./json-bytes.ts";
import { endOfPlainString, endOfValue, isTextAt, newNesting } from "./json-end.ts";

/** Of the longest names: 63 and 253, and the slash between them. */
const KEY_BYTES = 320;
/** What is absent lies nowhere. */
const NOWHERE = -1;

const textOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const TYPE = textOf("type");
const OBJECT = textOf("object");
const KIND = textOf("kind");
const API_VERSION = textOf("apiVersion");
const METADATA = textOf("metadata");
const ITEMS = textOf("items");
const NAME = textOf("name");
const NAMESPACE = textOf("namespace");
const UID = textOf("uid");
const RESOURCE_VERSION = textOf("resourceVersion");
const OWNER_REFERENCES = textOf("ownerReferences");
const MANAGED_FIELDS = textOf("managedFields");
const ANNOTATIONS = textOf("annotations");
const LAST_APPLIED = textOf("kubectl.kubernetes.io/last-applied-configuration");
const ADDED = textOf('"ADDED"');
const MODIFIED = textOf('"MODIFIED"');
const DELETED = textOf('"DELETED"');
const BOOKMARK = textOf('"BOOKMARK"');
const INITIAL_EVENTS_END = textOf("k8s.io/initial-events-end");
const TRUE = textOf('"true"');

const NO_BYTES = Buffer.alloc(0);

/** What every object must say of itself. */
export interface ExpectedTexts {
  readonly apiVersion: string;
  readonly kind: string;
}

const NOTHING: ExpectedTexts = { apiVersion: "", kind: "" };

/** What a watch event says of its object. That of a bookmark has no name and no uid. */
export type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";

/** What a list says beside its items. */
export interface ScannedList {
  readonly kind: string;
  /** As JSON. */
  readonly metadata: string;
}

/** From `from`, up to but without `to`; `from` is -1 where there is nothing. */
export class Place {
  from: number = NOWHERE;
  to: number = NOWHERE;

  set(from: number, to: number): void {
    this.from = from;
    this.to = to;
  }
}

/**
 * Takes from the bytes of JSON what an informer decides by, without building objects: what it found is read from its own places until it reads the next object. So one is enough for
 * all informers of a process.
 *
 * *Guarantees.* What it says of bytes in UTF-8 is what `JSON.parse` would say, and `JSON.parse` accepts them. Whatever it is not sure of (whitespace between tokens,
 * a key that is looked for and comes twice, escapes in keys beside them or in their values, other kinds, deep nesting, no JSON at all) it answers with `undefined`.
 */
export class Scanner {
  #expected: ExpectedTexts = NOTHING;
  readonly #nesting: Uint8Array = newNesting();
  /** Room for a key. */
  readonly #key: Buffer = Buffer.alloc(KEY_BYTES);
  /** What is being read, and nothing after that: it may be a small part of much. */
  #bytes: Buffer = NO_BYTES;
  /** The whole object that was read last. */
  readonly object: Place = new Place();
  /** Of it, without the quotes. */
  readonly name: Place = new Place();
  readonly namespace: Place = new Place();
  readonly uid: Place = new Place();
  readonly resourceVersion: Place = new Place();
  /** The array. */
  readonly ownerReferences: Place = new Place();
  readonly annotations: Place = new Place();
  /** Members that no reader wants, each with a comma of its own: without them the object is still JSON. */
  readonly managedFields: Place = new Place();
  readonly lastApplied: Place = new Place();
  /** The annotation that says that all initial objects have come. */
  readonly initialEventsEnd: Place = new Place();
  /** The event that is read is known to be one. */
  #isBookmark = false;

  /** Of the object that was read last of `bytes`, as `keyOf`, but in one piece: a text that is put together of parts keeps them all. */
  keyIn(bytes: Buffer): string {
    const { name, namespace } = this;
    if (namespace.from === NOWHERE) return asciiAt(bytes, name);
    const length = namespace.to - namespace.from + 1 + name.to - name.from;
    if (length > this.#key.length) return `${asciiAt(bytes, namespace)}/${asciiAt(bytes, name)}`;
    let at = 0;
    for (let from = namespace.from; from < namespace.to; from += 1) this.#key[at++] = bytes[from]!; // inside the bytes
    this.#key[at++] = SLASH;
    for (let from = name.from; from < name.to; from += 1) this.#key[at++] = bytes[from]!; // inside the bytes
    return this.#key.toString("latin1", 0, at);
  }

  /** Whether what was read last of `bytes` says that all initial objects have come. */
  isInitialEventsEndIn(bytes: Buffer): boolean {
    const { from, to } = this.initialEventsEnd;
    return from !== NOWHERE && to - from === TRUE.length && isTextAt(bytes, from, TRUE);
  }

  /** A watch event with an object: its type. */
  event(bytes: Buffer, expected: ExpectedTexts): EventType | undefined {
    this.#bytes = bytes;
    this.#expected = expected;
    this.#isBookmark = false;
    const type = this.#event(bytes);
    this.#bytes = NO_BYTES;
    return type;
  }

  #event(bytes: Buffer): EventType | undefined {
    if (bytes[0] !== OPEN_OBJECT) return undefined;
    let type: EventType | undefined;
    let hasObject = false;
    for (let at = 1; ; at += 1) {
      const value = this.#endOfKey(at);
      if (value === NOWHERE) return undefined;
      if (this.#isKey(OBJECT, at, value)) {
        if (hasObject) return undefined;
        hasObject = true;
        at = this.#endOfObject(value);
      } else if (this.#isKey(TYPE, at, value)) {
        if (type !== undefined) return undefined;
        type = typeAt(bytes, value);
        // Of an object that came before it the name would have been asked for.
        this.#isBookmark = type === "BOOKMARK";
        at = type === undefined ? NOWHERE : value + type.length + 2;
      } else at = endOfValue(bytes, value, this.#nesting);
      if (at === NOWHERE) return undefined;
      if (bytes[at] === COMMA) continue;
      return hasObject && this.#isEnd(at) ? type : undefined;
    }
  }

  /**
   * A list: the texts of its kind and its metadata.
   *
   * @param onItem called when an item was read; `false` ends the scan.
   */
  list(bytes: Buffer, expected: ExpectedTexts, onItem: () => boolean): ScannedList | undefined {
    this.#bytes = bytes;
    this.#expected = expected;
    this.#isBookmark = false;
    const list = this.#list(bytes, onItem);
    this.#bytes = NO_BYTES;
    return list;
  }

  #list(bytes: Buffer, onItem: () => boolean): ScannedList | undefined {
    const [kind, metadata] = [new Place(), new Place()];
    let hasItems = false;
    if (bytes[0] !== OPEN_OBJECT) return undefined;
    for (let at = 1; ; at += 1) {
      const value = this.#endOfKey(at);
      if (value === NOWHERE) return undefined;
      if (this.#isKey(ITEMS, at, value)) {
        at = hasItems ? NOWHERE : this.#endOfItems(value, onItem);
        hasItems = true;
      } else if (this.#isKey(KIND, at, value)) at = this.#endOfText(kind, value);
      else if (this.#isKey(METADATA, at, value)) at = this.#endOfSpan(metadata, value);
      else at = endOfValue(bytes, value, this.#nesting);
      if (at === NOWHERE) return undefined;
      if (bytes[at] === COMMA) continue;
      if (!hasItems || kind.from === NOWHERE || metadata.from === NOWHERE || !this.#isEnd(at)) return undefined;
      return { kind: asciiAt(bytes, kind), metadata: bytes.toString("utf8", metadata.from, metadata.to) };
    }
  }

  #endOfItems(from: number, onItem: () => boolean): number {
    const bytes = this.#bytes;
    if (bytes[from] !== OPEN_ARRAY) return NOWHERE;
    if (bytes[from + 1] === CLOSE_ARRAY) return from + 2;
    for (let at = from + 1; ; at += 1) {
      at = this.#endOfObject(at);
      if (at === NOWHERE || !onItem()) return NOWHERE;
      if (bytes[at] === CLOSE_ARRAY) return at + 1;
      if (bytes[at] !== COMMA) return NOWHERE;
    }
  }

  /** Reads the object that begins at `from`; where it ends. */
  #endOfObject(from: number): number {
    const bytes = this.#bytes;
    let hasVersion = false;
    let hasKind = false;
    let hasMetadata = false;
    if (bytes[from] !== OPEN_OBJECT) return NOWHERE;
    for (let at = from + 1; ; at += 1) {
      const value = this.#endOfKey(at);
      if (value === NOWHERE) return NOWHERE;
      if (this.#isKey(METADATA, at, value)) {
        at = hasMetadata ? NOWHERE : this.#endOfMetadata(value);
        hasMetadata = true;
      } else if (this.#isKey(KIND, at, value)) {
        at = hasKind ? NOWHERE : endOfQuoted(bytes, value, this.#expected.kind);
        hasKind = true;
      } else if (this.#isKey(API_VERSION, at, value)) {
        at = hasVersion ? NOWHERE : endOfQuoted(bytes, value, this.#expected.apiVersion);
        hasVersion = true;
      } else at = endOfValue(bytes, value, this.#nesting);
      if (at === NOWHERE) return NOWHERE;
      if (bytes[at] === COMMA) continue;
      if (bytes[at] !== CLOSE_OBJECT || !hasVersion || !hasKind || !hasMetadata) return NOWHERE;
      this.object.set(from, at + 1);
      return at + 1;
    }
  }

  #endOfMetadata(from: number): number {
    const bytes = this.#bytes;
    this.#forget();
    if (bytes[from] !== OPEN_OBJECT) return NOWHERE;
    for (let at = from + 1; ; at += 1) {
      const value = this.#endOfKey(at);
      if (value === NOWHERE) return NOWHERE;
      at = this.#endOfMetadataValue(at, value);
      if (at === NOWHERE) return NOWHERE;
      if (bytes[at] === COMMA) continue;
      return bytes[at] === CLOSE_OBJECT && this.#isWhole() ? at + 1 : NOWHERE;
    }
  }

  #isWhole(): boolean {
    return this.resourceVersion.from !== NOWHERE && (this.#isBookmark || (this.name.from !== NOWHERE && this.uid.from !== NOWHERE));
  }

  #forget(): void {
    this.name.from = NOWHERE;
    this.namespace.from = NOWHERE;
    this.uid.from = NOWHERE;
    this.resourceVersion.from = NOWHERE;
    this.ownerReferences.from = NOWHERE;
    this.managedFields.from = NOWHERE;
    this.lastApplied.from = NOWHERE;
    this.annotations.from = NOWHERE;
    this.initialEventsEnd.from = NOWHERE;
  }

  /** Takes in the member whose key is at `key` and whose value is at `value`; where it ends. Keys are told apart by their length first. */
  #endOfMetadataValue(key: number, value: number): number {
    switch (value - key - 3) {
      case UID.length:
        if (isTextAt(this.#bytes, key + 1, UID)) return this.#endOfText(this.uid, value);
        break;
      case NAME.length:
        if (isTextAt(this.#bytes, key + 1, NAME)) return this.#endOfText(this.name, value);
        break;
      case NAMESPACE.length:
        if (isTextAt(this.#bytes, key + 1, NAMESPACE)) return this.#endOfText(this.namespace, value);
        break;
      case ANNOTATIONS.length:
        if (isTextAt(this.#bytes, key + 1, ANNOTATIONS)) return this.#endOfAnnotations(value);
        break;
      case MANAGED_FIELDS.length:
        if (isTextAt(this.#bytes, key + 1, MANAGED_FIELDS)) return this.#endOfCut(this.managedFields, key, value);
        break;
      case RESOURCE_VERSION.length:
        if (isTextAt(this.#bytes, key + 1, RESOURCE_VERSION)) return this.#endOfText(this.resourceVersion, value);
        if (isTextAt(this.#bytes, key + 1, OWNER_REFERENCES)) return this.#endOfSpan(this.ownerReferences, value);
        break;
    }
    return endOfValue(this.#bytes, value, this.#nesting);
  }

  #endOfAnnotations(from: number): number {
    const bytes = this.#bytes;
    if (bytes[from] !== OPEN_OBJECT || bytes[from + 1] === CLOSE_OBJECT) return this.#endOfSpan(this.annotations, from);
    if (this.annotations.from !== NOWHERE) return NOWHERE;
    this.annotations.set(from, from);
    for (let at = from + 1; ; at += 1) {
      const value = this.#endOfKey(at);
      if (value === NOWHERE) return NOWHERE;
      if (this.#isKey(LAST_APPLIED, at, value)) at = this.#endOfCut(this.lastApplied, at, value);
      else if (this.#isKey(INITIAL_EVENTS_END, at, value)) at = this.#endOfSpan(this.initialEventsEnd, value);
      else at = endOfValue(bytes, value, this.#nesting);
      if (at === NOWHERE) return NOWHERE;
      if (bytes[at] !== COMMA) return bytes[at] === CLOSE_OBJECT ? at + 1 : NOWHERE;
    }
  }

  /** Takes in the member with the comma after it, or else the one before it; where its value ends. */
  #endOfCut(place: Place, key: number, value: number): number {
    const bytes = this.#bytes;
    const to = place.from === NOWHERE ? endOfValue(bytes, value, this.#nesting) : NOWHERE;
    if (to === NOWHERE) return NOWHERE;
    if (bytes[to] === COMMA) place.set(key, to + 1);
    else place.set(bytes[key - 1] === COMMA ? key - 1 : key, to);
    return to;
  }

  /** Takes in a string that must not be empty, without its quotes; where it ends. */
  #endOfText(place: Place, from: number): number {
    const to = place.from === NOWHERE ? endOfPlainString(this.#bytes, from) : NOWHERE;
    if (to === NOWHERE || to === from + 2) return NOWHERE;
    place.set(from + 1, to - 1);
    return to;
  }

  #endOfSpan(place: Place, from: number): number {
    const to = place.from === NOWHERE ? endOfValue(this.#bytes, from, this.#nesting) : NOWHERE;
    place.set(from, to);
    return to;
  }

  /** Where the value begins of the member whose key is at `at`; nowhere for a key with escapes, which may be any. */
  #endOfKey(at: number): number {
    const bytes = this.#bytes;
    const { length } = bytes;
    if (bytes[at] !== QUOTE) return NOWHERE;
    for (let next = at + 1; next < length; next += 1) {
      const byte = bytes[next]!; // next is below the length
      if (byte > BACKSLASH) continue;
      if (byte === QUOTE) return bytes[next + 1] === COLON ? next + 2 : NOWHERE;
      if (byte < 0x20 || byte === BACKSLASH) return NOWHERE;
    }
    return NOWHERE;
  }

  /** Whether the member whose key is at `at` and whose value is at `value` is called `key`. */
  #isKey(key: Uint8Array, at: number, value: number): boolean {
    return value - at - 3 === key.length && isTextAt(this.#bytes, at + 1, key);
  }

  /** Whether the outermost object is closed at `at`, and nothing follows it but a line feed. */
  #isEnd(at: number): boolean {
    const { length } = this.#bytes;
    return this.#bytes[at] === CLOSE_OBJECT && (at + 1 === length || (at + 2 === length && this.#bytes[at + 1] === LINE_FEED));
  }
}

/** The text at `place`, of printable ASCII. */
export function asciiAt(bytes: Buffer, { from, to }: Place): string {
  return bytes.toString("latin1", from, to);
}

function typeAt(bytes: Uint8Array, at: number): EventType | undefined {
  if (isTextAt(bytes, at, ADDED)) return "ADDED";
  if (isTextAt(bytes, at, MODIFIED)) return "MODIFIED";
  if (isTextAt(bytes, at, DELETED)) return "DELETED";
  return isTextAt(bytes, at, BOOKMARK) ? "BOOKMARK" : undefined;
}

/** Where the string ends that begins at `from` and is `text`, without any escape; nowhere for another one, and for what is not ASCII. */
function endOfQuoted(bytes: Uint8Array, from: number, text: string): number {
  const end = from + text.length + 1;
  if (bytes[from] !== QUOTE || bytes[end] !== QUOTE) return NOWHERE;
  for (let i = 0; i < text.length; i += 1) {
    const byte = bytes[from + 1 + i]!; // before the closing quote
    if (byte !== text.charCodeAt(i) || byte === QUOTE || byte === BACKSLASH || byte > 0x7e) return NOWHERE;
  }
  return end + 1;
}
