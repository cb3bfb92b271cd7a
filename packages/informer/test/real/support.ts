import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ListWatch, Manifest, Resource, WatchCall } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type Informer, type InformerPool, openInformerPool } from "@polykind/informer";
import { type FaultyServer, openFaultyServer } from "@polykind/testing";
import type { RealApi } from "../../../../test/support/real-api.ts";
import { makeCertificates } from "../../../sandbox/src/http/certificates.ts";

export const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  resourceScope: "Cluster",
};
export const CONFIG_MAPS: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", resourceScope: "Namespaced" };

/** A namespaced kind of the group `GROUP.example.com`. */
export function kindOf(group: string, plural: string): Resource {
  return { group: `${group}.example.com`, version: "v1", plural, kind: `K${plural}`, resourceScope: "Namespaced" };
}

/** A CRD that keeps any `spec`. */
export function crdOf({ group, version, plural, kind, resourceScope }: Resource, description: string): Manifest {
  const spec = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const openAPIV3Schema = { type: "object", description, properties: { spec } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: resourceScope,
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

/** Has the server close all watches of the kind, as any edit of its CRD does. */
export async function editCrd(client: Client, { plural, group }: Resource, description: string): Promise<void> {
  const path = "/spec/versions/0/schema/openAPIV3Schema/description";
  await client.patch(CRDS, { name: `${plural}.${group}` }, { type: "json", operations: [{ op: "replace", path, value: description }] });
}

/** An object of the kind in the namespace `default`. */
export function objectOf(resource: Resource, name: string, n: number = 0): Manifest {
  const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  const content = resource.kind === "ConfigMap" ? { data: { n: String(n) } } : { spec: { n } };
  return { apiVersion, kind: resource.kind, metadata: { name, namespace: "default" }, ...content };
}

/** Sets `spec.n` of an object in `default`. */
export function changeTo(client: Client, resource: Resource, name: string, n: number): Promise<{ metadata: { resourceVersion: string } }> {
  return client.patch(resource, { namespace: "default", name }, { type: "merge", body: { spec: { n } } });
}

/** Our client as the administrator, or as whom another kubeconfig says. */
export async function clientOf(kubeconfig: string): Promise<Client> {
  return openClient({ credentials: await loadCredentials({ kubeconfig }) });
}

/** What informers asked of the server. */
export interface Asked {
  lists: number;
  /** Who asked for the server's version: of one whose cache is not filled it may take some tries. */
  readonly probedBy: Set<ListWatch>;
  readonly watches: WatchCall[];
}

/** Counts anew. */
export function forget(asked: Asked): void {
  asked.lists = 0;
  asked.probedBy.clear();
  asked.watches.length = 0;
}

/** A pool of informers through `client` that tells what it asks. */
export function poolOf(client: Client): { readonly pool: InformerPool; readonly asked: Asked } {
  const asked: Asked = { lists: 0, probedBy: new Set(), watches: [] };
  return { pool: openInformerPool({ open: (key) => listening(client.listWatch(key.resource, key), asked) }), asked };
}

function listening(source: ListWatch, asked: Asked): ListWatch {
  return {
    list(call) {
      asked.lists += 1;
      return source.list(call);
    },
    watch(call) {
      if (call.objects === "none") asked.probedBy.add(source);
      else asked.watches.push(call);
      return source.watch(call);
    },
  };
}

/** The codes of what fails at an informer from now on. */
export function failuresOf({ notices }: Informer): string[] {
  const codes: string[] = [];
  notices.on("failed", ({ code }) => codes.push(code));
  return codes;
}

/** Waits until `isSo`, looking every few milliseconds: what a server does takes real time. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string, withinMs: number = 30_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await isSo()); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
  }
}

/** The same server again, on the same port and with the same objects. */
export async function startAgain(
  api: RealApi,
  start: (options: { readonly dir: string; readonly port: number }) => Promise<RealApi>,
): Promise<RealApi> {
  return start({ dir: api.dir, port: Number(new URL(api.server).port) });
}

/** A door before the real server that can be shut; `kubeconfig` leads through it, as user `alice`. */
export async function openDoor(api: RealApi): Promise<{ readonly door: FaultyServer; readonly kubeconfig: string }> {
  const hers = await readFile(api.users["alice"] ?? "", "utf8");
  const authorization = `Bearer ${/token: ([^\s}]+)/.exec(hers)?.[1] ?? ""}`;
  const { ca, certificate: cert, key } = makeCertificates("127.0.0.1", Date.now());
  const target = { url: api.server, ca: await readFile(join(api.dir, "pki/ca.crt"), "utf8"), authorization };
  const door = await openFaultyServer({ target, certificate: { cert, key } });
  const kubeconfig = join(api.dir, "door.kubeconfig");
  const through = hers
    .replace(api.server, door.url)
    .replace(/certificate-authority-data: [^\s}]+/, `certificate-authority-data: ${Buffer.from(ca).toString("base64")}`);
  await writeFile(kubeconfig, through, { mode: 0o600 });
  return { door, kubeconfig };
}
