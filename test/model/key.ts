import type { Run } from "../../packages/manager/src/kind/state.ts";
import { lifeOf } from "./catalog.ts";
import type { Budget, Held, Look, News, World } from "./world.ts";

/**
 * A world as a short text, equal for worlds that cannot be told apart: epochs count by their order only, timers by being set, and of the versions of a CRD only what they
 * say.
 */
export function keyOf(world: World): string {
  const { server, asked, ghost } = world;
  const generation = server.crd?.generation ?? 0;
  const ranks = ranksOf(world);
  const rank = (epoch: number): number => ranks.indexOf(epoch);
  return [
    lookKey(server.crd, generation),
    server.lives,
    bits(server.hasRival, server.hasForeign),
    [server.own, server.ending, world.forsaken].map((all) => all.join("")).join(),
    world.queue.map((news) => newsKey(news, generation)).join(""),
    ";",
    lookKey(world.told, generation),
    lookKey(world.previous, generation),
    world.bound.join(""),
    world.digest,
    kindKey(world, rank),
    ";",
    world.held
      .map(
        ({ plugin, epoch, phase, isDraining, isRetiring, isReshaped }) =>
          `${plugin}${rank(epoch)}${PHASES[phase]}${bits(isDraining, isRetiring, isReshaped)}`,
      )
      .toSorted(compareText)
      .join(""),
    ";",
    world.caches
      .map(({ plugin, epoch, isFull }) => `${plugin}${rank(epoch)}${bits(isFull)}`)
      .toSorted(compareText)
      .join(""),
    asked === undefined ? "-" : `${asked.life}${asked.answer?.[0] ?? "?"}`,
    ghost?.plugin ?? "-",
    world.dead,
    budgetKey(world.left),
  ].join("");
}

/** All epochs that still matter, in their order. */
function ranksOf({ held, caches, kind }: World): readonly number[] {
  const epochs = new Set([...held, ...caches].map(({ epoch }) => epoch));
  for (const run of kind.runs.values()) {
    epochs.add(run.epoch);
    if ("successor" in run && run.successor !== undefined) epochs.add(run.successor.epoch);
  }
  return [...epochs].toSorted((a, b) => a - b);
}

function kindKey({ kind, told }: World, rank: (epoch: number) => number): string {
  const { crd, endedUid, confirming, owing, runs, flaps, edits, isBlocked, waits, isLeading, isShuttingDown } = kind;
  const lives = [crd?.uid, endedUid, confirming].map((uid) => (uid === undefined ? 0 : lifeOf(uid))).join("");
  const set = bits(waits.has("forgive"), waits.has("hold"), waits.has("quiet"), waits.has("blocked"));
  const isLatest = told !== undefined && crd?.resourceVersion === String(told.life * 100 + told.at);
  const all = Array.from(runs.values(), (run) => runKey(run, { rank, generation: crd?.generation }))
    .toSorted(compareText)
    .join("");
  const owed = Array.from(owing.values(), ({ plugin, digest, version }) => `${plugin}${digest}${version}`)
    .toSorted(compareText)
    .join("");
  return [lives, owed, all, flaps, edits, set, bits(isLatest, isBlocked, isLeading, isShuttingDown)].join(",");
}

function runKey(
  run: Run,
  { rank, generation }: { readonly rank: (epoch: number) => number; readonly generation: number | undefined },
): string {
  const { phase, target, epoch } = run;
  const isShaped = "shape" in run && run.shape?.schemaHash === String(generation);
  const own = `${target.plugin}${PHASES[phase]}${rank(epoch)}${lifeOf(target.uid)}${target.version}${target.digest}${target.renewal ?? ""}`;
  const attempt = "attempt" in run ? run.attempt : "";
  const more =
    phase === "running"
      ? bits(run.isDraining, run.isRetiring, run.isOutgrown, isShaped)
      : phase === "starting"
        ? bits(run.isRetiring, isShaped)
        : phase === "stopping"
          ? run.reason[0]
          : "";
  return `${own}${attempt}${more}${successorKey(run, rank)}`;
}

function successorKey(run: Run, rank: (epoch: number) => number): string {
  if ((run.phase !== "running" && run.phase !== "stopping") || run.successor === undefined) return "";
  const { target, epoch } = run.successor;
  const coming = run.phase === "running" ? `${bits(run.successor?.phase === "cooling")}${run.successor?.attempt}` : "";
  return `>${coming}${rank(epoch)}${target.version}${target.digest}.${target.renewal ?? ""}`;
}

function newsKey(news: News, generation: number): string {
  return news.type === "gone" ? `g${news.life}` : lookKey(news.look, generation);
}

function lookKey(look: Look | undefined, generation: number): string {
  if (look === undefined) return "-";
  return `${look.life}${look.served.length === 2 ? look.served[1] : 3}${bits(look.isEstablished, look.isTerminating, look.isSelected, look.isDisabled)}${generation - look.generation}`;
}

function budgetKey(left: Budget): string {
  return `${left.edits}${left.versionEdits}${left.marks}${left.rivals}${left.objects}${left.binds}${left.reloads}${left.leads}${left.failures}${left.uproots}${left.hints}${left.late}${left.shutdowns}.${left.total}`;
}

function bits(...all: readonly boolean[]): string {
  return String.fromCharCode(65 + all.reduce((sum, is) => sum * 2 + Number(is), 0));
}

const PHASES: Readonly<Record<Run["phase"] | Held["phase"], string>> = {
  starting: "s",
  running: "r",
  stopping: "p",
  cooling: "c",
  up: "u",
  aborting: "a",
};

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
