import { groupKindText } from "@polykind/apimachinery";
import { type Clock, messageOf, PolykindError } from "@polykind/core";
import type { Reconciler, StopReason } from "@polykind/plugin";
import type { Parts } from "./parts.ts";
import type { Workers } from "./reconcile/workers.ts";

/** What has come up of a controller that is to be stopped. */
export interface Started {
  readonly reconciler: Reconciler | undefined;
  readonly workers: Workers | undefined;
}

const DRAIN_MS = 10_000;
const ABORT_MS = 30_000;
/** How long the plugin may take to end, in milliseconds. */
const ENDING_MS = 10_000;

/**
 * Takes a controller down, in the order of the teardown of a kind: fence, routing, queue, runs, plugin, informers, series. Never rejects.
 *
 * @returns how many hooks of the plugin are still under way.
 */
export async function tearDown(parts: Parts, started: Started, reason: StopReason): Promise<number> {
  const { options, fence, caches, queue, ended, runs } = parts;
  // First, because everything else takes time.
  fence.end();
  caches.detach();
  queue.close();
  const what = `${options.plugin.name} on ${groupKindText(options.resource)}`;
  const why = new PolykindError("STOPPED", `cannot go on with ${what}: it is stopped (${reason})`, { facts: { reason } });
  ended.abort(why);
  runs.abort(why);
  await drain(parts, started);
  await endPlugin(parts, started.reconciler, reason);
  const leaked = runs.size;
  await releaseAll(parts);
  for (const series of parts.series) series.close();
  if (leaked > 0) options.log.error("hooks of the plugin go on although it was stopped", { leaked, reason });
  return leaked;
}

/** Waits for what is under way: softly, then no longer. */
async function drain({ options, runs, sender }: Parts, { workers }: Started): Promise<void> {
  const { clock, log, drainMs = DRAIN_MS, abortMs = ABORT_MS } = options;
  const idle = Promise.all([workers?.ended(), runs.settled(), sender.settled()]);
  if (await endsWithin(clock, drainMs, idle)) return;
  log.warn("runs go on although they were told to stop", { inFlight: runs.size, forMs: drainMs });
  if (await endsWithin(clock, Math.max(0, abortMs - drainMs), idle)) return;
  runs.abandon();
}

async function endPlugin(
  { options, runs, caches, deferred }: Parts,
  reconciler: Reconciler | undefined,
  reason: StopReason,
): Promise<void> {
  const remainingObjects = caches.informerOf(options.resource)?.store.size ?? 0;
  const end = async (): Promise<void> => {
    try {
      await reconciler?.onStop?.(reason, { remainingObjects });
    } finally {
      await deferred.close();
    }
  };
  const outcome = await runs.run(end, { timeoutMs: ENDING_MS, graceMs: 0 });
  if (outcome.type === "threw") options.log.warn("the plugin failed to stop", { reason, cause: messageOf(outcome.cause) });
}

async function releaseAll({ options, caches, ownWrites, causes, applied, held, gone }: Parts): Promise<void> {
  try {
    await caches.release();
  } catch (cause) {
    options.log.error("cannot release informers", { cause: messageOf(cause) });
  }
  for (const memory of [ownWrites, causes, applied, held, gone]) memory.clear();
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
