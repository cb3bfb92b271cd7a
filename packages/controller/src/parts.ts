import { groupKindText } from "@polykind/apimachinery";
import { type Cause, finalizerOf, type PluginContext } from "@polykind/plugin";
import type { SeriesGroup } from "@polykind/telemetry";
import { WorkQueue } from "@polykind/workqueue";
import { Fence } from "./fence.ts";
import { PluginEnd } from "./plugin-end.ts";
import { pluginMetrics } from "./plugin-metrics.ts";
import { Caches } from "./readers/caches.ts";
import { OwnWrites } from "./readers/own-writes.ts";
import { Finalizers } from "./reconcile/finalizers.ts";
import { Gone } from "./reconcile/gone.ts";
import { Held } from "./reconcile/held.ts";
import { Ledger } from "./reconcile/ledger.ts";
import { Runs } from "./reconcile/runs.ts";
import { Causes } from "./sources/causes.ts";
import type { ControllerOptions } from "./types.ts";
import { AppliedManifests } from "./writer/applied.ts";
import { Sender, type Sending } from "./writer/sender.ts";
import { StatusWriter } from "./writer/status-writer.ts";
import { Targets } from "./writer/targets.ts";
import { Writer } from "./writer/writer.ts";

/** What one controller consists of, from its first step to its last. */
export interface Parts {
  readonly options: ControllerOptions;
  /** Aborts when the controller stops. */
  readonly ended: AbortController;
  /** What the plugin has to end. */
  readonly ending: PluginEnd;
  readonly series: readonly SeriesGroup[];
  readonly ledger: Ledger;
  readonly fence: Fence;
  readonly caches: Caches;
  readonly ownWrites: OwnWrites;
  readonly causes: Causes;
  readonly gone: Gone;
  /** The objects that carry the plugin's finalizer. */
  readonly held: Held;
  readonly queue: WorkQueue;
  readonly sender: Sender;
  readonly applied: AppliedManifests;
  readonly finalizers: Finalizers;
  readonly runs: Runs;
  /** What the plugin has at hand while it does something for `sending`. */
  readonly contextFor: (sending: Sending) => PluginContext;
  /** Wants a run of `key`. */
  readonly want: (key: string, cause: Cause, priority: number) => void;
}

/** Puts the parts together. Nothing is opened yet: what is dropped before the start needs no end. */
export function composeParts(options: ControllerOptions): Parts {
  const { plugin, resource, epoch, clock, random, log, metrics, client } = options;
  const name = `${plugin.name}/${groupKindText(resource)}`;
  const [series, queueSeries, pluginSeries] = [
    metrics.group({ controller: name }),
    metrics.group({ name }),
    metrics.group({ group: resource.group, kind: resource.kind }),
  ];
  const ledger = new Ledger({ clock, log, series });
  const fence = new Fence({ resource, epoch, canWrite: options.canWrite ?? (() => true) });
  const caches = new Caches(options.informers);
  const ownWrites = new OwnWrites(clock);
  const causes = new Causes();
  const queue = new WorkQueue({ clock, random, series: queueSeries });
  const sender = new Sender({
    client,
    fence,
    caches,
    ownWrites,
    managed: resource,
    fieldManager: plugin.name,
    tell: (written) => ledger.notices.tell("written", written),
  });
  const applied = new AppliedManifests();
  const held = new Held();
  const runs = new Runs(clock, (active) => ledger.setActive(active));
  const parts = {
    options,
    ended: new AbortController(),
    ledger,
    fence,
    caches,
    ownWrites,
    causes,
    queue,
    sender,
    applied,
  };
  return {
    ...parts,
    series: [series, queueSeries, pluginSeries],
    gone: new Gone(),
    held,
    finalizers: new Finalizers(finalizerOf(options.plugin), { sender, held }),
    runs,
    ending: new PluginEnd({ clock, log, runs }),
    contextFor: contexts(parts, pluginSeries),
    want: (key, cause, priority) => {
      causes.note(key, cause);
      queue.add(key, { priority });
    },
  };
}

function contexts(
  { options, sender, caches, fence, applied, ledger }: Pick<Parts, "options" | "sender" | "caches" | "fence" | "applied" | "ledger">,
  series: SeriesGroup,
): Parts["contextFor"] {
  const { plugin, resource, incarnation, clock, log, client } = options;
  const writer = { sender, targets: new Targets({ caches, client, fence }), applied, statuses: new StatusWriter(sender) };
  const metrics = pluginMetrics(plugin.name, series);
  return (sending) => ({
    kind: resource,
    incarnation,
    objects: caches.reader(resource),
    related: <R>(kind: Parameters<PluginContext["related"]>[0]) => caches.reader(kind) as R, // The plugin says what objects of the kind look like.
    client: new Writer(writer, sending),
    log: sending.runKey === undefined ? log : log.child({ object: sending.runKey }),
    metrics,
    note: (text) => {
      ledger.note = text;
    },
    now: () => clock.now(),
    signal: sending.signal,
  });
}
