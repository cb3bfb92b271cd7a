import type { KindReport } from "@polykind/manager";
import type { judge } from "../../packages/manager/src/kind/report.ts";
import { lifeOf } from "../model/catalog.ts";
import { isServed, type World } from "../model/world.ts";
import type { Rig } from "./driver.ts";
import type { PluginLives } from "./plugins.ts";
import type { PendingTimer } from "./slot-clock.ts";

/** What can be seen of a kind, alike in the model and in the manager. Texts, so that what differs can be told. */
export interface Sight {
  /** State and reason. */
  readonly kind: string;
  readonly incarnation: string;
  readonly runs: string;
  /** Whether the server is being asked for the CRD. */
  readonly asks: string;
  readonly timers: string;
  /** The plugins that run and were told that the CRD is being deleted. */
  readonly draining: string;
}

/** What of two sights differs, as text; `undefined` when nothing does. */
export function differenceOf(expected: Sight, found: Sight): string | undefined {
  const fields = (Object.keys(expected) as (keyof Sight)[]).filter((field) => expected[field] !== found[field]); // A sight has no other keys.
  if (fields.length === 0) return undefined;
  return fields.map((field) => `${field}: the model has "${expected[field]}", the manager "${found[field]}"`).join("; ");
}

/** What the model says. */
export function expectedOf(
  world: World,
  { judge: judged, uidOf }: { readonly judge: typeof judge; readonly uidOf: (life: number) => string },
): Sight {
  const { kind, held } = world;
  const { state, reason } = judged(kind, () => undefined);
  const runs = [...kind.runs.values()];
  // After the shutdown nothing is told of a kind that has stopped.
  const isNothing = runs.length === 0 && (kind.crd === undefined || kind.isShuttingDown);
  const resting = runs.flatMap((run) =>
    "error" in run || ("successor" in run && run.successor !== undefined && "error" in run.successor) ? ["cool"] : [],
  );
  return {
    kind: isNothing ? "Absent" : wordOf(state, reason),
    incarnation: kind.crd === undefined || isNothing ? "" : uidOf(lifeOf(kind.crd.uid)),
    runs: listOf(
      runs.map(
        (run) =>
          `${run.target.plugin} #${run.epoch} ${run.phase} ${run.target.version}${"isRetiring" in run && run.isRetiring ? " to finalize" : ""}`,
      ),
    ),
    asks: kind.confirming === undefined || kind.isShuttingDown || isNothing ? "" : "asks",
    timers: listOf([...kind.waits.keys(), ...resting]),
    draining: listOf(held.flatMap(({ plugin, phase, isDraining }) => (phase === "up" && isDraining ? [plugin] : []))),
  };
}

/** Where the manager is looked at. */
export interface SightOptions extends Pick<Rig, "manager" | "clock"> {
  readonly lives: PluginLives;
  /** The name of the CRD. */
  readonly crd: string;
  /** The model's, for what the model does not look into. */
  readonly world: World;
}

/** What the manager shows. */
export function sightOf({ manager, clock, lives, crd, world }: SightOptions): Sight {
  const report = manager.kinds().find((each) => each.crd === crd);
  const lookup = manager.explain(crd);
  const awaits = lookup.type === "found" ? lookup.found.awaits : [];
  const isAsking =
    !world.kind.isShuttingDown && report !== undefined && awaits.some(({ what }) => what === "the answer whether the CRD is still there");
  const up = report?.runs.filter(({ phase }) => phase === "running") ?? [];
  return {
    kind: report === undefined ? "Absent" : wordOfReport(report, world),
    incarnation: report?.incarnation ?? "",
    runs: listOf(
      report?.runs.map(
        (run) => `${run.plugin} #${run.epoch} ${run.phase} ${run.version}${run.retiring === undefined ? "" : " to finalize"}`,
      ) ?? [],
    ),
    asks: isAsking ? "asks" : "",
    timers: listOf(clock.pending.map(timerOf)),
    draining: listOf(
      up.flatMap(({ plugin }) => ((plugin === "p" || plugin === "q") && lives.latest(plugin)?.isTerminating === true ? [plugin] : [])),
    ),
  };
}

/** Which timer it is, by how long it takes. */
export function timerOf({ afterMs }: PendingTimer): string {
  if (afterMs === 250) return "quiet";
  if (afterMs === 60_000) return "blocked";
  if (afterMs === 100_000) return "forgive";
  return afterMs % 5_000 === 0 ? "cool" : "hold";
}

function wordOfReport({ state, reason }: KindReport, { server, held }: World): string {
  // Where nothing is served the informer fails; the model does not look into it.
  const isMissing = held.some((each) => each.phase === "up" && !isServed(server, each));
  return state === "Degraded" && reason === "NotServed" && isMissing ? "Running" : wordOf(state, reason);
}

/** What the model does not tell apart is one word. */
function wordOf(state: KindReport["state"], reason: string | undefined): string {
  switch (state) {
    case "Pending":
    case "Degraded":
      return state;
    // An end and a beginning that are drawn together are told one after the other.
    case "Stopping":
      return reason === "Replaced" || reason === "CRDGone" ? "Stopping: its life is over" : `Stopping: ${reason}`;
    default:
      return reason === undefined ? state : `${state}: ${reason}`;
  }
}

function listOf(texts: readonly string[]): string {
  return texts.toSorted((a, b) => Number(a > b) - Number(a < b)).join(", ");
}
