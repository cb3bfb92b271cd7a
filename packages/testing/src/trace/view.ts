import { compareResourceVersions } from "@polykind/apimachinery";
import { type FailureInRow, isPassing, spreadMsOf } from "./back-off.ts";
import type { CallFailure, ListReads, Stamp, TraceEvent } from "./event.ts";
import { type HookView, newHook, tellHook } from "./hook-view.ts";
import { Shocks } from "./shocks.ts";
import { TruthLog } from "./truth-log.ts";

/** A list or a watch that is open. */
export interface OpenCall {
  readonly type: "list" | "watch";
  readonly openedAt: number;
  lastByteAt: number;
  /** Whether its lines so far are the initial ones of a WatchList. */
  isInitial: boolean;
  readonly reads: ListReads;
  /** Whether it was answered. */
  hasLine: boolean;
  /** After an unreadable line: the highest version that may still be applied from this call. */
  ceiling: string | undefined;
  /** The version of the last line before. */
  lastVersion: string;
}

/** What a trace tells of one life of an informer so far. */
export class InstanceView {
  readonly cache: Map<string, Stamp> = new Map();
  readonly calls: Map<number, OpenCall> = new Map();
  readonly hooks: Map<string, HookView> = new Map();
  /** Versions that a complete list, an event or a bookmark has told. */
  readonly seenVersions: Set<string> = new Set();
  resource = "";
  namespace: string | undefined;
  version = "";
  hasSynced = false;
  /** Which history of the server the cache is known to be of. */
  history = 0;
  /** By which schema all objects must be read at rest. */
  reading = 0;
  isStopped = false;
  completeLists = 0;
  /** Lists of metadata. */
  comparisons = 0;
  causesForList = 0;
  /** Watches that the server broke by an error since the version moved. */
  brokenWatches = 0;
  /** The last failure that nothing has followed yet. */
  failure: FailureInRow | undefined;
  failuresInRow = 0;
  failedAt = 0;
  /** How long before the last call the failure was that it follows. */
  pausedFor: { readonly ms: number; readonly failure: FailureInRow } | undefined;
  /** How long a call that is over was silent for, when that was too long. */
  silentMs: number | undefined;
  openTimes: number[] = [];
  /** Until when the end of a watch was announced. */
  expectedUntil: number = Number.NEGATIVE_INFINITY;
  /** Why those that lost their watches with it were not opened again each at its own moment. */
  bunched: string | undefined;
  /** What the last cache event found. */
  before: { version: string; object: Stamp | undefined; cache: ReadonlyMap<string, Stamp> | undefined } = {
    version: "",
    object: undefined,
    cache: undefined,
  };
}

/** What a trace tells so far: a fold over its events. */
export class TraceView {
  readonly instances: Map<string, InstanceView> = new Map();
  readonly log: TruthLog = new TruthLog();
  /** Every state that went over the wire, as text. */
  readonly sent: Set<string> = new Set();
  readonly #shocks = new Shocks();

  instanceOf({ instance }: TraceEvent): InstanceView {
    let found = this.instances.get(instance);
    if (found === undefined) this.instances.set(instance, (found = new InstanceView()));
    return found;
  }

  take(event: TraceEvent): void {
    switch (event.type) {
      case "log.write":
        return this.log.write(event.resource, event.is, event.object);
      case "log.restore":
        return this.log.restore(event.version);
      case "quiet":
      case "pollution":
      case "pool.closed":
        return;
      default:
        return this.#takeOf(this.instanceOf(event), event);
    }
  }

