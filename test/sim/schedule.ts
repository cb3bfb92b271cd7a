import { LINE_BYTES, LIST_FAULTS, type ListFault, type ServerTraits, type Shock, SHOCKS, WATCH_FAULTS, type WatchFault } from "./faults.ts";
import { Draws } from "./random.ts";
import type { Announced, UserAct } from "./users.ts";

/** What the outside does. `user` is a holder of a lease, by number. */
export type Act =
  | { readonly is: "put" | "delete" | "recreate"; readonly plural: string; readonly namespace: string; readonly name: string }
  | { readonly is: "grow"; readonly plural: string; readonly namespace: string; readonly name: string; readonly bytes: number }
  | { readonly is: "touch" | "bookmark" }
  | { readonly is: "compact"; readonly keep: number }
  | { readonly is: "restore"; readonly back: number }
  | { readonly is: "restart"; readonly forMs: number }
  | { readonly is: "lag"; readonly replica: number; readonly forMs: number }
  | { readonly is: "break list"; readonly fault: ListFault }
  | { readonly is: "break watch"; readonly fault: WatchFault }
  | { readonly is: "break all"; readonly fault: Shock }
  /** The CRDs of these kinds are edited. `announced`: what those who watch have heard of it; `undefined`: nothing. */
  | { readonly is: "edit"; readonly plurals: readonly string[]; readonly announced: Announced | undefined }
  | { readonly is: "wait"; readonly ms: number }
  | { readonly is: "tick"; readonly times: number }
  | UserAct;

/** A life of a cluster and of those who watch it, wholly made from its seed. */
export interface Schedule {
  readonly seed: number;
  readonly traits: ServerTraits;
  /** Which key each user asks for. */
  readonly users: readonly number[];
  readonly acts: readonly Act[];
}

export const NAMESPACES = ["web", "db"] as const;
const NAMES = ["a", "b", "c", "__proto__", "constructor"];
const WAITS_MS = [0, 0.5, 20, 120, 700, 1_500, 5_000, 40_000, 130_000, 700_000];

/** How often each act is drawn, of those that a schedule has at all. */
const WEIGHTS = {
  put: 10, delete: 4, recreate: 3, touch: 2, bookmark: 3, compact: 2, restore: 0.4, restart: 1, lag: 4, "break list": 4, "break watch": 7,
  wait: 10, tick: 5, retry: 1, expect: 1, leave: 1, release: 1.5, acquire: 2, join: 3,
  "break all": 0.7, edit: 3, grow: 1,
} as const; // biome-ignore format: a table

/** The plurals of a fleet: kinds that are watched, and never written to. */
export const FLEET: readonly string[] = Array.from({ length: 12 }, (_, index) => `fleet-${index + 1}`);
/** The keys before the first of them: all of one kind, of another, of a namespace, and metadata only. */
const KEYS = 4;
const ALL_GIZMOS = 0;
const HAS_FLEET = 0.04;
const HAS_EDITS = 0.08;

type Kind = keyof typeof WEIGHTS;
const ALWAYS: ReadonlySet<string> = new Set(["put", "delete", "wait", "acquire", "join"]);

/** The schedule of `seed`. Each has only some of the faults, so that none hides behind another. */
export function scheduleOf(seed: number): Schedule {
  const draws = new Draws(seed);
  const drawnKinds = (Object.keys(WEIGHTS) as Kind[]).filter((kind) => ALWAYS.has(kind) || draws.chance(0.6)); // Its keys are of the type.
  // A list that claims to be consistent and is not cannot be told from a lost history when a replica lags, too.
  const hasStale = draws.chance(0.2);
  const left: ReadonlySet<Kind> = new Set(hasStale ? ["restore", "lag"] : drawnKinds.includes("compact") ? ["restore"] : []);
  const kinds = drawnKinds.filter((kind) => !left.has(kind));
  const drawn = {
    draws,
    kinds,
    listFaults: LIST_FAULTS.filter((fault) => (fault === "stale" ? hasStale : draws.chance(0.4))),
    watchFaults: WATCH_FAULTS.filter(() => draws.chance(0.4)),
    names: NAMES.slice(0, 1 + draws.below(NAMES.length)),
  };
  const traits: ServerTraits = {
    watchList: draws.pick(["offered", "offered", "refused", "ignored"] as const),
    pageSize: draws.pick([1, 2, 500]),
    latencyMs: draws.pick([0, 5, 200, 1_000]),
    breaksMidway: draws.pick([0, 0, 0.2, 0.5]),
    isExact: draws.chance(0.7),
    metadata: draws.pick(["offered", "offered", "offered", "offered", "offered", "refused", "ignored"] as const),
  };
  const users = Array.from({ length: 1 + draws.below(4) }, () => draws.below(KEYS));
  const acts = Array.from({ length: 15 + draws.below(45) }, () => actOf(drawn, users.length));
  if (draws.chance(HAS_EDITS)) {
    const slow = { ...traits, latencyMs: draws.pick([200, 1_000]), metadata: "offered", isExact: draws.chance(0.5) } as const;
    return { seed, traits: slow, users: [...users, ALL_GIZMOS], acts: [...acts.slice(0, 12), ...editActs(drawn)] };
  }
  if (!draws.chance(HAS_FLEET)) return { seed, traits, users, acts };
  const fleet = FLEET.map((_, index) => KEYS + index);
  return { seed, traits, users: [...users, ...fleet], acts: [...acts.slice(0, 12), ...fleetActs(draws)] };
}

