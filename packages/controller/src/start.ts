import type { KubeObject } from "@polykind/apimachinery";
import { messageOf, PolykindError } from "@polykind/core";
import { CONTROLLER_METRICS } from "./metrics.ts";
import type { Parts } from "./parts.ts";
import { Runner, type RunnerOptions } from "./reconcile/runner.ts";
import { Workers } from "./reconcile/workers.ts";
import { firstLists } from "./sources/first-lists.ts";
import { primaryHandler } from "./sources/primary.ts";
import { relatedHandler } from "./sources/related.ts";
import type { RelatedKind, RelatedResource } from "./types.ts";

const DEFAULT_WORKERS = 4;
const DEFAULT_TIMEOUT_MS = 60_000;
/** So long a run may go on after its signal has aborted, in milliseconds. */
const GRACE_MS = 5000;
const SYNC_MS = 30_000;

/** Acquires the informers of the managed kind and of all watched ones. */
export async function acquireInformers({ options, caches }: Parts, signal: AbortSignal): Promise<void> {
  const { plugin, resource, incarnation, client } = options;
  const related =
    options.related ?? (async (kind: RelatedKind): Promise<RelatedResource> => ({ resource: await client.resourceFor(kind, { signal }) }));
  await caches.acquire({ resource, incarnation });
  for (const { group, kind, version } of plugin.watches ?? []) {
    signal.throwIfAborted();
    const found = await related({ group, kind, ...(version !== undefined && { version }) });
    await caches.acquire({ resource: found.resource, ...(found.incarnation !== undefined && { incarnation: found.incarnation }) });
  }
  signal.throwIfAborted();
}

/** Adds the handlers, and resolves when all have been told of what was there. */
export async function followKinds(parts: Parts, signal: AbortSignal): Promise<void> {
  const { options, caches, finalizers, held, gone, want } = parts;
  for (const informer of caches.informers) {
    const { resource } = informer.key;
    for (const watched of options.plugin.watches ?? []) {
      if (watched.kind !== resource.kind || watched.group !== resource.group) continue;
      const onFailure = (object: KubeObject, cause: unknown): void => noteMapFailure(parts, object, cause);
      const onDeleted = ({ metadata }: KubeObject): void => parts.applied.forget(resource, metadata);
      caches.attach(informer, relatedHandler({ watched, managed: options.resource, want, onFailure, onDeleted }));
    }
  }
  const primary = caches.informerOf(options.resource);
  // What the plugin applies may be of the managed kind, too.
  const onDeleted = ({ metadata }: KubeObject): void => parts.applied.forget(options.resource, metadata);
  if (primary !== undefined) caches.attach(primary, primaryHandler({ finalizer: finalizers.name, held, gone, want, onDeleted }));
  await firstLists(caches, { clock: options.clock, failingMs: options.syncMs ?? SYNC_MS }, signal);
}

function noteMapFailure({ ledger, options: { log, plugin } }: Parts, object: KubeObject, cause: unknown): void {
  const key = `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`;
  const failure = new PolykindError("PLUGIN_FAILED", `cannot map ${key}: ${plugin.name} threw in \`watches.map\``, { cause });
  ledger.fail(key, failure);
  log.error("the plugin cannot map an object", { object: key, cause: messageOf(cause) });
}

/** Starts the workers: from here on keys are run. */
export function startWorkers(
  parts: Parts,
  { reconciler, isTerminating, isRetiring }: Pick<RunnerOptions, "reconciler" | "isTerminating" | "isRetiring">,
): Workers {
  const { options, caches, ended, series } = parts;
  const primary = caches.informerOf(options.resource);
  if (primary === undefined) throw new PolykindError("STOPPED", "cannot start workers: the controller has stopped");
  const { workers = DEFAULT_WORKERS, reconcileTimeoutMs = DEFAULT_TIMEOUT_MS } = options.plugin;
  const deadline = { timeoutMs: reconcileTimeoutMs, graceMs: GRACE_MS };
  const { clock, log } = options;
  const runner = new Runner({
    ...parts,
    clock,
    log,
    reconciler,
    store: primary.store,
    deadline,
    isTerminating,
    isRetiring,
    ended: ended.signal,
  });
  const working = new Workers({ ...parts, log, runner });
  series[0]?.set(CONTROLLER_METRICS.workers, workers);
  working.start(workers);
  return working;
}
