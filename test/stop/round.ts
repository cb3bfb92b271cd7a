import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@polykind/core";
import type { Cut } from "@polykind/testing";
import { writeKubeconfig } from "../faults/kubeconfig-file.ts";
import type { StopServer } from "./server.ts";
import type { OpenStoppables, Stoppables } from "./stoppable.ts";

/** What went on after informers were stopped. */
export interface Leftovers {
  /** Informers that were stopped. */
  readonly stopped: number;
  /** Those that had begun to watch again, or were about to, when they were. */
  readonly resuming: number;
  /** Informers of which anything was seen after their stop had resolved. */
  readonly goOn: number;
  /** Calls of their handlers. */
  readonly callbacks: number;
  /** Lists and watches that they began. */
  readonly requests: number;
  /** Open, by either side's count, when the last stop had resolved or a while later. */
  readonly streams: number;
  /** Set when the last stop had resolved or when all was closed. */
  readonly timers: number;
}

export const NOTHING: Leftovers = { stopped: 0, resuming: 0, goOn: 0, callbacks: 0, requests: 0, streams: 0, timers: 0 };

/** The sum of two counts. */
export function plus(a: Leftovers, b: Leftovers): Leftovers {
  return {
    stopped: a.stopped + b.stopped,
    resuming: a.resuming + b.resuming,
    goOn: a.goOn + b.goOn,
    callbacks: a.callbacks + b.callbacks,
    requests: a.requests + b.requests,
    streams: a.streams + b.streams,
    timers: a.timers + b.timers,
  };
}

const ALL_WATCH_WITHIN_MS = 10_000;

/** How one round goes. */
export interface RoundOptions {
  readonly open: OpenStoppables;
  /** How the server closes all watches. */
  readonly how: Cut;
  /** Every informer is stopped within this time after it. */
  readonly withinMs: number;
  /** For so long it is watched what goes on. */
  readonly watchMs: number;
  readonly random: Random;
}

/** Opens informers, closes their watches at the server, stops each soon after, changes every object, and looks who goes on. */
export async function runRound(server: StopServer, { open, how, withinMs, watchMs, random }: RoundOptions): Promise<Leftovers> {
  const { namespaces } = server;
  const informers = await open({ kubeconfig: await writeKubeconfig(await server.open()), namespaces });
  // Informers that gave up at their first list, as client-node's do at an error, are not waited for longer.
  for (const endAt = performance.now() + ALL_WATCH_WITHIN_MS; performance.now() < endAt; await sleep(5)) {
    if ((await server.watches()) >= namespaces.length && informers.calls.every((calls) => calls > 0)) break;
  }
  const before = [...informers.requests];
  // Changes that come while informers watch again, and are stopped.
  const changing = server.cut(how).then(() => server.change(`while stopping ${random()}`));
  const marks = await stopEach(informers, namespaces, { withinMs, random });
  const atStop = informers.open();
  await changing;
  await server.change(`after ${random()}`);
  await sleep(watchMs);
  const seen = marks.map(({ calls, requests }, place) => ({
    callbacks: (informers.calls[place] ?? 0) - calls,
    requests: (informers.requests[place] ?? 0) - requests,
  }));
  const streams = await server.watches();
  const atEnd = await informers.close();
  return {
    stopped: namespaces.length,
    resuming: marks.filter(({ requests }, place) => requests > (before[place] ?? 0)).length,
    goOn: seen.filter(({ callbacks, requests }) => callbacks + requests > 0).length,
    callbacks: seen.reduce((sum, { callbacks }) => sum + callbacks, 0),
    requests: seen.reduce((sum, { requests }) => sum + requests, 0),
    streams: Math.max(atStop.streams, streams, atEnd.streams),
    timers: Math.max(atStop.timers, atEnd.timers),
  };
}

interface Mark {
  readonly calls: number;
  readonly requests: number;
}

/** Stops each informer at a moment of its own; resolves with what each had done when its stop had resolved. */
function stopEach(
  informers: Stoppables,
  namespaces: readonly string[],
  { withinMs, random }: { readonly withinMs: number; readonly random: Random },
): Promise<readonly Mark[]> {
  const stops = namespaces.map(async (_, place): Promise<Mark> => {
    await sleep(withinMs * random());
    await informers.stop(place);
    return { calls: informers.calls[place] ?? 0, requests: informers.requests[place] ?? 0 };
  });
  return Promise.all(stops);
}