  /** Notes that a watch was lost, where `event` tells so. A version that was compacted away is asked for anew at once, which is no attempt of the same. */
  #takeLoss(view: InstanceView, { at, instance, type }: Of<"watch.line" | "watch.close">): void {
    const { failure } = view;
    if (failure?.at === at && failure.code !== "API_GONE" && failure.code !== "API_INVALID")
      this.#shocks.lose(instance, { at, cause: failure.code, windowMs: spreadMsOf(failure) });
    else if (type === "watch.close" && failure === undefined && at <= view.expectedUntil) {
      view.expectedUntil = Number.NEGATIVE_INFINITY;
      this.#shocks.lose(instance, { at, cause: "announced", windowMs: EXPECTED_WINDOW_MS });
    }
  }

  #judgeSpread(view: InstanceView, { type, instance, at, ...asked }: Of<"list.open" | "watch.open">): void {
    const isPlain = type === "watch.open" && "isWatchList" in asked && !asked.isWatchList;
    view.bunched = isPlain ? this.#shocks.attempt(instance, at) : this.#shocks.forget(instance);
  }

  #takeOf(view: InstanceView, event: TraceEvent): void {
    switch (event.type) {
      case "informer.open":
        view.namespace = event.namespace;
        view.resource = event.resource;
        return;
      case "informer.stopped":
        view.isStopped = true;
        view.bunched = this.#shocks.forget(event.instance);
        return;
      case "informer.retry":
        view.failure = undefined;
        view.bunched = this.#shocks.forget(event.instance);
        return;
      case "informer.expect":
        view.expectedUntil = event.at + EXPECTED_FOR_MS;
        if (event.bodies === "changed") view.causesForList += 1;
        view.reading = event.reading ?? view.reading;
        return;
      case "list.open":
      case "watch.open":
        openCall(view, event);
        return this.#judgeSpread(view, event);
      case "list.line":
        // Whose metadata was read has not been read.
        if (view.calls.get(event.call)?.reads !== "metadata") for (const object of event.objects) this.sent.add(textOfSent(object));
        return takeListLine(view, event);
      case "watch.line":
        if ("object" in event.line) this.sent.add(textOfSent(event.line.object));
        takeWatchLine(view, event);
        return this.#takeLoss(view, event);
      case "list.close":
      case "watch.close":
        // What a line of it has told already is no second failure.
        if (closeCall(view, event)?.ceiling !== undefined) return;
        if (event.failure !== undefined) fail(view, event.at, event.failure);
        if (event.type === "watch.close") this.#takeLoss(view, event);
        return;
      case "cache.replace":
      case "cache.set":
      case "cache.del":
      case "cache.advance":
        return takeCache(view, event);
      default:
        return takeHook(view, event, this.log.history);
    }
  }
}

/** What may be reckoned with to happen within so long of its announcement. */
const EXPECTED_FOR_MS = 60_000;
/** A small kind resumes within this time after a disconnect that was announced. */
const EXPECTED_WINDOW_MS = 50;

/** A state as text, equal for equal states. */
export function textOf({ key, uid, version, content }: Stamp): string {
  return `${key} ${uid} ${version} ${content}`;
}

/** The same of a state as it was read. */
export function textOfSent(stamp: Stamp): string {
  return stamp.reading === undefined ? textOf(stamp) : `${textOf(stamp)} by ${stamp.reading}`;
}

/** A watch lasts ten minutes at most, and may be silent half a minute longer; some seconds are for the server to answer. */
const SILENT_WATCH_MS = 635_000;
const SILENT_STREAM_MS = 15_000;
/** Health for so long forgets failures. */
const HEALTHY_MS = 120_000;
const SILENT_LIST_MS = 305_000;
/** How long a call may be silent. */
export function longestSilenceMs({ type, isInitial }: { readonly type: "list" | "watch"; readonly isInitial: boolean }): number {
  if (type === "list") return SILENT_LIST_MS;
  return isInitial ? SILENT_STREAM_MS : SILENT_WATCH_MS;
}
type Of<K extends TraceEvent["type"]> = Extract<TraceEvent, { readonly type: K }>;

function openCall(view: InstanceView, event: Of<"list.open" | "watch.open">): void {
  const isWatch = event.type === "watch.open";
  view.calls.set(event.call, {
    type: isWatch ? "watch" : "list",
    openedAt: event.at,
    lastByteAt: event.at,
    isInitial: isWatch && event.isWatchList,
    reads: event.reads ?? "objects",
    hasLine: false,
    ceiling: undefined,
    lastVersion: isWatch ? event.version : "",
  });
  view.pausedFor = view.failure === undefined ? undefined : { ms: event.at - view.failure.at, failure: view.failure };
  view.failure = undefined;
  // One page follows another as soon as it comes, and one object another.
  if (isWatch || (!event.isContinued && event.reads !== "one")) view.openTimes.push(event.at);
}

function closeCall(view: InstanceView, { call, at }: Of<"list.close" | "watch.close">): OpenCall | undefined {
  const open = view.calls.get(call);
  if (open !== undefined && at - open.lastByteAt > longestSilenceMs(open)) view.silentMs = at - open.lastByteAt;
  // An object that could not be read at a version is compared anew.
  if (open?.reads === "one" && !open.hasLine) view.causesForList += 1;
  view.calls.delete(call);
  return open;
}

