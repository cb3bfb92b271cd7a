import type { KubeObject, ListCall, ListWatch, WatchCall } from "@polykind/apimachinery";
import { type Clock, PolykindError } from "@polykind/core";
import { answer, bookmark, errorEvent, gizmo, listOf, TOO_LARGE } from "./objects.ts";
import { bytes } from "./scripted-list-watch.ts";

/** What may go wrong with the next list. */
export type ListFault = "refused" | "429" | "500" | "403" | "404" | "garbage" | "no items" | "stale" | "slow" | "expired token" | "no uid";
/** What may go wrong with the open watch, or the next one. */
export type WatchFault =
  | "close"
  | "reset"
  | "garbage"
  | "unknown type"
  | "wrong kind"
  | "error 500"
  | "410 left open"
  | "410 status"
  | "429"
  | "404"
  | "replay"
  | "silence"
  | "not accepted";

interface LoggedEvent {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

/**
 * A small API server for one kind: one version for all writes, a log that can be compacted, paged lists, watches, WatchList, and faults that are put in one by one.
 *
 * It remembers everything, so that a test can ask what the state was at any version, and counts what is open.
 */
export class ModelServer implements ListWatch {
  readonly #clock: Clock;
  readonly #log: LoggedEvent[] = [];
  readonly #objects = new Map<string, KubeObject>();
  /** The state at each version, as `key uid version` lines. */
  readonly #states: (readonly string[])[] = [[]];
  readonly #sent = new Set<string>();
  readonly #listFaults: ListFault[] = [];
  readonly #watchFaults: WatchFault[] = [];
  readonly #tokens = new Map<string, { readonly version: number; readonly rest: readonly KubeObject[] }>();
  #wakeWatches = Promise.withResolvers<void>();
  #compactedTo = 0;
  /** It has just denied to know a version. A list of the latest state that is older, too, would be what a server that was restored answers: history is lost. */
  #hasDenied = false;
  #uids = 0;
  #bookmarkAt = 0;
  /** Whether it knows `sendInitialEvents`. */
  offersWatchList: boolean;
  pageSize: number;
  version = 0;
  openCalls = 0;
  mostOpenCalls = 0;
  readonly callTimes: number[] = [];
  /** Lists that were answered to their end. */
  completeLists = 0;
  /** Answers that make a list necessary. */
  causesForList = 0;
  /** Called with each watch that asks for changes after a version. */
  onWatch: (version: string) => void = () => {};

  constructor(
    clock: Clock,
    { offersWatchList = true, pageSize = 500 }: { readonly offersWatchList?: boolean; readonly pageSize?: number } = {},
  ) {
    this.#clock = clock;
    this.offersWatchList = offersWatchList;
    this.pageSize = pageSize;
  }

  /** Creates, updates, or after a deletion creates with another uid. */
  put(name: string): void {
    const present = this.#objects.get(name);
    this.version += 1;
    const uid = present?.metadata.uid ?? `uid-${(this.#uids += 1)}`;
    const object = gizmo(name, this.version, { uid, spec: { n: this.version, ["__proto__"]: { polluted: true } } });
    this.#objects.set(name, object);
    this.#append({ version: this.version, type: present === undefined ? "ADDED" : "MODIFIED", object });
  }

  delete(name: string): void {
    const present = this.#objects.get(name);
    if (present === undefined) return;
    this.version += 1;
    this.#objects.delete(name);
    this.#append({ version: this.version, type: "DELETED", object: gizmo(name, this.version, { uid: present.metadata.uid }) });
  }

  /** Another kind is written to, and a bookmark tells of it. */
  bookmark(): void {
    this.version += 1;
    this.#states[this.version] = linesOf(this.#objects.values());
    this.#bookmarkAt = this.version;
    this.#wake();
  }

  /** Forgets the log up to now: older versions are answered with 410. */
  compact(): void {
    this.#compactedTo = this.version;
    this.#tokens.clear();
  }

  breakList(fault: ListFault): void {
    this.#listFaults.push(fault);
  }

  breakWatch(fault: WatchFault): void {
    this.#watchFaults.push(fault);
    this.#wake();
  }

  /** From now on nothing goes wrong. */
  heal(): void {
    this.#listFaults.length = 0;
    this.#watchFaults.length = 0;
  }

  /** The state at `version`, as `key uid version` lines. */
  stateAt(version: string): readonly string[] | undefined {
    return this.#states[Number(version || "0")];
  }

