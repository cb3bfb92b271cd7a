import { BASE, BASE_LISTING, type Measured } from "../watch/baseline.ts";
import { medianOf } from "../watch/goals.ts";
import type { Burst } from "./burst.ts";
import type { Life } from "./lives.ts";

const OURS = "ours";
/** Of who lists, on a machine and a server on which our goals in milliseconds were set. */
const LISTING_MS = { p50: 3.6, p99: 16.7 };
const GOAL_MS = { p50: 5, p99: 20 };

/** One figure of ours, and what it shall be at most; without a goal it is only told. */
interface Figure {
  readonly what: string;
  readonly found: number | undefined;
  readonly unit: string;
  readonly atMost?: number;
  /** Of others in the same run, to compare. */
  readonly beside?: string;
}

/** The lines of one part: what was found, the goal, and whether it is met. */
function linesOf(part: string, figures: readonly Figure[]): readonly string[] {
  return figures.map(({ what, found, unit, atMost, beside = "" }) => {
    const told = found === undefined ? "" : `${Number(found.toPrecision(3))} ${unit}`;
    const verdict = found === undefined ? "not measured" : atMost === undefined ? "" : found <= atMost ? "met" : "not met";
    const goal = atMost === undefined ? "" : `goal ${atMost}`;
    return `${part.padEnd(8)} ${what.padEnd(58)} ${told.padStart(14)}  ${goal.padEnd(10)} ${verdict.padEnd(12)} ${beside}`.trimEnd();
  });
}

/** Of a CRD that comes and goes: S4 and S6. */
export function judgeCycles(rows: readonly Measured[]): readonly string[] {
  const own = (field: string): number | undefined => medianOf(rows, OURS, field);
  const cycles = own("cycles") ?? Number.NaN;
  const perLife = (field: string, before: number | undefined): number | undefined => {
    const end = own(field);
    return end === undefined || before === undefined ? undefined : (end - before) / cycles;
  };
  return linesOf("cycles", [
    ...(["p50", "p99"] as const).flatMap((quantile) => sinceEstablished(rows, quantile)),
    { what: "lives that were missed", found: own("missed"), unit: "", atMost: 0, ...others(rows, "missed") },
    { what: "heap for each life, with what was compiled", found: perLife("heap", own("heap0")), unit: "bytes" },
    { what: "handles, sockets and timers for each life", found: perLife("tasks", own("tasks0")), unit: "" },
    { what: "RSS for each life, with what was compiled", found: perLife("rss1_kb", own("rss0_kb")), unit: "KB" },
    { what: "CPU for each life", found: perLife("cpu_ms", 0), unit: "ms" },
    { what: "CPU in all", found: own("cpu_ms"), unit: "ms", ...others(rows, "cpu_ms") },
  ]);
}

/** From Established to synced: in milliseconds, and as a ratio to who lists in the same run. The server's first answer to a new kind is in it, whatever it takes here. */
function sinceEstablished(rows: readonly Measured[], quantile: "p50" | "p99"): readonly Figure[] {
  const [what, field] = [`Established to synced, ${quantile}`, `synced_after_established_${quantile}`];
  const atMost = GOAL_MS[quantile];
  return [
    { what, found: medianOf(rows, OURS, field), unit: "ms", atMost, ...others(rows, field) },
    {
      what: `the same, to ${BASE_LISTING}`,
      found: ratioOf(rows, field, BASE_LISTING),
      unit: "×",
      atMost: rounded(atMost / LISTING_MS[quantile]),
    },
  ];
}

/** Of the first object of a new kind. */
export function judgeObjects(rows: readonly Measured[]): readonly string[] {
  const own = (field: string): number | undefined => medianOf(rows, OURS, field);
  return linesOf("objects", [
    {
      what: "the server takes the first object, to its reconcile, p50",
      found: own("object_after_write_p50"),
      unit: "ms",
      ...others(rows, "object_after_write_p50"),
    },
    {
      what: "the server takes the first object, to its reconcile, p99",
      found: own("object_after_write_p99"),
      unit: "ms",
      atMost: 50,
      ...others(rows, "object_after_write_p99"),
    },
  ]);
}

