import type { Client } from "@polykind/client";
import { Stop } from "@polykind/core";

const PODS = { group: "", version: "v1", kind: "Pod", plural: "pods", resourceScope: "Namespaced" } as const;

/** Why a watch ended. */
export function watched(client: Client): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  client
    .listWatch(PODS)
    .watch({ signal: AbortSignal.abort() })
    .read?.({ stop: new Stop(), lines() {}, ended: resolve });
  return promise;
}