function takeListLine(view: InstanceView, { call, version, isLast, at }: Of<"list.line">): void {
  const open = view.calls.get(call);
  if (open !== undefined) {
    open.lastByteAt = at;
    open.hasLine = true;
  }
  view.failuresInRow = 0;
  // One that lags behind is refused, and asked for again; a probe that tells of an older version leads to a list.
  if (isOlder(version, view.version)) view.causesForList += 1;
  if (!isLast) return;
  if (open?.reads === "metadata") {
    view.seenVersions.add(version);
    view.comparisons += 1;
  } else if (open?.reads === "objects") completeList(view, version);
}

function completeList(view: InstanceView, version: string): void {
  view.expectedUntil = Number.NEGATIVE_INFINITY;
  view.seenVersions.add(version);
  view.completeLists += 1;
}

/** At one version so many watches may be broken before everything is listed. */
const MOST_BROKEN_WATCHES = 3;

function takeWatchLine(view: InstanceView, { call, line, at }: Of<"watch.line">): void {
  const open = view.calls.get(call);
  if (open === undefined) return;
  open.lastByteAt = at;
  switch (line.is) {
    case "unreadable":
      open.ceiling ??= open.lastVersion;
      view.causesForList += 1;
      return fail(view, at, { code: "API_PROTOCOL" });
    case "ERROR":
      open.ceiling ??= open.lastVersion;
      // The reader of the stream has given up.
      if (line.failure.code === "API_PROTOCOL") view.causesForList += 1;
      if (line.failure.code === "API_UNAVAILABLE" && (view.brokenWatches += 1) >= MOST_BROKEN_WATCHES) view.causesForList += 1;
      return fail(view, at, line.failure);
    default: {
      view.failuresInRow = 0;
      const version = line.is === "BOOKMARK" ? line.version : line.object.version;
      const isEnd = line.is === "BOOKMARK" && line.isInitialEventsEnd;
      if (open.isInitial && !isEnd) return;
      if (isOlder(open.lastVersion, version) || open.lastVersion === "") open.lastVersion = version;
      if (isEnd) {
        open.isInitial = false;
        if (isOlder(version, view.version)) view.causesForList += 1;
        if (open.reads === "objects") completeList(view, version);
      } else view.seenVersions.add(version);
    }
  }
}

function fail(view: InstanceView, at: number, failure: CallFailure): void {
  if (view.failure !== undefined) return;
  if (failure.code === "API_GONE" || failure.isTooLarge === true) view.causesForList += 1;
  if (at - view.failedAt >= HEALTHY_MS) view.failuresInRow = 0;
  view.failedAt = at;
  if (!isPassing(failure)) view.failuresInRow += 1;
  view.failure = { ...failure, at, inRow: view.failuresInRow };
}

function takeCache(view: InstanceView, event: Of<"cache.replace" | "cache.set" | "cache.del" | "cache.advance">): void {
  view.before = { version: view.version, object: undefined, cache: undefined };
  if (view.version !== event.version) view.brokenWatches = 0;
  view.version = event.version;
  switch (event.type) {
    case "cache.replace":
      view.before.cache = new Map(view.cache);
      view.cache.clear();
      for (const object of event.objects) view.cache.set(object.key, object);
      break;
    case "cache.set":
      view.before.object = view.cache.get(event.object.key);
      view.cache.set(event.object.key, event.object);
      break;
    case "cache.del":
      view.before.object = view.cache.get(event.object.key);
      view.cache.delete(event.object.key);
      break;
    case "cache.advance":
      break;
  }
  if (view.hasSynced) return;
  view.hasSynced = true;
  for (const hook of view.hooks.values()) hook.initial ??= uidsOf(view);
}

function uidsOf({ cache }: InstanceView): ReadonlySet<string> {
  return new Set(Array.from(cache.values(), ({ uid }) => uid));
}

function takeHook(view: InstanceView, event: TraceEvent, history: number): void {
  if (event.type === "hook.open") {
    view.hooks.set(event.hook, newHook(view.hasSynced ? uidsOf(view) : undefined));
    return;
  }
  const hook = "hook" in event ? view.hooks.get(event.hook) : undefined;
  if (hook === undefined) return;
  switch (event.type) {
    case "hook.add":
    case "hook.upd":
    case "hook.del":
      return tellHook(hook, event, history);
    case "hook.synced":
      hook.isSynced = true;
      return;
    case "hook.close":
      hook.isClosed = true;
      return;
    default:
  }
}

/** Whether `version` is known to be older than `than`. */
export function isOlder(version: string, than: string): boolean {
  return than !== "" && version !== "" && compareResourceVersions(version, than) === -1;
}
