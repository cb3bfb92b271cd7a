import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  apiVersionOf,
  CRD_RESOURCE,
  type CustomResourceDefinition,
  describeCrd,
  type KubeObject,
  type ListWatch,
  type Manifest,
  type Resource,
} from "@polykind/apimachinery";
import { type Client, loadCredentials, openClient } from "@polykind/client";
import { type Controller, type ControllerOptions, startController } from "@polykind/controller";
import { isPolykindError, systemClock } from "@polykind/core";
import { type InformerPool, openInformerPool } from "@polykind/informer";
import { definePlugin, type Plugin, type Reconciler } from "@polykind/plugin";
import { openSandbox } from "@polykind/sandbox";
import { type Metrics, openMetrics, silentLog } from "@polykind/telemetry";
import { useRealApi } from "../../../../test/support/real-api.ts";
import { CountingClock } from "./counting-clock.ts";
import { type Intercept, interceptedClient, type Request } from "./intercepted-client.ts";

/** The objects of the tests. */
export interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number };
  readonly status?: { readonly size?: number; readonly conditions?: readonly object[] };
}

export const DEPLOYMENTS: Resource = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  resourceScope: "Namespaced",
};
const NAMESPACES: Resource = { group: "", version: "v1", kind: "Namespace", plural: "namespaces", resourceScope: "Cluster" };

const any = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

function crdOf({ group, version, plural, kind }: Resource): Manifest {
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: any, status: any } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: "widget", kind, listKind: "WidgetList" },
      versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema }],
    },
  };
}

let clusters = 0;

/** An API server with the kind Widget, and all that a controller of it needs. What was started ends with it. */
export interface Cluster extends AsyncDisposable {
  readonly client: Client;
  readonly informers: InformerPool;
  /** Of the controllers. */
  readonly clock: CountingClock;
  /** Changes reach the caches so much later, in milliseconds. */
  watchDelayMs: number;
  readonly metrics: Metrics;
  /** The kind Widget, in a group of its own: servers may be shared. */
  readonly widgets: Resource;
  readonly namespace: string;
  /** Requests that controllers sent so far. */
  readonly requests: readonly Request[];
  /** Asked before each request of a controller: it may delay it, or throw in the place of the server. */
  intercept: Intercept;
  create(name: string, more?: { readonly spec?: object; readonly metadata?: object }): Promise<Widget>;
  get(name: string): Promise<Widget | undefined>;
  start(hooks: Reconciler<Widget> & { readonly plugin?: Partial<Plugin<Widget>> }, more?: Partial<ControllerOptions>): Promise<Controller>;
  /** The uid of the Widget CRD. */
  readonly incarnation: string;
  deleteCrd(): Promise<void>;
}

/** A cluster on the embedded API server. */
export async function openSandboxCluster(): Promise<Cluster> {
  const sandbox = await openSandbox();
  return openCluster(sandbox.kubeconfig, () => sandbox.close());
}

/** A cluster on the real API server. */
export async function openRealCluster(): Promise<Cluster> {
  const api = await useRealApi();
  return openCluster(await readFile(api.kubeconfig, "utf8"), async () => api[Symbol.asyncDispose]());
}

async function openCluster(kubeconfig: string, close: () => Promise<void>): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), "polykind-controller-"));
  await writeFile(join(folder, "kubeconfig"), kubeconfig);
  const client = openClient({ credentials: await loadCredentials({ kubeconfig: join(folder, "kubeconfig") }) });
  const clock = new CountingClock();
  const informers = openInformerPool({
    open: ({ resource, ...selection }) => delayed(client.listWatch(resource, selection), () => cluster.watchDelayMs),
  });
  const metrics = openMetrics();
  const controllers: Controller[] = [];
  const requests: Request[] = [];
  const namespace = `controller-${process.pid}-${(clusters += 1)}`;
  const widgets: Resource = {
    group: `${namespace}.polykind.dev`,
    version: "v1",
    kind: "Widget",
    plural: "widgets",
    resourceScope: "Namespaced",
  };
  const { uid } = (await establish(client, widgets)).metadata;
  await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const cluster: Cluster = {
    client,
    informers,
    clock,
    watchDelayMs: 0,
    metrics,
    widgets,
    namespace,
    requests,
    incarnation: uid,
    intercept: () => undefined,
    create: (name, { spec = {}, metadata = {} } = {}) =>
      client.create<Widget>(widgets, {
        apiVersion: apiVersionOf(widgets),
        kind: "Widget",
        metadata: { name, namespace, ...metadata },
        spec,
      }),
    get: (name) => client.get<Widget>(widgets, { namespace, name }).catch(undefinedIfGone),
    async start({ plugin, ...hooks }, more = {}) {
      const whole = definePlugin<Widget>({ name: "tester", engines: { polykind: "*" }, manages: widgets, setup: () => hooks, ...plugin });
      const intercepted = interceptedClient(client, { requests, intercept: (request) => cluster.intercept(request) });
      const controller = await startController(
        {
          plugin: whole,
          resource: widgets,
          incarnation: uid,
          epoch: controllers.length + 1,
          informers,
          client: intercepted,
          clock,
          random: Math.random,
          log: silentLog,
          metrics,
          ...more,
        },
        new AbortController().signal,
      );
      controllers.push(controller);
      return controller;
    },
    deleteCrd: async () => {
      await client.delete(CRD_RESOURCE, crdNameOf(widgets));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(controllers.map((controller) => controller.stop("Shutdown")));
      await informers[Symbol.asyncDispose]();
      await cleanUp(client, { widgets, namespace });
      await client.close();
      await close();
      await rm(folder, { recursive: true });
    },
  };
  return cluster;
}

function delayed(source: ListWatch, delayMs: () => number): ListWatch {
  return {
    list: (call) => source.list(call),
    async *watch(call) {
      for await (const lines of source.watch(call)) {
        if (delayMs() > 0) await systemClock.sleep(delayMs());
        yield lines;
      }
    },
  };
}

function crdNameOf({ plural, group }: Resource): { readonly name: string } {
  return { name: `${plural}.${group}` };
}

async function establish(client: Client, widgets: Resource): Promise<CustomResourceDefinition> {
  await client.create(CRD_RESOURCE, crdOf(widgets));
  return until(async () => {
    const crd = await client.get<CustomResourceDefinition>(CRD_RESOURCE, crdNameOf(widgets));
    if (!describeCrd(crd).isEstablished) return undefined;
    // Established a moment before it is served.
    return client.list(widgets).then(
      () => crd,
      () => undefined,
    );
  });
}

/** Leaves nothing on a shared server. */
async function cleanUp(client: Client, { widgets, namespace }: Pick<Cluster, "widgets" | "namespace">): Promise<void> {
  const { items } = await client.list(widgets, { namespace }).catch(() => ({ items: [] }));
  for (const { metadata } of items) {
    await client.patch(widgets, metadata, { type: "merge", body: { metadata: { finalizers: null } } }).catch(undefinedIfGone);
  }
  await client.delete(CRD_RESOURCE, crdNameOf(widgets)).catch(undefinedIfGone);
  await client.delete(NAMESPACES, { name: namespace }).catch(undefinedIfGone);
}

function undefinedIfGone(cause: unknown): undefined {
  if (!isPolykindError(cause, "API_NOT_FOUND", "KIND_NOT_SERVED", "API_CONFLICT")) throw cause;
}

/** Resolves with what `look` finds; rejects when it finds nothing for 10 s. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<NonNullable<T>> {
  const untilMs = performance.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > untilMs) throw new Error(`waited 10 s in vain for ${look.toString()}`);
    await systemClock.sleep(5);
  }
}
