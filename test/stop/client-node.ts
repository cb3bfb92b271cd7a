import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubeConfig, ListWatch, Watch } from "@kubernetes/client-node";
import type { V1ConfigMap } from "@kubernetes/client-node";
import type { Stoppables, StoppablesOptions } from "./stoppable.ts";

/** The informers that `makeInformer` of client-node makes, with the one delay that they know made countable. */
export async function openClientNode({ kubeconfig, namespaces }: StoppablesOptions): Promise<Stoppables> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const calls = namespaces.map(() => 0);
  const requests = namespaces.map(() => 0);
  const count = (counts: number[], place: number): void => void (counts[place] = (counts[place] ?? 0) + 1);
  const open = { streams: 0, timers: 0 };
  const delayFn = async (forMs: number): Promise<void> => {
    open.timers += 1;
    await sleep(forMs);
    open.timers -= 1;
  };
  const informers = namespaces.map((namespace, place) => {
    const list = (): ReturnType<CoreV1Api["listNamespacedConfigMap"]> => {
      count(requests, place);
      return api.listNamespacedConfigMap({ namespace });
    };
    const watch = watchCounting(config, { begun: () => count(requests, place), open });
    const informer = new ListWatch<V1ConfigMap>(`/api/v1/namespaces/${namespace}/configmaps`, watch, list, false, undefined, undefined, {
      delayFn,
    });
    informer.on("change", () => count(calls, place));
    // Without a listener it would be thrown. It means that the informer has ended until its user starts it again.
    informer.on("error", () => {});
    return informer;
  });
  await Promise.all(informers.map((informer) => informer.start()));
  return {
    calls,
    requests,
    stop: async (place) => informers[place]?.stop(),
    open: () => ({ ...open }),
    async close() {
      await Promise.all(informers.map((informer) => informer.stop()));
      return { ...open };
    },
  };
}

/** A watch that tells when it begins, and counts while it is open. */
function watchCounting(config: KubeConfig, { begun, open }: { readonly begun: () => void; readonly open: { streams: number } }): Watch {
  const watch = new Watch(config);
  const begin = watch.watch.bind(watch);
  watch.watch = (path, query, onEvent, onEnd) => {
    begun();
    open.streams += 1;
    return begin(path, query, onEvent, (error) => {
      open.streams -= 1;
      onEnd(error);
    });
  };
  return watch;
}
