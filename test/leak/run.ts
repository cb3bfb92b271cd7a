import { setTimeout as sleep } from "node:timers/promises";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type Leaks, type Manager, openManager } from "@polykind/manager";
import type { SetupContext } from "@polykind/plugin";
import { openPluginHost } from "@polykind/plugin-host";
import { openMetrics, silentLog } from "@polykind/telemetry";
import { CountedClock } from "../stop/counted-clock.ts";
import { CHANGED, type Life, lifeOf, OBJECTS, REMOVED } from "./life.ts";
import { keeper, onlooker, Progress } from "./plugins.ts";
import { type Known, type Sample, SPARE, sampleOf } from "./sample.ts";
import type { LeakServer } from "./server.ts";

/** How a run goes. */
export interface RunOptions {
  readonly server: LeakServer;
  readonly cycles: number;
  /** After so many of them the first sample is taken. */
  readonly markAt: number;
  /** In so many lives the objects stay until the CRD is deleted; 1: in all. */
  readonly drainEvery: number;
  /** Called at each setup of a plugin, for leaks that are planted. */
  readonly plant?: (context: SetupContext) => void;
  /** So long it may take at the end until nothing is more than it was. Default: 10,000. */
  readonly restWithinMs?: number;
  readonly onCycle?: (done: number) => void;
}

/** What came of a run. */
export interface Outcome {
  readonly mark: Sample;
  readonly end: Sample;
  /** Between the two, in milliseconds for each cycle. */
  readonly cycleMs: number;
  /** What the manager itself left behind. */
  readonly leaks: Leaks;
  readonly incarnations: number;
}

const END_WITHIN_MS = 10_000;

/** Lives through so many lives of one kind with one manager; resolves with what it held after some of them, and after all. */
export async function runLives(options: RunOptions): Promise<Outcome> {
  const { server, plant = () => {} } = options;
  let rejections = 0;
  const onRejection = (): void => void (rejections += 1);
  process.on("unhandledRejection", onRejection);
  const clock = new CountedClock();
  const metrics = openMetrics();
  const progress = new Progress();
  const ending = new AbortController();
  await using client = openClient({ credentials: await loadCredentials({ kubeconfig: server.kubeconfig, clock }), clock });
  await using plugins = openPluginHost({ hostVersion: "1.0.0", log: silentLog, clock });
  plugins.addPlugin(keeper(progress, plant));
  plugins.addPlugin(onlooker(progress));
  // A sandbox in this process would hold the events, which are to stay there for an hour.
  const { manager } = openManager({ client, plugins, clock, metrics, livesAllowed: Infinity, hasEvents: false });
  try {
    await manager.start(ending.signal);
    const look = async (): Promise<Known> => ({
      timers: clock.count,
      series: metrics.size,
      ...openOf(manager, client),
      watches: await server.watches(),
      rejections,
    });
    const lives = await liveAll(options, { manager, progress, look, signal: ending.signal });
    const { incarnations } = manager.report();
    return { ...lives, leaks: await manager.stop(), incarnations };
  } finally {
    await manager.stop();
    process.off("unhandledRejection", onRejection);
  }
}

function openOf(manager: Manager, client: Client): Pick<Known, "informers" | "streams"> {
  return { informers: manager.report().informers, streams: client.openStreams().streams };
}

interface Stage {
  readonly manager: Manager;
  readonly progress: Progress;
  readonly look: () => Promise<Known>;
  readonly signal: AbortSignal;
}

async function liveAll(options: RunOptions, stage: Stage): Promise<Pick<Outcome, "mark" | "end" | "cycleMs">> {
  const { server, cycles, markAt, drainEvery, restWithinMs = 10_000, onCycle } = options;
  const live = async (from: number, to: number): Promise<void> => {
    for (let cycle = from; cycle < to; cycle += 1) {
      await liveOnce(lifeOf(cycle, drainEvery), server, stage);
      onCycle?.(cycle + 1);
    }
  };
  await live(0, markAt);
  const mark = await sampleOf(await stage.look(), stage.signal);
  const startedAt = performance.now();
  await live(markAt, cycles);
  const cycleMs = (performance.now() - startedAt) / (cycles - markAt);
  return { mark, end: await sampleAtRest(mark, restWithinMs, stage), cycleMs };
}

/** Whatever ends a moment later is no leak. */
async function sampleAtRest(mark: Sample, withinMs: number, { look, signal }: Stage): Promise<Sample> {
  for (const endAt = performance.now() + withinMs; ; await sleep(100)) {
    const sample = await sampleOf(await look(), signal);
    if (performance.now() > endAt || !hasMore(mark, sample)) return sample;
  }
}

function hasMore(mark: Sample, { heap: _, ...sample }: Sample): boolean {
  const names = Object.keys(sample) as readonly (keyof typeof sample)[]; // it has no others
  return names.some((name) => sample[name] - mark[name] > (SPARE[name] ?? 0));
}

async function liveOnce(life: Life, server: LeakServer, { manager, progress }: Stage): Promise<void> {
  const names = Array.from({ length: OBJECTS }, (_, at) => `leaf-${at}`);
  progress.forget();
  await server.begin(life);
  await progress.until(names.flatMap((name) => [`keeper ${name} 0`, `onlooker ${name}`]));
  await server.churn(life);
  await progress.until([
    ...CHANGED.map((name) => `keeper ${name} 1`),
    ...REMOVED.flatMap((name) => [`finalized ${name}`, `forgot ${name}`]),
  ]);
  if (life.isSwitched) {
    await server.turn(life);
    await progress.until(["keeper Switched", "onlooker Switched"]);
  }
  await server.end(life);
  await progress.until([...names.map((name) => `finalized ${name}`), "keeper CRDGone", "keeper deferred", "onlooker CRDGone"]);
  for (const endAt = performance.now() + END_WITHIN_MS; manager.kinds().some(({ crd }) => crd !== ""); await sleep(1)) {
    if (performance.now() > endAt) throw new Error(`the kind does not end: ${JSON.stringify(manager.kinds())}`);
  }
}
