import type { Outcome } from "./run.ts";
import { type Sample, SPARE } from "./sample.ts";

/** One thing that was counted. */
export interface Row {
  readonly what: string;
  readonly mark: number;
  readonly end: number;
  /** The growth allowed. */
  readonly allowed: number;
  readonly isBreach: boolean;
}

const NAMES: Readonly<Record<keyof Sample, string>> = {
  heap: "heap, bytes",
  handles: "handles",
  sockets: "sockets",
  timers: "timers of the manager",
  nodeTimers: "timers of the process",
  listeners: "listeners",
  signals: "signals reachable",
  promises: "promises reachable",
  series: "metric series",
  informers: "informers",
  streams: "streams of the client",
  watches: "watches seen by the server",
  rejections: "unhandled rejections",
};

/** What a run shows, a row for each thing that may leak. `heap`: the growth that is allowed, in bytes. */
export function judge({ mark, end, leaks }: Outcome, heap: number): readonly Row[] {
  const counted = Object.entries(NAMES).map(([key, what]): Row => {
    const name = key as keyof Sample; // a key of NAMES
    const allowed = name === "heap" ? heap : (SPARE[name] ?? 0);
    // One rejection is one too many, whenever it came.
    const from = name === "rejections" ? 0 : mark[name];
    return { what, mark: mark[name], end: end[name], allowed, isBreach: end[name] - from > allowed };
  });
  const left = Object.entries(leaks).map(
    ([what, count]): Row => ({ what: `${what} left by the stop`, mark: 0, end: Math.max(0, count), allowed: 0, isBreach: count > 0 }),
  );
  return [...counted, ...left];
}

/** The rows as lines of text, aligned. */
export function tableOf(rows: readonly Row[], [markAt, cycles]: readonly [number, number]): readonly string[] {
  const head = ["", `cycle ${markAt}`, `cycle ${cycles}`, "growth", "allowed", ""];
  const lines = [
    head,
    ...rows.map(({ what, mark, end, allowed, isBreach }) => [
      what,
      text(mark),
      text(end),
      text(end - mark),
      text(allowed),
      isBreach ? "BREACH" : "ok",
    ]),
  ];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 || column === head.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

function text(count: number): string {
  return count.toLocaleString("en-US");
}
