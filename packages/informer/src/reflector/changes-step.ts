import { nameOfKey } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import { complete, denied, refuseStale } from "./list-step.ts";
import { accepted, isOlder, LIST_IDLE_MS, METADATA_LIMIT, openList, RELIST, retry } from "./moves.ts";
import { isTooLarge } from "./retry.ts";
import type { Comparison, Head, ListPlan, Memory, Moment, Page, ReflectorEffect, ReflectorState, Step } from "./state.ts";

type Comparing = ReflectorState & { readonly phase: "comparing" };
type Fetching = ReflectorState & { readonly phase: "fetching" };

/** Of more objects that changed than this, a list of all costs less. */
const MOST_FETCHED = { count: 64, share: 1 / 20, least: 4 };

/** A page of metadata was held against the cache: what is the same stays, and when all pages have come the rest is fetched. */
export function takeComparison(state: Comparing, page: Comparison, now: Moment): Step {
  const memory = accepted(state.memory);
  const { plan } = state;
  if (state.version === undefined && isOlder(page.version, memory.version))
    return refuseStale(memory, { plan: RELIST, version: page.version, now });
  const changed = [...state.changed, ...page.changed];
  const listed = state.listed + page.same.length + page.changed.length;
  const same = { type: "stageSame", keys: page.same } as const;
  const version = state.version ?? page.version;
  if (page.continue === undefined) {
    if (changed.length > mostFetched(listed)) return openList(memory, RELIST, now);
    return fetchNext(memory, { plan, version, left: changed, before: [same], now });
  }
  const call = memory.call + 1;
  const ask = { limit: METADATA_LIMIT, shape: "metadata", continue: page.continue } as const;
  return {
    state: { phase: "comparing", memory: { ...memory, call }, plan, version, changed, listed },
    effects: [same, { type: "compare", call, ask, idleMs: LIST_IDLE_MS }],
  };
}

function mostFetched(listed: number): number {
  return Math.min(MOST_FETCHED.count, Math.max(MOST_FETCHED.least, listed * MOST_FETCHED.share));
}

/** What is left to be fetched, and the effects that come before. */
interface Fetch {
  readonly plan: ListPlan;
  readonly version: string;
  readonly left: readonly Head[];
  readonly before: readonly ReflectorEffect[];
  readonly now: Moment;
}

/** Reads the next object as it was when the metadata was read, so that in the end the cache is one state of the server, whatever changed meanwhile. */
function fetchNext(memory: Memory, { plan, version, left, before, now }: Fetch): Step {
  const [head, ...rest] = left;
  if (head === undefined) return complete(memory, { version, before, now });
  const call = memory.call + 1;
  const ask = { only: nameOfKey(head.key), resourceVersion: version, resourceVersionMatch: "Exact" } as const;
  return {
    state: { phase: "fetching", memory: { ...memory, call }, plan, version, left: [head, ...rest] },
    effects: [...before, { type: "list", call, ask, idleMs: LIST_IDLE_MS }],
  };
}

/** The object that was asked for has come. One that is not as its metadata said, or not there, cannot be of the same history: all are listed. */
export function takeFetched(state: Fetching, page: Page, now: Moment): Step {
  const { plan, version, left } = state;
  const [head, ...rest] = left;
  const [record, ...others] = page.records;
  const memory = accepted(state.memory);
  const isThatOne =
    record !== undefined &&
    others.length === 0 &&
    record.key === head.key &&
    record.uid === head.uid &&
    record.resourceVersion === head.resourceVersion;
  if (!isThatOne) return openList(memory, RELIST, now);
  return fetchNext(memory, { plan, version, left: rest, before: [{ type: "stagePage", page }], now });
}

/** Metadata or an object could not be read. What a server does not offer, or has no more, is no reason to wait: all are listed instead. */
export function failChanges({ memory, plan }: Comparing | Fetching, error: PolykindError, now: Moment): Step {
  if (isTooLarge(error)) return retry(memory, { error, next: denied(RELIST), now });
  switch (error.code) {
    case "API_GONE":
    case "API_INVALID":
      return openList(memory, RELIST, now);
    case "API_PROTOCOL":
      return retry(memory, { error, next: RELIST, now });
    default:
      return retry(memory, { error, next: plan, now });
  }
}