  hasSent(object: KubeObject): boolean {
    return this.#sent.has(lineOf(object));
  }

  async list(call: ListCall): Promise<Uint8Array> {
    return await this.#counted(call.signal, async () => {
      if (call.only !== undefined) return this.#only(call);
      const fault = this.#listFaults.shift();
      switch (fault) {
        case "refused":
          throw unreachable();
        case "429":
        case "500":
        case "403":
        case "404":
          throw answer(Number(fault));
        case "garbage":
          return Buffer.from("<html>Bad Gateway</html>");
        case "no items":
          return bytes({ apiVersion: "demo.example.com/v1", kind: "GizmoList", metadata: { resourceVersion: String(this.version) } });
        case "slow":
          await this.#clock.sleep(20_000, call.signal);
          break;
        case "expired token":
          this.#tokens.clear();
          break;
        case "stale":
        case "no uid":
        case undefined:
          break;
      }
      return this.#page(call, fault);
    });
  }

  /** One object as it was at the version that is asked for. */
  #only({ only, resourceVersion = "" }: ListCall): Uint8Array {
    if (Number(resourceVersion) < this.#compactedTo) throw answer(410);
    return bytes(
      listOf(
        resourceVersion,
        this.#objectsAt(Number(resourceVersion)).filter(({ metadata }) => metadata.name === only?.name),
      ),
    );
  }

  #page(
    { continue: token, limit, shape, resourceVersion = "0", resourceVersionMatch }: ListCall,
    fault: ListFault | undefined,
  ): Uint8Array {
    if (token !== undefined && !this.#tokens.has(token)) throw answer(410);
    const isStale = fault === "stale" && token === undefined && !(this.#hasDenied && resourceVersionMatch === undefined);
    const version = isStale ? Math.max(this.#compactedTo, this.version - 3) : this.version;
    this.#hasDenied = resourceVersionMatch === "NotOlderThan" && version < Number(resourceVersion);
    if (this.#hasDenied) {
      this.causesForList += 1;
      throw answer(504, TOO_LARGE);
    }
    const from = (token === undefined ? undefined : this.#tokens.get(token)) ?? {
      version,
      rest: version === this.version ? [...this.#objects.values()] : this.#objectsAt(version),
    };
    if (limit === 1 && isStale) this.causesForList += 1;
    const size = limit === undefined ? from.rest.length : Math.min(limit, this.pageSize);
    const [items, rest] = [from.rest.slice(0, size), from.rest.slice(size)];
    const body = fault === "no uid" ? items.map(withoutUid) : shape === "metadata" ? items.map(metadataOf) : items;
    if (rest.length === 0) {
      // Of one object it is a probe of the version, and metadata may lead to a list or save one.
      if (limit !== 1 && shape !== "metadata") this.completeLists += 1;
      return bytes(listOf(from.version, body));
    }
    const next = `token-${from.version}-${rest.length}`;
    this.#tokens.set(next, { version: from.version, rest });
    return bytes(listOf(from.version, body, { continue: next }));
  }

  async *watch(call: WatchCall): AsyncGenerator<readonly Uint8Array[]> {
    this.#open();
    const over = new AbortController();
    const timer = this.#clock.setTimer((call.timeoutSeconds ?? 3_600) * 1_000, () => {
      over.abort();
      this.#wake();
    });
    try {
      yield* this.#run(call, over.signal);
    } finally {
      timer.cancel();
      this.openCalls -= 1;
    }
  }

  async *#run(
    { signal, sendInitialEvents = false, objects, resourceVersion = "" }: WatchCall,
    over: AbortSignal,
  ): AsyncGenerator<readonly Uint8Array[]> {
    if (!sendInitialEvents) this.onWatch(resourceVersion);
    let at = Number(resourceVersion);
    const early = this.#watchFaults[0];
    if (early === "410 status" || early === "429" || early === "404") throw this.#refusal(early);
    if (sendInitialEvents && !this.offersWatchList) throw answer(422);
    if (early !== "not accepted") yield [];
    if (!sendInitialEvents && at < this.#compactedTo) {
      this.causesForList += 1;
      yield [bytes(errorEvent(410))];
      return;
    }
    if (objects === "none") {
      yield [bytes(bookmark(this.version, { isEnd: true }))];
      return;
    }
    if (sendInitialEvents) {
      at = this.version;
      const initial = [...this.#objects.values()].map((object) => bytes({ type: "ADDED", object }));
      // Real servers send them in the order of their keys, whatever their versions.
      yield initial.toReversed();
      this.completeLists += 1;
      yield [bytes(bookmark(at, { isEnd: true }))];
    }
    yield* this.#follow(at, { signal, over });
  }

  async *#follow(
    from: number,
    { signal, over }: { readonly signal: AbortSignal; readonly over: AbortSignal },
  ): AsyncGenerator<readonly Uint8Array[]> {
    let at = from;
    while (!signal.aborted && !over.aborted) {
      const wake = this.#wakeWatches.promise;
      const fault = this.#watchFaults.shift();
      if (fault !== undefined) {
        const lines = this.#faultyLines(fault, at);
        if (lines === undefined) return;
        if (lines.length > 0) yield lines;
        if (fault === "silence") await aborted(signal);
        continue;
      }
      const news = this.#log.filter(({ version }) => version > at);
      at = news.at(-1)?.version ?? at;
      if (news.length > 0) yield news.map(({ type, object }) => bytes({ type, object }));
      if (this.#bookmarkAt > at && !this.#log.some(({ version }) => version > at)) {
        at = this.#bookmarkAt;
        yield [bytes(bookmark(at))];
      } else if (news.length === 0) await Promise.race([wake, aborted(signal)]);
    }
  }

  /** What the watch yields for `fault`; `undefined` where it ends. */
  #faultyLines(fault: WatchFault, at: number): readonly Uint8Array[] | undefined {
    switch (fault) {
      case "close":
        return undefined;
      case "reset":
        throw unreachable();
      case "garbage":
        this.causesForList += 1;
        return [Buffer.from('{"type":"ADDED","object":{"api')];
      case "unknown type":
        this.causesForList += 1;
        return [bytes({ type: "RENAMED", object: gizmo("a", at + 1) })];
      case "wrong kind":
        this.causesForList += 1;
        return [bytes({ type: "ADDED", object: { ...gizmo("a", at + 1), kind: "Table" } })];
      case "error 500":
        return [bytes(errorEvent(500))];
      case "410 left open":
        this.causesForList += 1;
        return [bytes(errorEvent(410))];
      case "replay":
        return this.#log.filter(({ version }) => version <= at).map(({ type, object }) => bytes({ type, object }));
      case "410 status":
      case "429":
      case "404":
        throw this.#refusal(fault);
      case "silence":
      case "not accepted":
        return [];
    }
  }

  #refusal(fault: "410 status" | "429" | "404"): PolykindError {
    this.#watchFaults.shift();
    if (fault !== "410 status") return answer(Number(fault));
    this.causesForList += 1;
    return answer(410);
  }

  async #counted<R>(signal: AbortSignal, body: () => Promise<R>): Promise<R> {
    this.#open();
    try {
      await Promise.resolve();
      signal.throwIfAborted();
      return await body();
    } finally {
      this.openCalls -= 1;
    }
  }

  #open(): void {
    this.openCalls += 1;
    this.mostOpenCalls = Math.max(this.mostOpenCalls, this.openCalls);
    this.callTimes.push(this.#clock.elapsed());
  }

  #append(event: LoggedEvent): void {
    this.#log.push(event);
    this.#sent.add(lineOf(event.object));
    this.#states[event.version] = linesOf(this.#objects.values());
    this.#wake();
  }

  #objectsAt(version: number): readonly KubeObject[] {
    const present = new Map<string, KubeObject>();
    for (const event of this.#log) {
      if (event.version > version) break;
      if (event.type === "DELETED") present.delete(event.object.metadata.name);
      else present.set(event.object.metadata.name, event.object);
    }
    return [...present.values()];
  }

  #wake(): void {
    this.#wakeWatches.resolve();
    this.#wakeWatches = Promise.withResolvers<void>();
  }
}

/** Objects as `key uid version` lines, in order. */
export function linesOf(objects: Iterable<KubeObject>): readonly string[] {
  return Array.from(objects, lineOf).sort();
}

export function lineOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`;
}

function unreachable(): PolykindError {
  return new PolykindError("API_UNREACHABLE", "cannot connect to 127.0.0.1:6443: connection refused");
}

function withoutUid(object: KubeObject): object {
  const { uid: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function metadataOf({ metadata }: KubeObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
