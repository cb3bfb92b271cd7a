import type { KubeObject, Resource } from "@polykind/apimachinery";
import { loadCredentials, openClient } from "@polykind/client";
import { systemClock } from "@polykind/core";
import { type Informer, type Lease, openInformerPool } from "@polykind/informer";
import { seededRandom } from "@polykind/testing";
import { type Contender, type ContenderOptions, type Said, stampOf } from "./contender.ts";
import { fastClock } from "./fast-clock.ts";
import { writeKubeconfig } from "./kubeconfig-file.ts";

/** The kinds of the scenarios. */
export const RESOURCES: Readonly<Record<string, Resource>> = {
  configmaps: { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", resourceScope: "Namespaced" },
  secrets: { group: "", version: "v1", kind: "Secret", plural: "secrets", resourceScope: "Namespaced" },
};

/** Our client and our informers, with their real times on a clock that may run faster. */
export async function openOurs(options: ContenderOptions): Promise<Contender> {
  const clock = options.speed === 1 ? systemClock : fastClock(options.speed);
  const random = seededRandom(options.seed);
  const client = openClient({
    credentials: await loadCredentials({ kubeconfig: await writeKubeconfig(options.kubeconfig), clock }),
    clock,
    random,
    ...(options.maxLineBytes !== undefined && { maxLineBytes: options.maxLineBytes }),
  });
  const pool = openInformerPool({ open: (key) => client.listWatch(key.resource, key), clock, random });
  const said: Said[] = [];
  const errors: string[] = [];
  const leases = new Map<string, Lease[]>();
  for (const plural of options.plurals) {
    const opened = options.namespaces.map((namespace) => pool.acquire({ resource: resourceOf(plural), namespace }));
    leases.set(plural, await Promise.all(opened));
    for (const { informer } of leases.get(plural) ?? []) listen(informer, { plural, said, errors });
  }
  const informers = (plural: string): readonly Informer[] => (leases.get(plural) ?? []).map(({ informer }) => informer);
  return {
    name: "ours",
    said,
    errors,
    restarts: 0,
    cache: (plural) =>
      new Map(informers(plural).flatMap(({ store }) => store.list().map((object) => [object.metadata.name, stampOf(object)]))),
    object: (plural, name) =>
      informers(plural)
        .flatMap(({ store }) => store.list())
        .find(({ metadata }) => metadata.name === name),
    hasSynced: (plural) => informers(plural).every(({ hasSynced }) => hasSynced),
    state: (plural) => countsOf(informers(plural).map(({ state }) => state.phase)),
    async stop() {
      await pool[Symbol.asyncDispose]();
      await client.close();
    },
  };
}

function listen(
  informer: Informer,
  { plural, said, errors }: { readonly plural: string; readonly said: Said[]; readonly errors: string[] },
): void {
  const tell = (is: Said["is"], { metadata }: KubeObject): void => {
    said.push({ is, plural, key: metadata.name, uid: metadata.uid, version: metadata.resourceVersion, at: performance.now() });
  };
  informer.addHandler({
    added: (object) => tell("add", object),
    changed: (object) => tell("update", object),
    deleted: (object) => tell("delete", object),
  });
  informer.notices.on("failed", (error) => errors.push(error.code));
}

function resourceOf(plural: string): Resource {
  const resource = RESOURCES[plural];
  if (resource === undefined) throw new TypeError(`no scenario has ${plural}`);
  return resource;
}

/** How often each of `phases` occurs, as text. */
function countsOf(phases: readonly string[]): string {
  if (new Set(phases).size === 1) return phases[0] ?? "";
  return Array.from(
    Map.groupBy(phases, (phase) => phase),
    ([phase, all]) => `${all.length} ${phase}`,
  ).join(", ");
}