/** Of a server that is killed and comes back: S5. */
export function judgeRestart(rows: readonly Measured[]): readonly string[] {
  const ratio = (field: string): number | undefined => ratioOf(rows, field, BASE);
  const [lists, listsOfBase] = [medianOf(rows, OURS, "lists"), medianOf(rows, BASE, "lists")];
  return linesOf("restart", [
    {
      what: "ready to a change of each kind reconciled",
      found: ratio("after_ready_ms"),
      unit: "×",
      atMost: 0.7,
      ...others(rows, "after_ready_ms", [OURS]),
    },
    { what: "of changes as they were written, p99", found: ratio("lag_p99"), unit: "×", ...others(rows, "lag_p99", [OURS]) },
    {
      what: "after the last change was taken by the server",
      found: medianOf(rows, OURS, "after_touched_ms"),
      unit: "ms",
      ...others(rows, "after_touched_ms"),
    },
    { what: "the same, median", found: ratio("lag_p50"), unit: "×", ...others(rows, "lag_p50", [OURS]) },
    { what: "LIST requests, the server's own and the loader's among them", found: lists, unit: "", ...others(rows, "lists") },
    {
      what: `of them more than beside ${BASE}, which sends none`,
      found: lists === undefined || listsOfBase === undefined ? undefined : lists - listsOfBase,
      unit: "",
    },
  ]);
}

/** Of one kind that comes and goes under our manager. */
export function judgeLives(lives: readonly Life[]): readonly string[] {
  const at = (of: (life: Life) => number, quantile: number): number | undefined => quantileOf(lives.map(of), quantile);
  return linesOf("lives", [
    { what: "Established seen to running, p50", found: at((life) => life.appearMs, 0.5), unit: "ms" },
    { what: "Established seen to running, p99", found: at((life) => life.appearMs, 0.99), unit: "ms" },
    { what: "of it the server's first answer, p50", found: at((life) => life.serverMs, 0.5), unit: "ms" },
    { what: "of it the server's first answer, p99", found: at((life) => life.serverMs, 0.99), unit: "ms" },
    { what: "of it ours, p50", found: at((life) => life.appearMs - life.serverMs, 0.5), unit: "ms", atMost: 5 },
    { what: "of it ours, p99", found: at((life) => life.appearMs - life.serverMs, 0.99), unit: "ms", atMost: 20 },
    { what: "DELETE seen to the last request to its URL, longest", found: at((life) => life.lastRequestMs, 1), unit: "ms", atMost: 100 },
    { what: "DELETE seen to all of it released, longest", found: at((life) => life.releasedMs, 1), unit: "ms", atMost: 1_000 },
  ]);
}

/** Of many CRDs at once. */
export function judgeBurst(ours: Burst, base: Burst | undefined): readonly string[] {
  const figure = (what: string, unit: string, of: (burst: Burst) => number): Figure => ({
    what,
    unit,
    found: of(ours),
    ...(base !== undefined && { beside: `${BASE} ${Number(of(base).toPrecision(3))}` }),
  });
  return linesOf("burst", [
    figure("kinds", "", ({ kinds }) => kinds),
    figure("the first create to the last CRD Established", "ms", ({ establishedMs }) => establishedMs),
    figure("the first create to the last kind running", "ms", ({ runningMs }) => runningMs),
    figure("Established to running, p50", "ms", ({ kindP50Ms }) => kindP50Ms),
    figure("Established to running, p99", "ms", ({ kindP99Ms }) => kindP99Ms),
    figure("requests for each kind", "", ({ requests, kinds }) => requests / kinds),
    figure("requests a second", "", ({ requestsPerSecond }) => requestsPerSecond),
    figure("CPU of the server for each kind", "ms", ({ serverCpuMs, kinds }) => serverCpuMs / kinds),
  ]);
}

/** Ours to another's; `undefined` where one of them was not measured. */
function ratioOf(rows: readonly Measured[], field: string, to: string): number | undefined {
  const [own, other] = [medianOf(rows, OURS, field), medianOf(rows, to, field)];
  return own === undefined || other === undefined || other <= 0 || own < 0 ? undefined : own / other;
}

function rounded(ratio: number): number {
  return Number(ratio.toPrecision(3));
}

/** The other contenders' figures; `also` those of ours. */
function others(rows: readonly Measured[], field: string, also: readonly string[] = []): { readonly beside: string } {
  const names = [...new Set(rows.map(({ contender }) => contender))].filter((name) => name !== OURS || also.includes(name));
  const told = names.map((name) => `${name} ${Number((medianOf(rows, name, field) ?? Number.NaN).toPrecision(3))}`);
  return { beside: told.join(", ") };
}

function quantileOf(values: readonly number[], quantile: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.round(quantile * (values.length - 1))];
}
