import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Leaks } from "@polykind/manager";
import { judge, type Row } from "./judge.ts";
import { type RunOptions, runLives } from "./run.ts";
import type { Sample } from "./sample.ts";
import { type LeakServer, openLeakServer } from "./server.ts";

/** Rough: in so few lives what Node compiles and keeps is more than what they could leave behind. */
const HEAP_BYTES = 4_000_000;

describe("a manager under which one kind comes and goes", () => {
  let server: LeakServer;
  before(async () => {
    server = await openLeakServer();
  });
  after(() => server[Symbol.asyncDispose]());

  /** What was left, as lines of the table. */
  async function leftBy(cycles: number, options: Pick<RunOptions, "plant" | "restWithinMs"> = {}): Promise<readonly Row[]> {
    const outcome = await runLives({ server, cycles, markAt: Math.ceil(cycles / 4), drainEvery: 1, ...options });
    assert.equal(outcome.incarnations, cycles);
    return judge(outcome, HEAP_BYTES).filter(({ isBreach }) => isBreach);
  }

  test("holds after 40 lives what it held after 10", async () => {
    assert.deepEqual(await leftBy(40), []);
  });

  test("is found to leak, when a plugin keeps its context, a timer, a listener, promises and signals in each life", async (t) => {
    const kept: unknown[] = [];
    const timers: NodeJS.Timeout[] = [];
    const listen = (): void => {};
    t.after(() => {
      for (const timer of timers) {
        clearTimeout(timer);
        process.off("SIGWINCH", listen);
      }
    });
    const plant: RunOptions["plant"] = (context) => {
      timers.push(setTimeout(() => {}, 600_000));
      kept.push(
        context,
        Array.from({ length: 50_000 }, (_, at) => ({ at })),
      );
      kept.push(AbortSignal.any([context.signal]), Promise.resolve(), Promise.resolve());
      // Not SIGPIPE: Node would no longer ignore it when the listener has gone.
      process.on("SIGWINCH", listen);
    };
    const left = await leftBy(10, { plant, restWithinMs: 0 });
    const found = new Set(left.map(({ what }) => what));
    for (const what of ["heap, bytes", "timers of the process", "listeners", "signals reachable", "promises reachable"]) {
      assert.ok(found.has(what), `${what} are not among ${[...found].join(", ")}`);
    }
  });
});

describe("what a run has left", () => {
  const rest: Sample = {
    heap: 10_000_000,
    handles: 1,
    sockets: 2,
    timers: 4,
    nodeTimers: 4,
    listeners: 18,
    signals: 7,
    promises: 250,
    series: 0,
    informers: 1,
    streams: 1,
    watches: 1,
    rejections: 0,
  };
  const none = { controllers: 0, informers: 0, streams: 0, slots: 0, series: 0 };
  const breachesOf = (mark: Partial<Sample>, end: Partial<Sample>, leaks: Partial<Leaks> = {}): readonly string[] =>
    judge({ mark: { ...rest, ...mark }, end: { ...rest, ...end }, cycleMs: 1, incarnations: 1, leaks: { ...none, ...leaks } }, 1_000_000)
      .filter(({ isBreach }) => isBreach)
      .map(({ what }) => what);

  for (const { why, mark = {}, end = {}, leaks = {}, breaches } of [
    { why: "is no breach where nothing has grown", breaches: [] },
    { why: "may be less than before", end: { heap: 9_000_000, timers: 3 }, breaches: [] },
    { why: "may be a megabyte more of heap", end: { heap: 11_000_000 }, breaches: [] },
    { why: "may not be more heap than that", end: { heap: 11_000_001 }, breaches: ["heap, bytes"] },
    { why: "may not be a single watch more", end: { watches: 2 }, breaches: ["watches seen by the server"] },
    { why: "may not be a single series more", end: { series: 1 }, breaches: ["metric series"] },
    {
      why: "counts a rejection from the first cycle on",
      mark: { rejections: 1 },
      end: { rejections: 1 },
      breaches: ["unhandled rejections"],
    },
    { why: "counts what the manager says that it left", leaks: { slots: 1 }, breaches: ["slots left by the stop"] },
  ] satisfies readonly {
    readonly why: string;
    readonly mark?: Partial<Sample>;
    readonly end?: Partial<Sample>;
    readonly leaks?: Partial<Leaks>;
    readonly breaches: readonly string[];
  }[]) {
    test(why, () => assert.deepEqual(breachesOf(mark, end, leaks), breaches));
  }
});
