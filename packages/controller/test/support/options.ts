import type { ControllerOptions } from "@polykind/controller";
import { systemClock } from "@polykind/core";
import { definePlugin, type Plugin } from "@polykind/plugin";
import { silentLog } from "@polykind/telemetry";
import type { Cluster } from "./cluster.ts";

/** What starts `plugin`, made whole, on the kind of `cluster`. */
export function optionsOf(cluster: Cluster, plugin: Partial<Plugin>, more: Partial<ControllerOptions> = {}): ControllerOptions {
  const setup: Plugin["setup"] = () => ({ reconcile: async () => undefined });
  return {
    plugin: definePlugin({ name: "tester", engines: { polykind: "*" }, manages: cluster.widgets, setup, ...plugin }),
    resource: cluster.widgets,
    incarnation: cluster.incarnation,
    epoch: 1,
    informers: cluster.informers,
    client: cluster.client,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    metrics: cluster.metrics,
    ...more,
  };
}
