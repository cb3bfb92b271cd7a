import { leastPauseMs } from "./back-off.ts";
import type { Stamp, TraceEvent } from "./event.ts";
import type { HookView } from "./hook-view.ts";
import { isOlder, longestSilenceMs, textOf, textOfSent, type TraceView } from "./view.ts";

/** The invariants of watches and caches that a trace can tell of: W for watches, C for the life of what watches. */
export type Invariant =
  | "W1"
  | "W2"
  | "W3"
  | "W4"
  | "W5"
  | "W6"
  | "W7"
  | "W8"
  | "W9"
  | "W10"
  | "W11"
  | "W12"
  | "W13"
  | "W14"
  | "W15"
  | "W16"
  | "W17"
  | "W18"
  | "C12";

/** One invariant. */
export interface Rule {
  readonly invariant: Invariant;
  /** In a few words, for people. */
  readonly says: string;
  /** Why `event`, which `view` has taken in, breaks it; `undefined` when it does not. */
  readonly breach: (event: TraceEvent, view: TraceView) => string | undefined;
}

const OPENS_PER_SECOND = 25;

/** W1–W18, and C12. */
export const RULES: readonly Rule[] = [
  { invariant: "W12", says: "bookmarks never reach handlers", breach: tellsBookmark },
  { invariant: "W1", says: "no invention", breach: invents },
  { invariant: "W16", says: "a line that does not end is given up", breach: hoards },
  { invariant: "W17", says: "what is handed out is frozen", breach: isMutable },
  {
    invariant: "W18",
    says: "no key reaches Object.prototype",
    breach: (event) => (event.type === "pollution" ? `${event.name} is there` : undefined),
  },
  { invariant: "W8", says: "no skipped bytes", breach: skips },
  { invariant: "W15", says: "no time travel", breach: travels },
  { invariant: "W2", says: "versions of a key never fall", breach: falls },
  { invariant: "W5", says: "the cache is the server's state at its version, whole", breach: mixes },
  { invariant: "W4", says: "add, changes, delete, for each uid", breach: breaksGrammar },
  { invariant: "W6", says: "synced means delivered", breach: claimsSync },
  { invariant: "W7", says: "a watch resumes where the cache is", breach: resumesElsewhere },
  { invariant: "W9", says: "one stream", breach: doubles },
  { invariant: "W10", says: "silence after the stop", breach: speaksAfterStop },
  { invariant: "W11", says: "no list without a cause", breach: relists },
  { invariant: "W13", says: "back-off, each at its own moment", breach: hurries },
  { invariant: "W14", says: "no stream is silent for ever", breach: isSilent },
  {
    invariant: "C12",
    says: "an informer stops when nobody holds it, and not before",
    breach: (event) => (event.type === "lease.broken" ? event.why : undefined),
  },
  { invariant: "W3", says: "at rest the cache is the server's state", breach: differsAtRest },
];

function tellsBookmark(event: TraceEvent): string | undefined {
  if (event.type !== "hook.add" && event.type !== "hook.upd" && event.type !== "hook.del") return undefined;
  return event.object.uid === "" || event.object.key === "" ? `${event.hook} was told of an object without name and uid` : undefined;
}

function invents(event: TraceEvent, view: TraceView): string | undefined {
  for (const object of objectsOf(event)) if (!view.sent.has(textOfSent(object))) return `the server never sent ${textOfSent(object)}`;
  return undefined;
}

function objectsOf(event: TraceEvent): readonly Stamp[] {
  switch (event.type) {
    case "cache.replace":
      return event.objects;
    case "cache.set":
    case "hook.add":
    case "hook.upd":
    case "hook.del":
      return [event.object];
    default:
      return [];
  }
}

function hoards(event: TraceEvent): string | undefined {
  if (event.type !== "parser.held" || event.bytes <= event.maxBytes) return undefined;
  return `${event.bytes} bytes of a line are held, and ${event.maxBytes} may be`;
}

