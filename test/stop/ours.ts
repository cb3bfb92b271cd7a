import type { ListWatch, Resource } from "@polykind/apimachinery";
import { loadCredentials, openClient } from "@polykind/client";
import { openInformerPool } from "@polykind/informer";
import { CountedClock } from "./counted-clock.ts";
import type { Stoppables, StoppablesOptions } from "./stoppable.ts";

const CONFIG_MAPS: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", resourceScope: "Namespaced" };

/** Our informers, each of a lease of its own, in one pool on one client. */
export async function openOurs({ kubeconfig, namespaces }: StoppablesOptions): Promise<Stoppables> {
  // The client's own: connections outlive an informer.
  const [clientClock, poolClock] = [new CountedClock(), new CountedClock()];
  const client = openClient({ credentials: await loadCredentials({ kubeconfig, clock: clientClock }), clock: clientClock });
  const places = new Map(namespaces.map((namespace, place) => [namespace, place]));
  const calls = namespaces.map(() => 0);
  const requests = namespaces.map(() => 0);
  const count = (counts: number[], place: number): void => void (counts[place] = (counts[place] ?? 0) + 1);
  const pool = openInformerPool({
    open: (key) => counted(client.listWatch(key.resource, key), () => count(requests, places.get(key.namespace ?? "") ?? 0)),
    clock: poolClock,
  });
  const leases = await Promise.all(namespaces.map((namespace) => pool.acquire({ resource: CONFIG_MAPS, namespace })));
  for (const [place, { informer }] of leases.entries()) informer.addHandler({ noticed: () => count(calls, place) });
  await Promise.all(leases.map(({ informer }) => informer.synced()));
  return {
    calls,
    requests,
    stop: async (place) => leases[place]?.release(),
    open: () => ({ streams: client.openStreams().streams, timers: poolClock.count }),
    async close() {
      await pool[Symbol.asyncDispose]();
      await client.close();
      return { streams: client.openStreams().streams, timers: poolClock.count + clientClock.count };
    },
  };
}

function counted(source: ListWatch, count: () => void): ListWatch {
  return {
    list(call) {
      count();
      return source.list(call);
    },
    watch(call) {
      count();
      return source.watch(call);
    },
  };
}