/** What many kinds go through together, some of it after long health. */
function fleetActs(draws: Draws): readonly Act[] {
  return Array.from({ length: 3 }, (): readonly Act[] => [
    { is: "wait", ms: draws.pick([40_000, 130_000]) },
    draws.chance(0.4)
      ? { is: "edit", plurals: FLEET, announced: draws.chance(0.7) ? announcedBy(draws) : undefined }
      : { is: "break all", fault: draws.pick(SHOCKS) },
    { is: "wait", ms: draws.pick([20, 700]) },
    { is: "touch" },
  ]).flat();
}

/** A CRD is edited while objects change, and what changed is read while they go on changing, and while some of it fails. */
function editActs({ draws, listFaults }: Drawn): readonly Act[] {
  const write = (): Act => {
    const is = draws.pick(["put", "put", "put", "delete", "recreate"] as const);
    return { is, plural: "gizmos", namespace: "web", name: draws.pick(["a", "b", "c"]) };
  };
  const spoil = (): Act => {
    if (listFaults.length === 0) return write();
    return { is: "break list", fault: listFaults.includes("stale") && draws.chance(0.5) ? "stale" : draws.pick(listFaults) };
  };
  const some = (act: () => Act, most: number): readonly Act[] => Array.from({ length: draws.below(most + 1) }, act);
  return Array.from({ length: 3 }, (): readonly Act[] => [
    { is: "wait", ms: draws.pick([5_000, 40_000]) },
    ...some(write, 3),
    ...some(spoil, 1),
    { is: "edit", plurals: ["gizmos"], announced: draws.chance(0.8) ? { bodies: "same" } : announcedBy(draws) },
    ...Array.from({ length: 4 + draws.below(6) }, () => [
      { is: "wait", ms: draws.pick([120, 300, 700]) } as const,
      draws.chance(0.2) ? spoil() : write(),
    ]).flat(),
  ]).flat();
}

function announcedBy(draws: Draws): Announced {
  return { bodies: draws.pick(["same", "same", "changed", undefined] as const) };
}

interface Drawn {
  readonly draws: Draws;
  readonly kinds: readonly Kind[];
  readonly listFaults: readonly ListFault[];
  readonly watchFaults: readonly WatchFault[];
  readonly names: readonly string[];
}

function actOf(drawn: Drawn, users: number): Act {
  const { draws, listFaults, watchFaults, names } = drawn;
  const kind = kindOf(drawn);
  switch (kind) {
    case "put":
    case "delete":
    case "recreate":
      return { is: kind, plural: draws.chance(0.8) ? "gizmos" : "gadgets", namespace: draws.pick(NAMESPACES), name: draws.pick(names) };
    case "grow": {
      const bytes = draws.pick([LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1, 3 * LINE_BYTES]);
      return { is: kind, plural: draws.pick(["gizmos", "gadgets"]), namespace: draws.pick(NAMESPACES), name: draws.pick(names), bytes };
    }
    case "touch":
    case "bookmark":
      return { is: kind };
    case "compact":
      return { is: kind, keep: draws.below(4) };
    case "restore":
      return { is: kind, back: 1 + draws.below(6) };
    case "restart":
      return { is: kind, forMs: draws.pick([0, 100, 3_000, 60_000]) };
    case "lag":
      return { is: kind, replica: draws.below(3), forMs: draws.pick([1_000, 10_000, 60_000, 300_000]) };
    case "break list":
      return listFaults.length === 0 ? { is: "tick", times: 1 } : { is: kind, fault: draws.pick(listFaults) };
    case "break watch":
      return watchFaults.length === 0 ? { is: "tick", times: 1 } : { is: kind, fault: draws.pick(watchFaults) };
    case "break all":
      return { is: kind, fault: draws.pick(SHOCKS) };
    case "edit":
      return {
        is: kind,
        plurals: draws.pick([["gizmos"], ["gadgets"], ["gizmos", "gadgets"]]),
        announced: draws.chance(0.7) ? announcedBy(draws) : undefined,
      };
    case "wait":
      return { is: kind, ms: draws.pick(WAITS_MS) };
    case "tick":
      return { is: kind, times: draws.below(12) };
    case "join":
      return { is: kind, user: draws.below(users), how: draws.pick(["quick", "quick", "slow", "throwing", "meddling"] as const) };
    case "expect":
      return { is: kind, user: draws.below(users), ...announcedBy(draws) };
    default:
      return { is: kind, user: draws.below(users) };
  }
}

function kindOf({ draws, kinds }: Drawn): Kind {
  let left = draws.next() * kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  for (const kind of kinds) {
    left -= WEIGHTS[kind];
    if (left <= 0) return kind;
  }
  return "wait";
}

/** An act in a line. */
export function textOfAct({ is, ...details }: Act): string {
  return [
    is,
    ...Object.values(details).map((detail) =>
      typeof detail === "object" && !Array.isArray(detail) ? JSON.stringify(detail) : String(detail),
    ),
  ].join(" ");
}
