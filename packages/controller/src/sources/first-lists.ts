import type { Clock, PolykindError } from "@polykind/core";
import { type Informer, isStranger } from "@polykind/informer";
import type { Caches } from "../readers/caches.ts";

/** How long first lists are waited for. */
export interface FirstListsOptions {
  readonly clock: Clock;
  /** A list that fails later than this ends the wait, in milliseconds. */
  readonly failingMs: number;
}

/**
 * Resolves when all handlers have been told of the first lists.
 *
 * @throws the informer's error when a list fails that will not heal by itself (401, 403, another kind), or that has been failing for `failingMs`; or the reason of `signal`. A list that
 * is slow but does not fail is waited for.
 */
export async function firstLists(caches: Caches, { clock, failingMs }: FirstListsOptions, signal: AbortSignal): Promise<void> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const startedAtMs = clock.elapsed();
  const judge = ({ hasSynced }: Informer, error: PolykindError | undefined): void => {
    if (hasSynced || error === undefined) return;
    const isHopeless = error.code === "API_FORBIDDEN" || error.code === "API_UNAUTHORIZED" || isStranger(error);
    if (isHopeless || clock.elapsed() - startedAtMs >= failingMs) reject(error);
  };
  const ends = caches.informers.map((informer) => informer.notices.on("failed", (error) => judge(informer, error)));
  for (const informer of caches.informers) if (informer.state.phase === "waiting") judge(informer, informer.state.error);
  try {
    await Promise.race([caches.synced(signal), failed]);
  } finally {
    for (const end of ends) end();
  }
}
