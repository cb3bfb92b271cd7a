import { BASE, type Measured } from "./baseline.ts";

/** What one figure of ours shall be at most. */
interface Goal {
  readonly what: string;
  readonly field: string;
  readonly atMost: number;
  /** `ratio`: to the base, in the same run. `more`: what it is more than the base's. `plain`: the figure itself. */
  readonly as: "ratio" | "more" | "plain";
}

const ratio = (what: string, field: string, atMost: number): Goal => ({ what, field, atMost, as: "ratio" });

/** The goals of each scenario. `kinds`: how many there are. */
export function goalsOf(scenario: string, kinds: number): readonly Goal[] {
  const connections: Goal = { what: "connections", field: "connections", atMost: Math.ceil(kinds / 100) + 1, as: "plain" };
  switch (scenario) {
    case "sync":
      return [ratio("client CPU", "cpu_ms", 0.15), ratio("peak RSS", "peak_kb", 0.25), ratio("wall", "wall_ms", 0.55)];
    case "watch":
      return [ratio("client CPU per event", "cpu_us_per_event", 0.55), ratio("delivery lag p99", "lag_p99", 1.1)];
    case "kinds":
      return [ratio("wall", "wall_ms", 0.4), ratio("client CPU", "cpu_ms", 0.35), ratio("RSS", "settled_kb", 0.65), connections];
    case "idle":
      return [
        ratio("client CPU while idle", "idle_cpu_ms", 1),
        ratio("RSS after it", "idle_rss_end_kb", 0.65),
        connections,
        { what: "connections opened while idle", field: "opened_idle", atMost: 0, as: "plain" },
      ];
    case "restart":
      // The server's own lists are counted, too: the base sends none.
      return [ratio("median lag after ready", "lag_p50", 0.1), { what: "LIST requests", field: "lists", atMost: 0, as: "more" }];
    default:
      return [];
  }
}

/** The median of one figure of a contender over the rounds; `undefined` when it was not measured. */
export function medianOf(rows: readonly Measured[], contender: string, field: string): number | undefined {
  const values = rows
    .filter((row) => row.contender === contender)
    .map((row) => row[field])
    .filter((value) => typeof value === "number")
    .toSorted((a, b) => a - b);
  const [low, high] = [values[Math.floor((values.length - 1) / 2)], values[Math.ceil((values.length - 1) / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** One line for each goal of `scenario`, saying whether `contender` meets it. */
export function judge(
  rows: readonly Measured[],
  { scenario, contender, kinds }: { readonly scenario: string; readonly contender: string; readonly kinds: number },
): readonly string[] {
  return goalsOf(scenario, kinds).map(({ what, field, atMost, as }) => {
    const [own, base] = [medianOf(rows, contender, field), medianOf(rows, BASE, field)];
    const found = own === undefined ? undefined : valueOf(as, own, base);
    const verdict = found === undefined ? "not measured" : found <= atMost ? "met" : "not met";
    const told = found === undefined ? "" : String(Number(found.toFixed(2)));
    return `${scenario.padEnd(8)} ${contender.padEnd(10)} ${what.padEnd(30)} ${told.padStart(8)}  goal ${String(atMost).padEnd(5)} ${verdict}`;
  });
}

function valueOf(as: Goal["as"], own: number, base: number | undefined): number | undefined {
  if (as === "plain") return own;
  if (base === undefined) return undefined;
  if (as === "more") return own - base;
  if (base === 0) return own === 0 ? 1 : Number.POSITIVE_INFINITY;
  return own / base;
}
