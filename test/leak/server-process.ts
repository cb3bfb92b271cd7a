// The API server, and whoever lives with it: in a process of its own, so that neither its heap nor its handles are counted. Answers the calls of `server.ts`.
import { setTimeout as sleep } from "node:timers/promises";
import { CRD_RESOURCE, type CustomResourceDefinition } from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { isPolykindError } from "@polykind/core";
import { openSandbox, type Sandbox } from "@polykind/sandbox";
import { writeKubeconfig } from "../faults/kubeconfig-file.ts";
import { answerCalls } from "../support/child.ts";
import { CHANGED, crdOf, type Life, objectsOf, placeOf, REMOVED, resourceOf } from "./life.ts";

const PATIENCE_MS = 90_000;

/** The server is the embedded one unless there is another. */
interface Open {
  readonly client: Client;
  readonly sandbox: Sandbox | undefined;
  readonly pollMs: number;
}

let opened: Open | undefined;
const open = (): Open => {
  if (opened === undefined) throw new Error("it is not open");
  return opened;
};

answerCalls({
  async open(kubeconfig) {
    const sandbox = kubeconfig === undefined ? await openSandbox() : undefined;
    const path = sandbox === undefined ? String(kubeconfig) : await writeKubeconfig(sandbox.kubeconfig);
    const client = openClient({ credentials: await loadCredentials({ kubeconfig: path }) });
    opened = { client, sandbox, pollMs: sandbox === undefined ? 20 : 3 };
    return path;
  },
  begin: (life) => begin(open(), life as Life), // server.ts sends one, as below
  churn: (life) => churn(open(), life as Life),
  turn: (life) => turn(open(), life as Life),
  end: (life) => end(open(), life as Life),
  watches: () => [...(open().sandbox?.openWatches().values() ?? [])].reduce((sum, count) => sum + count, 0),
  async close() {
    await opened?.client.close();
    await opened?.sandbox?.close();
  },
});

async function begin({ client, sandbox, pollMs }: Open, life: Life): Promise<void> {
  const crd = crdOf(life);
  if (sandbox !== undefined) return load(sandbox, [crd, ...objectsOf(life)]);
  await client.create(CRD_RESOURCE, crd);
  await until(pollMs, async () => {
    const { status } = await client.get<CustomResourceDefinition>(CRD_RESOURCE, { name: crd.metadata.name ?? "" });
    return status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;
  });
  const create = async (manifest: ReturnType<typeof objectsOf>[number]): Promise<void> =>
    until(pollMs, async () => {
      try {
        await client.create(resourceOf(life), manifest);
      } catch (cause) {
        // Its storage opens a moment after it is said to be established.
        if (!isPolykindError(cause, "KIND_NOT_SERVED")) throw cause;
        return false;
      }
      return true;
    });
  await Promise.all(objectsOf(life).map(create));
}

/** In the process of the server, which is quicker. */
async function load(sandbox: Sandbox, documents: readonly object[]): Promise<void> {
  for (const document of documents) {
    const outcome = await sandbox.load(document);
    if (!outcome.isAccepted) throw new Error(outcome.reason);
  }
}

async function churn({ client }: Open, life: Life): Promise<void> {
  const resource = resourceOf(life);
  const body = { spec: { round: 1 } };
  await Promise.all([
    ...CHANGED.map((name) => client.patch(resource, placeOf(life, name), { type: "merge", body })),
    ...REMOVED.map((name) => client.delete(resource, placeOf(life, name))),
  ]);
}

/** Ends the service of the first version. */
async function turn({ client }: Open, life: Life): Promise<void> {
  const { metadata, spec } = crdOf(life);
  const { versions } = spec as { readonly versions: readonly object[] }; // life.ts wrote it
  const operations = versions.map((_, at) => [
    { op: "replace", path: `/spec/versions/${at}/served`, value: at > 0 },
    { op: "replace", path: `/spec/versions/${at}/storage`, value: at > 0 },
  ]);
  await client.patch(CRD_RESOURCE, { name: metadata.name ?? "" }, { type: "json", operations: operations.flat() });
}

async function end({ client, pollMs }: Open, life: Life): Promise<void> {
  const { name = "" } = crdOf(life).metadata;
  if (!life.isDrained) {
    await client.deleteCollection(resourceOf(life), life.scope === "Namespaced" ? { namespace: "default" } : {});
    await until(pollMs, async () => (await client.list(resourceOf(life))).items.length === 0);
  }
  await client.delete(CRD_RESOURCE, { name });
  await until(pollMs, async () => {
    try {
      await client.get(CRD_RESOURCE, { name });
      return false;
    } catch (cause) {
      if (isPolykindError(cause, "API_NOT_FOUND")) return true;
      throw cause;
    }
  });
}

async function until(pollMs: number, isSo: () => Promise<boolean>): Promise<void> {
  for (const endAt = performance.now() + PATIENCE_MS; !(await isSo()); await sleep(pollMs)) {
    if (performance.now() > endAt) throw new Error("the server does not come to rest");
  }
}
