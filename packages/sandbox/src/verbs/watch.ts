import { apiVersionOf } from "@polykind/apimachinery";
import { messageOf } from "@polykind/core";
import { expired, internal, StatusError, versionTooLarge } from "../status/index.ts";
import type { Watch } from "../store/collection.ts";
import type { Change, Stored } from "../store/stored.ts";
import type { Call } from "./call.ts";
import type { Cluster } from "./cluster.ts";
import { type EventBytes, lineOf, type Telling } from "./event-bytes.ts";
import { type ListOptions, listOptionsOf, revisionOf } from "./options.ts";
import { type Selection, selectionOf } from "./selection.ts";
import type { Shape } from "./shape.ts";

/** Where the lines of a watch go. */
export interface WatchSink {
  write(line: Uint8Array): void;
  end(): void;
}

/** What a watch needs besides its call. */
export interface WatchContext {
  readonly cluster: Cluster;
  readonly shape: Shape;
  readonly bytes: EventBytes;
  readonly sink: WatchSink;
}

const BOOKMARK_EVERY_MS = 60_000;
/** So long before its end a watch is told the version from which to go on. */
const LAST_BOOKMARK_BEFORE_END_MS = 2000;
const DEFAULT_TIMEOUT_S = 1800;

/**
 * GET of a collection with `watch`: tells changes until the client goes, the time is over, or the kind is served otherwise.
 *
 * @returns ends it without a word; harmless when it has ended.
 * @throws StatusError 400, 422 and 504 before anything was written.
 */
export function watch(call: Call, context: WatchContext): () => void {
  const options = listOptionsOf(call.query, true);
  const selection = selectionOf(call, options);
  const from = options.resourceVersion === "" ? 0 : revisionOf(options.resourceVersion);
  const { revision } = context.cluster.store;
  if (options.sendInitialEvents === true && from > revision) throw versionTooLarge(options.resourceVersion, revision);
  const watching = new Watching(call, context, { options, selection, from });
  watching.begin();
  return () => watching.stop();
}

interface Wish {
  readonly options: ListOptions;
  readonly selection: Selection | undefined;
  readonly from: number;
}

/** One open watch. */
class Watching implements Watch {
  readonly #call: Call;
  readonly #context: WatchContext;
  readonly #wish: Wish;
  readonly #ends: (() => void)[] = [];
  #hasTold = false;
  #isOver = false;

  constructor(call: Call, context: WatchContext, wish: Wish) {
    this.#call = call;
    this.#context = context;
    this.#wish = wish;
  }

  begin(): void {
    const { options, from } = this.#wish;
    const { collection } = this.#call.kind;
    const isFromNow = options.sendInitialEvents === true || (from === 0 && options.sendInitialEvents !== false);
    const missed = isFromNow || from === 0 ? [] : collection.changesSince(from);
    if (missed === undefined) {
      const { body } = expired(`too old resource version: ${from} (${collection.watchFloor})`);
      this.#context.sink.write(lineOf("ERROR", body));
      return this.onClose();
    }
    if (isFromNow) this.#orFail(() => this.#tellPresent(options));
    for (const change of missed) this.onChange(change);
    if (this.#isOver) return;
    this.#ends.push(collection.watch(this));
    this.#setTimers(options);
  }

  stop(): void {
    this.#isOver = true;
    for (const end of this.#ends.splice(0)) end();
  }

  onClose(): void {
    if (this.#isOver) return;
    this.stop();
    this.#context.sink.end();
  }

  onChange(change: Change): void {
    // Versions that the client says to have seen already, although we have not reached them.
    if (this.#isOver || change.revision <= this.#wish.from) return;
    if (this.#call.namespace !== "" && change.stored.namespace !== this.#call.namespace) return;
    this.#orFail(() => {
      const telling = this.#tellingOf(change);
      if (telling !== undefined) this.#tell(telling);
    });
  }

  /** What cannot be told, because a conversion fails, ends the watch. */
  #orFail(tell: () => void): void {
    try {
      tell();
    } catch (thrown) {
      const { body } = thrown instanceof StatusError ? thrown : internal(messageOf(thrown));
      this.#context.sink.write(lineOf("ERROR", body));
      this.onClose();
    }
  }

  /** A change as it looks through the selection: what enters it is added, what leaves it deleted. */
  #tellingOf(change: Change): Telling | undefined {
    const { type, stored, previous } = change;
    const { kind } = this.#call;
    const { selection } = this.#wish;
    const object = kind.read(stored);
    if (selection === undefined) return { type, object, of: change };
    const was = previous === undefined ? undefined : kind.read(previous);
    const wasSelected = was !== undefined && selection(was);
    if (type !== "DELETED" && selection(object)) return { type: wasSelected ? "MODIFIED" : "ADDED", object, of: change };
    if (!wasSelected) return undefined;
    return { type: "DELETED", object: type === "DELETED" ? object : withVersionOf(stored, was), of: change };
  }

  #tell(telling: Telling): void {
    const { bytes, cluster, shape, sink } = this.#context;
    sink.write(bytes.of(telling, { kind: this.#call.kind, shape, now: cluster.clock.now(), hasHeaders: !this.#hasTold }));
    this.#hasTold ||= shape.as === "Table";
  }

  #tellPresent({ sendInitialEvents, allowsBookmarks }: ListOptions): void {
    const { kind, namespace } = this.#call;
    for (const stored of kind.collection.list(namespace)) {
      const object = kind.read(stored);
      if (this.#wish.selection?.(object) !== false) this.#tell({ type: "ADDED", object, of: stored });
    }
    if (sendInitialEvents === true && allowsBookmarks) this.#bookmark({ "k8s.io/initial-events-end": "true" });
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): void {
    const { kind } = this.#call;
    const metadata = { resourceVersion: String(this.#context.cluster.store.revision), ...(annotations !== undefined && { annotations }) };
    const names = { kind: kind.kind, apiVersion: apiVersionOf(kind) };
    const { as } = this.#context.shape;
    if (as === "Table") {
      const row = { cells: [], object: { ...names, metadata } };
      return this.#context.sink.write(
        lineOf("BOOKMARK", { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata, columnDefinitions: [], rows: [row] }),
      );
    }
    const named = as === "PartialObjectMetadata" ? { kind: as, apiVersion: "meta.k8s.io/v1" } : names;
    this.#context.sink.write(lineOf("BOOKMARK", { ...named, metadata }));
  }

  #setTimers({ timeoutSeconds, allowsBookmarks }: ListOptions): void {
    const { clock, random } = this.#context.cluster;
    const lastsMs = 1000 * (timeoutSeconds === undefined || timeoutSeconds <= 0 ? DEFAULT_TIMEOUT_S * (1 + random()) : timeoutSeconds);
    const over = clock.setTimer(lastsMs, () => this.onClose());
    this.#ends.push(() => over.cancel());
    if (allowsBookmarks) this.#setBookmark(lastsMs);
  }

  #setBookmark(leftMs: number): void {
    const afterMs = Math.min(BOOKMARK_EVERY_MS, leftMs - LAST_BOOKMARK_BEFORE_END_MS);
    if (afterMs <= 0) return;
    const next = this.#context.cluster.clock.setTimer(afterMs, () => {
      this.#bookmark();
      this.#setBookmark(leftMs - afterMs);
    });
    this.#ends.push(() => next.cancel());
  }
}

/** The last state that was selected, at the version at which it left. */
function withVersionOf({ revision }: Stored, object: Telling["object"]): Telling["object"] {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
