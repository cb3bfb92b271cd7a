/** What a contender of ours says on standard output, as the contract in the baseline's README has it. It is loaded into what is measured: it imports nothing. */

/** What a contender has seen so far. */
export interface Counts {
  readonly objects: number;
  readonly events: number;
  /** From the write of each change until it was seen, in milliseconds. */
  readonly lag: readonly number[];
}

/** In Unix milliseconds with a fraction. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Says one line. */
export function say(event: string, facts: object = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...facts, t: preciseNow() })}\n`);
}

/** Says what was counted whenever it is asked for, and once more before the process ends. */
export function sayCountsWhenAsked(counts: () => Counts): void {
  process.on("SIGUSR2", () => sayCounts("counters", counts()));
  process.on("SIGTERM", () => {
    sayCounts("final", counts());
    process.exit(0);
  });
}

function sayCounts(event: "counters" | "final", { objects, events, lag }: Counts): void {
  globalThis.gc?.();
  const sorted = Float64Array.from(lag).sort();
  const at = (quantile: number): number | undefined => sorted[Math.floor(quantile * (sorted.length - 1))];
  const { heapUsed, external } = process.memoryUsage();
  const tasks = process.getActiveResourcesInfo().length;
  say(event, { objects, events, heap: heapUsed, external, tasks, lag_p50: at(0.5), lag_p99: at(0.99) });
}
