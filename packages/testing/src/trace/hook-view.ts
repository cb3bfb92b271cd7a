import type { Stamp, TraceEvent } from "./event.ts";

/** A handler. */
export interface HookView {
  readonly told: Map<string, Stamp>;
  readonly ended: Set<string>;
  /** Uids that it must have been told of when it says that it is synced. */
  initial: ReadonlySet<string> | undefined;
  readonly toldUids: Set<string>;
  hasLive: boolean;
  isSynced: boolean;
  isClosed: boolean;
  /** Why the last call does not fit those before it. */
  breach: string | undefined;
}

type Call = Extract<TraceEvent, { readonly type: "hook.add" | "hook.upd" | "hook.del" }>;

/** A handler that was told of nothing yet. */
export function newHook(initial: ReadonlySet<string> | undefined): HookView {
  return {
    told: new Map(),
    ended: new Set(),
    initial,
    toldUids: new Set(),
    hasLive: false,
    isSynced: false,
    isClosed: false,
    breach: undefined,
  };
}

/** Takes in what `hook` is told. `history`: of the server; a restore may bring back what had ended. */
export function tellHook(hook: HookView, event: Call, history: number): void {
  const { key, uid } = event.object;
  hook.breach = breachOf(hook, event, history);
  hook.hasLive ||= event.type !== "hook.add" || !event.isInitial;
  hook.toldUids.add(uid);
  if (event.type === "hook.del") {
    hook.told.delete(key);
    hook.ended.add(uid);
  } else hook.told.set(key, event.object);
}

function breachOf({ told, ended, hasLive }: HookView, event: Call, history: number): string | undefined {
  const { key, uid, version } = event.object;
  const known = told.get(key);
  if (history === 0 && ended.has(uid)) return "it is told of after its end";
  if (event.type === "hook.add") {
    if (known !== undefined) return `it is added while ${known.uid} is there`;
    return event.isInitial && hasLive ? "an initial object after a live change" : undefined;
  }
  if (known === undefined) return "it was never added";
  if (known.uid !== uid) return `the object that was told of is ${known.uid}`;
  if (event.type === "hook.upd" && known.version === version && !isOfTwoHistories(known, event.object, history))
    return "it has not changed";
  return undefined;
}

/** Whether one version may stand for two states: a server that has lost history gives it again. */
function isOfTwoHistories(known: Stamp, now: Stamp, history: number): boolean {
  return history > 0 && (known.content !== now.content || known.reading !== now.reading);
}