function isMutable(event: TraceEvent): string | undefined {
  return "isFrozen" in event && !event.isFrozen ? `${event.object.key} was handed out and can be changed` : undefined;
}

function skips(event: TraceEvent, view: TraceView): string | undefined {
  if (!isCacheEvent(event) || event.type === "cache.replace") return undefined;
  for (const { ceiling } of view.instanceOf(event).calls.values()) {
    if (ceiling !== undefined && isOlder(ceiling, event.version))
      return `${event.version} was applied from behind an unreadable line after ${ceiling}`;
  }
  return undefined;
}

function travels(event: TraceEvent, view: TraceView): string | undefined {
  if (!isCacheEvent(event)) return undefined;
  const instance = view.instanceOf(event);
  if (!isOlder(event.version, instance.before.version)) return undefined;
  if (instance.history < view.log.history) return undefined;
  return `the cache went back from ${instance.before.version} to ${event.version}`;
}

function falls(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type !== "cache.set" && event.type !== "cache.replace") return undefined;
  const instance = view.instanceOf(event);
  if (instance.history < view.log.history) return undefined;
  const { before } = instance;
  for (const object of objectsOf(event)) {
    const earlier = before.cache?.get(object.key) ?? before.object;
    if (earlier !== undefined && isOlder(object.version, earlier.version))
      return `${object.key} went from ${earlier.version} to ${object.version}`;
  }
  return undefined;
}

function mixes(event: TraceEvent, view: TraceView): string | undefined {
  if (!isCacheEvent(event) || !view.log.isKnown) return undefined;
  const instance = view.instanceOf(event);
  const { namespace, version, history } = instance;
  const found = view.log.historyWith(instance.cache, { resource: event.resource, namespace, version, from: history });
  if (found !== undefined) {
    instance.history = found;
    return undefined;
  }
  return `at ${version}: ${view.log.difference(instance.cache, { resource: event.resource, namespace, version }) ?? "no history fits"}`;
}

function breaksGrammar(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type !== "hook.add" && event.type !== "hook.upd" && event.type !== "hook.del") return undefined;
  // The view has taken the event in: what was told before is in `before`.
  const { hook: name, object } = event;
  const hook = view.instanceOf(event).hooks.get(name);
  return hook === undefined ? `${name} is told, and was never opened` : hookBreach(hook, event, object);
}

function hookBreach(hook: HookView, event: TraceEvent, { key, uid }: Stamp): string | undefined {
  const { breach } = hook;
  return breach === undefined ? undefined : `${event.type} of ${key} (${uid}): ${breach}`;
}

function claimsSync(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type !== "hook.synced") return undefined;
  const hook = view.instanceOf(event).hooks.get(event.hook);
  if (hook?.initial === undefined) return `${event.hook} says it is synced before the first list is complete`;
  for (const uid of hook.initial) if (!hook.toldUids.has(uid)) return `${event.hook} says it is synced, and was not told of ${uid}`;
  return undefined;
}

function resumesElsewhere(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type !== "watch.open" || event.isWatchList) return undefined;
  const { version, seenVersions } = view.instanceOf(event);
  if (event.version !== version) return `a watch begins at ${event.version}, and the cache is at ${version}`;
  return seenVersions.has(version) ? undefined : `a watch begins at ${version}, which no list, event or bookmark told`;
}

function doubles(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type !== "watch.open" && event.type !== "list.open") return undefined;
  const { size } = view.instanceOf(event).calls;
  return size > 1 ? `${size} lists and watches are open` : undefined;
}

function speaksAfterStop(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type === "pool.closed") return event.timers > 0 ? `${event.timers} timers are left` : undefined;
  if (event.instance === "") return undefined;
  const instance = view.instanceOf(event);
  if (event.type === "informer.stopped") return instance.calls.size > 0 ? `${instance.calls.size} lists and watches are open` : undefined;
  if ("hook" in event && event.type !== "hook.close" && instance.hooks.get(event.hook)?.isClosed === true)
    return `${event.hook} is told after its end`;
  return instance.isStopped && event.type !== "hook.close" ? `${event.type} after the stop` : undefined;
}

