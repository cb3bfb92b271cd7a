import { randomUUID } from "node:crypto";
import { after, before, describe } from "node:test";
import type { Resource } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { isPolykindError } from "@polykind/core";
import { listWatchContract, type ListWatchSubject } from "@polykind/testing";
import { type RealApi, skipWithoutRealApi, useRealApi } from "../../../../test/support/real-api.ts";

const GROUP = `contract-${randomUUID().slice(0, 8)}.example.com`;
const WIDGETS: Resource = { group: GROUP, version: "v1", kind: "Widget", plural: "widgets", resourceScope: "Namespaced" };
const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  resourceScope: "Cluster",
};
const NAMESPACES: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", resourceScope: "Cluster" };

const CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget", singular: "widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { n: { type: "integer" } } } },
      },
    ],
  },
};

/** Resolves when the kind can be listed, which follows its CRD by a moment. */
async function whenServed(client: Client): Promise<void> {
  for (;;) {
    try {
      await client.list(WIDGETS);
      return;
    } catch (error) {
      if (!isPolykindError(error, "KIND_NOT_SERVED")) throw error;
    }
  }
}

/** The custom resources of a namespace of its own. */
async function openSubject(kubeconfig: string): Promise<ListWatchSubject> {
  const client = openClient({ credentials: await loadCredentials({ kubeconfig }) });
  const namespace = `contract-${randomUUID().slice(0, 8)}`;
  await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  let changes = 0;
  return {
    source: client.listWatch(WIDGETS, { namespace }),
    unserved: client.listWatch({ ...WIDGETS, plural: "gadgets", kind: "Gadget" }, { namespace }),
    create: async (name) =>
      void (await client.create(WIDGETS, { apiVersion: `${GROUP}/v1`, kind: "Widget", metadata: { name, namespace } })),
    change: async (name) => {
      changes += 1;
      await client.patch(WIDGETS, { namespace, name }, { type: "merge", body: { n: changes } });
    },
    remove: async (name) => void (await client.delete(WIDGETS, { namespace, name })),
    openStreams: () => client.openStreams().streams,
    async [Symbol.asyncDispose]() {
      await client.delete(NAMESPACES, { name: namespace });
      await client.close();
    },
  };
}

describe("custom resources", { skip: skipWithoutRealApi() }, () => {
  let api: RealApi;
  let client: Client;

  before(async () => {
    api = await useRealApi();
    client = openClient({ credentials: await loadCredentials({ kubeconfig: api.kubeconfig }) });
    await client.create(CRDS, CRD);
    await whenServed(client);
  });
  after(async () => {
    await client?.delete(CRDS, { name: CRD.metadata.name });
    await client?.close();
    await api?.[Symbol.asyncDispose]();
  });

  listWatchContract("our client on a real API server", () => openSubject(api.kubeconfig));
});
