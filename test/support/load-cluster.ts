import {
  CRD_RESOURCE,
  type CustomResourceDefinition,
  describeCrd,
  type Manifest,
  parseApiVersion,
  type Resource,
} from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { isPolykindError, messageOf, systemClock } from "@polykind/core";
import { readDocuments } from "@polykind/sandbox";
import type { RealInput } from "./real-input.ts";

const NAMESPACES: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", resourceScope: "Cluster" };

/** What the server refused, and why, by where it stands in the files. */
export type Refusals = ReadonlyMap<string, string>;

/** Creates all CRDs of `input`, waits until they are established, then creates all objects: as `polykind run --sandbox` loads them, through a server's front door. */
export async function loadCluster(kubeconfig: string, input: RealInput): Promise<Refusals> {
  await using client = openClient({ credentials: await loadCredentials({ kubeconfig }) });
  const refusals = new Map<string, string>();
  await createAll(client, input.crds, refusals, () => Promise.resolve(CRD_RESOURCE));
  await established(client);
  const namespaces = new Set<string>();
  await createAll(client, input.objects, refusals, async (manifest) => {
    const { group, version } = parseApiVersion(manifest.apiVersion);
    const resource = await client.resourceFor({ group, version, kind: manifest.kind });
    if (resource.resourceScope === "Namespaced") await ensureNamespace(client, manifest.metadata.namespace ?? "default", namespaces);
    return resource;
  });
  return refusals;
}

/** Several at a time, in the order of the file. */
async function createAll(
  client: Client,
  file: string,
  refusals: Map<string, string>,
  resourceOf: (manifest: Manifest) => Promise<Resource>,
): Promise<void> {
  const documents = readDocuments(file);
  const work = async (): Promise<void> => {
    for await (const read of documents) {
      const reason =
        "error" in read ? messageOf(read.error) : await create(client, withoutServerFields(read.document as Manifest), resourceOf); // The data holds manifests.
      if (reason !== undefined) refusals.set(read.where, reason);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

async function create(
  client: Client,
  manifest: Manifest,
  resourceOf: (manifest: Manifest) => Promise<Resource>,
): Promise<string | undefined> {
  try {
    const resource = await resourceOf(manifest);
    const metadata = resource.resourceScope === "Namespaced" ? { namespace: "default", ...manifest.metadata } : manifest.metadata;
    await client.create(resource, { ...manifest, metadata }, { fieldValidation: "Ignore" });
    return undefined;
  } catch (cause) {
    // The same object twice, as some files have it: the sandbox's loader applies the second one.
    return isPolykindError(cause, "API_ALREADY_EXISTS") ? undefined : messageOf(cause);
  }
}

/** What a server fills in does not belong into a manifest; files of exported objects have it all the same. */
function withoutServerFields(manifest: Manifest): Manifest {
  const { uid: _u, resourceVersion: _r, generation: _g, creationTimestamp: _c, deletionTimestamp: _d, ...metadata } = manifest.metadata;
  const rest = Object.entries(metadata).filter(([field]) => !["managedFields", "selfLink", "deletionGracePeriodSeconds"].includes(field));
  return { ...manifest, metadata: Object.fromEntries(rest) };
}

async function ensureNamespace(client: Client, name: string, known: Set<string>): Promise<void> {
  if (known.has(name)) return;
  known.add(name);
  await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } }).catch((cause: unknown) => {
    if (!isPolykindError(cause, "API_ALREADY_EXISTS")) throw cause;
  });
}

async function established(client: Client): Promise<void> {
  for (;;) {
    const { items } = await client.list<CustomResourceDefinition>(CRD_RESOURCE, { timeoutMs: 60_000 });
    const waiting = items.map(describeCrd).filter(({ isEstablished, namesAccepted }) => !isEstablished && namesAccepted.status !== "False");
    if (waiting.length === 0) return;
    await systemClock.sleep(250);
  }
}