function relists(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type !== "list.line" && event.type !== "watch.line") return undefined;
  const { completeLists, comparisons, causesForList } = view.instanceOf(event);
  if (comparisons > causesForList) return `${comparisons} lists of metadata, and ${causesForList} causes`;
  return completeLists > 1 + causesForList ? `${completeLists} lists, and ${causesForList} causes` : undefined;
}

function hurries(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type === "informer.stopped" || event.type === "informer.retry") return view.instanceOf(event).bunched;
  if (event.type !== "watch.open" && event.type !== "list.open") return undefined;
  const instance = view.instanceOf(event);
  const { openTimes, pausedFor, bunched } = instance;
  const { length } = openTimes;
  const since = openTimes[length - 1 - OPENS_PER_SECOND];
  if (since !== undefined && event.at - since < 1_000) return `more than ${OPENS_PER_SECOND} calls in a second`;
  if (pausedFor === undefined) return bunched;
  const leastMs = leastPauseMs(pausedFor.failure);
  const { ms, failure } = pausedFor;
  return ms < leastMs ? `after ${failure.code} the next call came in ${Math.round(ms)} ms, and not in ${leastMs}` : bunched;
}

function isSilent(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type !== "quiet" && event.type !== "watch.open" && event.type !== "list.open" && event.type !== "informer.stopped")
    return undefined;
  const instances = event.instance === "" ? [...view.instances.values()] : [view.instanceOf(event)];
  for (const { calls, silentMs } of instances) {
    if (silentMs !== undefined) return `a call was open for ${Math.round(silentMs / 1000)} s without a byte`;
    for (const call of calls.values()) {
      const ms = event.at - call.lastByteAt;
      if (ms > longestSilenceMs(call)) return `a ${call.type} has been open for ${Math.round(ms / 1000)} s without a byte`;
    }
  }
  return undefined;
}

function differsAtRest(event: TraceEvent, view: TraceView): string | undefined {
  if (event.type !== "quiet") return undefined;
  for (const [name, instance] of view.instances) {
    if (name === "" || instance.isStopped) continue;
    const { namespace, resource, cache, hooks, hasSynced } = instance;
    if (!hasSynced) return `${name} has never listed`;
    const difference = view.log.isKnown ? view.log.difference(cache, { resource, namespace, version: undefined }) : undefined;
    if (difference !== undefined) return `${name}: ${difference}`;
    const old = cache.values().find(({ reading }) => reading !== undefined && reading < instance.reading);
    if (old !== undefined) return `${name}: ${old.key} was read by schema ${old.reading}, and ${instance.reading} was announced`;
    for (const [hookName, hook] of hooks) {
      const why = hook.isClosed ? undefined : hookDifference(hook, cache);
      if (why !== undefined) return `${hookName} of ${name}: ${why}`;
    }
  }
  return undefined;
}

function hookDifference({ told, isSynced }: HookView, cache: ReadonlyMap<string, Stamp>): string | undefined {
  if (!isSynced) return "was never told of all initial objects";
  if (told.size !== cache.size) return `was told of ${told.size} objects, and ${cache.size} are cached`;
  for (const [key, object] of cache) {
    const known = told.get(key);
    if (known === undefined || textOf(known) !== textOf(object))
      return `knows ${key} at ${known?.version ?? "no version"}, and it is cached at ${object.version}`;
  }
  return undefined;
}

type CacheEvent = Extract<TraceEvent, { readonly type: "cache.replace" | "cache.set" | "cache.del" | "cache.advance" }>;

function isCacheEvent(event: TraceEvent): event is CacheEvent {
  return event.type === "cache.replace" || event.type === "cache.set" || event.type === "cache.del" || event.type === "cache.advance";
}
