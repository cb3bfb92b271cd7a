import { groupKindText } from "@polykind/apimachinery";
import { type Clock, PolykindError } from "@polykind/core";
import type { StopReason } from "@polykind/plugin";
import { attempt } from "./attempt.ts";
import type { Parts } from "./parts.ts";
import type { Workers } from "./reconcile/workers.ts";

const DRAIN_MS = 10_000;
const ABORT_MS = 20_000;

/**
 * Takes a controller down, in the order of the teardown of a kind: fence, routing, queue, runs, plugin, informers, series. Never rejects, whatever the plugin throws.
 *
 * @returns how many hooks of the plugin are still under way.
 */
export async function tearDown(parts: Parts, workers: Workers | undefined, reason: StopReason): Promise<number> {
  const { options, fence, caches, queue, ended, runs } = parts;
  const { clock, log, abortMs = ABORT_MS } = options;
  const untilMs = clock.elapsed() + abortMs;
  // First, because everything else takes time.
  fence.end();
  caches.detach();
  queue.close();
  const what = `${options.plugin.name} on ${groupKindText(options.resource)}`;
  const why = new PolykindError("STOPPED", `cannot go on with ${what}: it is stopped (${reason})`, { facts: { reason } });
  ended.abort(why);
  runs.abort(why);
  try {
    await attempt(() => drain(parts, workers, abortMs / 2), { log, message: "cannot wait for runs" });
    const remainingObjects = caches.informerOf(options.resource)?.store.size ?? 0;
    await parts.ending.close({ reason, remainingObjects }, untilMs);
  } finally {
    await release(parts);
  }
  const leaked = runs.size;
  if (leaked > 0) log.error("hooks of the plugin go on although it was stopped", { leaked, reason });
  return leaked;
}

/** Waits for what is under way, for `mostMs` at most; what takes long is told. Then nothing waits for it any more. */
async function drain({ options, runs, sender }: Parts, workers: Workers | undefined, mostMs: number): Promise<void> {
  const { clock, log, drainMs = DRAIN_MS } = options;
  const idle = Promise.all([workers?.ended(), runs.settled(), sender.settled()]);
  const forMs = Math.min(drainMs, mostMs);
  try {
    if (await endsWithin(clock, forMs, idle)) return;
    log.warn("runs go on although they were told to stop", { inFlight: runs.size, forMs });
    await endsWithin(clock, mostMs - forMs, idle);
  } finally {
    runs.abandon();
  }
}

async function release({ options: { log }, caches, ownWrites, causes, applied, held, gone, series }: Parts): Promise<void> {
  await attempt(() => caches.release(), { log, message: "cannot release informers" });
  for (const memory of [ownWrites, causes, applied, held, gone]) memory.clear();
  for (const group of series) group.close();
}

/** Whether `work` settles within so many milliseconds. Leaves no timer. */
async function endsWithin(clock: Clock, withinMs: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = clock.setTimer(withinMs, () => resolve(false));
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.cancel();
  }
}
