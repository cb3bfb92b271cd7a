import type { Resource } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import type { ListWatchSubject } from "@polykind/testing";
import { eventually } from "./scripted-server.ts";

const CONFIG_MAPS: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", resourceScope: "Namespaced" };
const NAMESPACES: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", resourceScope: "Cluster" };
const NOT_THERE: Resource = { group: "nobody.example.com", version: "v1", kind: "Nobody", plural: "nobodies", resourceScope: "Namespaced" };

/** The ConfigMaps of a namespace of its own, through our client, on the server of a kubeconfig. */
export async function openSubject(kubeconfig: string, namespace: string): Promise<ListWatchSubject> {
  const client = openClient({ credentials: await loadCredentials({ kubeconfig }) });
  await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  let changes = 0;
  return {
    source: client.listWatch(CONFIG_MAPS, { namespace }),
    unserved: client.listWatch(NOT_THERE, { namespace }),
    create: async (name) => void (await client.create(CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace } })),
    change: async (name) => {
      changes += 1;
      await client.patch(CONFIG_MAPS, { namespace, name }, { type: "merge", body: { data: { changes: String(changes) } } });
    },
    remove: async (name) => void (await client.delete(CONFIG_MAPS, { namespace, name })),
    openStreams: () => client.openStreams().streams,
    [Symbol.asyncDispose]: () => closeSubject(client, namespace),
  };
}

async function closeSubject(client: Client, namespace: string): Promise<void> {
  await client.delete(NAMESPACES, { name: namespace });
  await client.close();
  await eventually("nothing is open", () => client.openStreams().sessions === 0);
}
