import type { CrdNames, ResourceScope } from "@polykind/apimachinery";
import type { StopReason } from "@polykind/plugin";
import type { RunFacts } from "./report.ts";
import type { Effect, KindState, Run } from "./state.ts";
import { awaitedOf, type TimerKey } from "./timers.ts";

/** So many lives of a kind are remembered, the last ones. */
export const MOST_LIVES = 10;
/** So many releases of a life are remembered, the last ones. */
export const MOST_RELEASES = 10;

/** What was let go when a plugin's controller on a kind ended. Instants are Unix milliseconds. */
export interface Release {
  readonly plugin: string;
  readonly version: string;
  readonly epoch: number;
  readonly reason: StopReason;
  /** When it was told to stop. */
  readonly toldAt: number;
  /** When nothing of it was left. */
  readonly at: number;
  /** Objects in its cache when it was told to stop; `undefined` when it had not come up. */
  readonly objects: number | undefined;
  /** Objects of its cache that carried its plugin's finalizer then. */
  readonly carriers: number | undefined;
  /** What it had done until then. */
  readonly reconciles: number;
  /** Hooks of the plugin that did not end in time. */
  readonly leaked: number;
}

/** One life of a CRD. Instants are Unix milliseconds. */
export interface Life {
  readonly uid: string;
  readonly resourceScope: ResourceScope;
  readonly seenAt: number;
  /** `undefined` while it lasts. */
  readonly ended: { readonly at: number; readonly by: "CRDGone" | "Replaced" } | undefined;
  /** Oldest first, at most {@link MOST_RELEASES}. */
  readonly releases: readonly Release[];
  /** How many more there were before. */
  readonly releasesBefore: number;
}

/** What is remembered of a slot besides its state, which knows neither clock nor past. Bounded. */
export interface History {
  /** Of the last CRD that was seen. */
  readonly names: CrdNames | undefined;
  /** Oldest first, at most {@link MOST_LIVES}. */
  readonly lives: readonly Life[];
  /** When the timers that are set fire, in Unix milliseconds. */
  readonly dueAt: ReadonlyMap<TimerKey, number>;
  /** What is being stopped, by its epoch. */
  readonly stops: ReadonlyMap<number, Pick<Release, "toldAt" | "objects" | "carriers" | "reconciles">>;
  /** Leaked in this slot so far. */
  readonly leaked: number;
}

/** Of a kind of which nothing is known yet. */
export const noHistory: History = { names: undefined, lives: [], dueAt: new Map(), stops: new Map(), leaked: 0 };

/** One step of a slot as it is remembered. */
export interface Passage {
  readonly before: KindState;
  readonly after: KindState;
  readonly effects: readonly Effect[];
  /** Unix milliseconds. */
  readonly at: number;
  /** As it was when the step was taken: no effect has been applied yet. */
  readonly factsOf: (run: Run) => RunFacts | undefined;
  /** Leaked in this slot so far. */
  readonly leaked: number;
}

/** What a step made of a run: it came up, or nothing of it is left. */
export type Turn =
  | { readonly type: "started"; readonly run: Run }
  | { readonly type: "stopped"; readonly run: Extract<Run, { readonly phase: "stopping" }> };

/** The runs that came up in a step, and those that ended in it. A start that failed is neither. */
export function turnsOf(before: KindState, after: KindState): readonly Turn[] {
  if (before.runs === after.runs) return [];
  const turns: Turn[] = [];
  for (const run of before.runs.values())
    if (run.phase === "stopping" && after.runs.get(run.target.plugin)?.epoch !== run.epoch) turns.push({ type: "stopped", run });
  for (const run of after.runs.values())
    if (run.phase === "running" && before.runs.get(run.target.plugin)?.phase === "starting") turns.push({ type: "started", run });
  return turns;
}

/** The history after a step: pure. */
export function remember(history: History, passage: Passage): History {
  const { before, after, at, leaked } = passage;
  let { lives } = history;
  if (before.crd?.uid !== after.crd?.uid) lives = turnLives(lives, passage);
  const stopped = turnsOf(before, after).filter((turn) => turn.type === "stopped");
  for (const { run } of stopped) {
    const release: Release = {
      ...(history.stops.get(run.epoch) ?? { toldAt: at, objects: undefined, carriers: undefined, reconciles: 0 }),
      plugin: run.target.plugin,
      version: run.target.version,
      epoch: run.epoch,
      reason: run.reason,
      at,
      leaked: leaked - history.leaked,
    };
    lives = lives.map((life) => (life.uid === run.target.uid ? withRelease(life, release) : life));
  }
  return {
    names: after.crd?.names ?? history.names,
    lives,
    dueAt: dueAfter(history.dueAt, passage),
    stops: stopsAfter(history.stops, passage),
    leaked,
  };
}

function turnLives(lives: readonly Life[], { before, after, at }: Passage): readonly Life[] {
  const by = after.crd === undefined ? "CRDGone" : "Replaced";
  const past = lives.map((life): Life => (life.uid === before.crd?.uid ? { ...life, ended: { at, by } } : life));
  if (after.crd === undefined) return past;
  const { uid, resourceScope } = after.crd;
  return [...past, { uid, resourceScope, seenAt: at, ended: undefined, releases: [], releasesBefore: 0 }].slice(-MOST_LIVES);
}

function withRelease(life: Life, release: Release): Life {
  const releases = [...life.releases, release];
  const dropped = Math.max(0, releases.length - MOST_RELEASES);
  return { ...life, releases: releases.slice(dropped), releasesBefore: life.releasesBefore + dropped };
}

function dueAfter(dueAt: History["dueAt"], { after, effects, at }: Passage): History["dueAt"] {
  const due = new Map(dueAt);
  for (const effect of effects) {
    if (effect.type === "wait") due.set(`${effect.timer} ${effect.serial}`, at + effect.forMs);
    if (effect.type === "cool") due.set(`cool ${effect.epoch}`, at + effect.forMs);
  }
  if (due.size === 0) return dueAt;
  const awaited = awaitedOf(after);
  for (const key of due.keys()) if (!awaited.has(key)) due.delete(key);
  return due;
}

function stopsAfter(stops: History["stops"], { before, after, at, factsOf }: Passage): History["stops"] {
  if (before.runs === after.runs) return stops;
  const next = new Map<number, Pick<Release, "toldAt" | "objects" | "carriers" | "reconciles">>();
  for (const run of after.runs.values()) {
    if (run.phase !== "stopping") continue;
    const was = before.runs.get(run.target.plugin);
    const facts = was === undefined ? undefined : factsOf(was)?.facts;
    const told = { toldAt: at, objects: facts?.objects, carriers: facts?.finalizersHeld, reconciles: facts?.reconciles ?? 0 };
    next.set(run.epoch, stops.get(run.epoch) ?? told);
  }
  return next;
}
