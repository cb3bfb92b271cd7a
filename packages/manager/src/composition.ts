import { hostname } from "node:os";
import "reflect-metadata"; // tsyringe refuses to load without it, although nothing here is decorated.
import type { CustomResourceDefinition, KubeObject } from "@polykind/apimachinery";
import { CRD_RESOURCE, parseLabelSelector, withoutSchemas } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { type Clock, type Random, systemClock } from "@polykind/core";
import { type InformerPool, openInformerPool } from "@polykind/informer";
import type { PluginHost } from "@polykind/plugin-host";
import { type Log, type Metrics, openMetrics, silentLog } from "@polykind/telemetry";
import { container, type DependencyContainer, type InjectionToken, instanceCachingFactory } from "tsyringe";
import { Recorder, type RecorderOptions } from "./events/recorder.ts";
import type { CrdSelector } from "./kind/exclusion.ts";
import type { Unbinding } from "./kind/state.ts";
import { Kinds } from "./kinds.ts";
import { Manager } from "./manager.ts";

/** Long enough for a plugin that ends what it does, and short enough for the 30 s of a pod. In milliseconds. */
const ABORT_MS = 20_000;

/** A typed name of a service. The return type is load-bearing: a `symbol` alone would lose `T`. */
const token = <T>(name: string): InjectionToken<T> => Symbol(name);
const once = <T>(build: (c: DependencyContainer) => T): { useFactory: (c: DependencyContainer) => T } => ({
  useFactory: instanceCachingFactory(build),
});

const Service = {
  client: token<Client>("client"),
  plugins: token<PluginHost>("plugins"),
  clock: token<Clock>("clock"),
  random: token<Random>("random"),
  log: token<Log>("log"),
  metrics: token<Metrics>("metrics"),
  informers: token<InformerPool>("informers"),
  manager: token<Manager>("manager"),
} as const;

/** What a manager is opened with. */
export interface ManagerOptions {
  /** The API server. Stays the caller's: it is not closed with the manager. */
  readonly client: Client;
  /** The plugins. Stay the caller's too. */
  readonly plugins: PluginHost;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: `Math.random`. */
  readonly random?: Random;
  /** Default: silent. */
  readonly log?: Log;
  /** Default: new ones, reachable by {@link OpenManager.metrics}. */
  readonly metrics?: Metrics;
  /** How long a reconcile may go on after its controller was told to stop before that is logged, in milliseconds. Default: 10,000. */
  readonly drainMs?: number;
  /**
   * How long plugins may take in all to end when they are told to stop, in milliseconds; what goes on longer counts as left behind. All kinds stop at once, so `Manager.stop`
   * takes little longer. Default: 20,000, within the 30 s that Kubernetes gives a pod.
   */
  readonly abortMs?: number;
  /**
   * So many lives of a CRD may end within five minutes; whatever comes under its name after them is held for a second, and each time twice as long. Default: 3. `Infinity` holds
   * nothing.
   */
  readonly livesAllowed?: number;
  /**
   * What becomes of a plugin that is removed, or does not manage a kind any more for another reason, while objects carry its finalizer. `finalize`: it stays, and only finalizes,
   * until none does. `letGo`: it ends at once, and the objects keep the finalizer. Default: `finalize`.
   */
  readonly unbinding?: Unbinding;
  /**
   * Which CRDs this process deals with, by their labels, as `kubectl -l` takes it: `team=a`, `!legacy,tier in (x,y)`. Of any other nothing runs, and nothing is watched or asked for
   * it, unless a plugin of another kind takes objects of it; a change of its labels takes effect at once. Processes that select apart share a cluster. Default: all.
   */
  readonly crdSelector?: string;
  /** Whether Kubernetes events tell of the life of each kind: they regard its CRD, and lie in the namespace `default`. Default: true. */
  readonly hasEvents?: boolean;
}

/** A manager with what was made for it. */
export interface OpenManager {
  readonly manager: Manager;
  readonly metrics: Metrics;
}

/**
 * The one place that knows what stands behind each service. Lifetimes are not the container's: see `Manager.stop`.
 *
 * @throws PolykindError `CONFIG_INVALID` when `crdSelector` is no label selector.
 */
export function openManager(options: ManagerOptions): OpenManager {
  const services = compose(options);
  return { manager: services.resolve(Service.manager), metrics: services.resolve(Service.metrics) };
}

function compose({
  client,
  plugins,
  clock = systemClock,
  random = Math.random,
  log = silentLog,
  metrics,
  drainMs,
  abortMs = ABORT_MS,
  livesAllowed,
  unbinding,
  crdSelector,
  hasEvents = true,
}: ManagerOptions): DependencyContainer {
  const selector = crdSelector === undefined ? undefined : { text: crdSelector, requirements: parseLabelSelector(crdSelector) };
  const c = container.createChildContainer();
  c.register(Service.client, { useValue: client });
  c.register(Service.plugins, { useValue: plugins });
  c.register(Service.clock, { useValue: clock });
  c.register(Service.random, { useValue: random });
  c.register(Service.log, { useValue: log });
  c.register(
    Service.metrics,
    once(() => metrics ?? openMetrics()),
  );
  c.register(Service.informers, once(openInformers));
  c.register(
    Service.manager,
    once((c) => buildManager(c, { drainMs, abortMs, livesAllowed, unbinding, selector, hasEvents })),
  );
  return c;
}

function openInformers(c: DependencyContainer): InformerPool {
  const client = c.resolve(Service.client);
  return openInformerPool({
    open: ({ resource, ...selection }) => client.listWatch(resource, selection),
    clock: c.resolve(Service.clock),
    random: c.resolve(Service.random),
    log: c.resolve(Service.log).child({ component: "informer" }),
    transform: ({ resource }) =>
      resource === CRD_RESOURCE ? (crd: KubeObject) => withoutSchemas(crd as CustomResourceDefinition) : undefined, // Of this resource there are only CRDs.
  });
}

interface Limits {
  readonly drainMs: number | undefined;
  readonly abortMs: number;
  readonly livesAllowed: number | undefined;
  readonly unbinding: Unbinding | undefined;
  readonly selector: CrdSelector | undefined;
  readonly hasEvents: boolean;
}

function buildManager(c: DependencyContainer, { drainMs, abortMs, livesAllowed, unbinding, selector, hasEvents }: Limits): Manager {
  const shared = {
    client: c.resolve(Service.client),
    informers: c.resolve(Service.informers),
    clock: c.resolve(Service.clock),
    log: c.resolve(Service.log),
  };
  const plugins = c.resolve(Service.plugins);
  const metrics = c.resolve(Service.metrics);
  const controller = { ...shared, metrics, random: c.resolve(Service.random), abortMs, ...(drainMs !== undefined && { drainMs }) };
  const kinds = {
    ...shared,
    plugins,
    controller,
    ...(livesAllowed !== undefined && { livesAllowed }),
    ...(unbinding !== undefined && { unbinding }),
    ...(selector !== undefined && { selector }),
  };
  const recorder = { ...shared, random: c.resolve(Service.random), instance: `polykind-${hostname()}`.slice(0, LONGEST_INSTANCE) };
  return new Manager({
    ...shared,
    plugins,
    metrics,
    openKinds: (told) => new Kinds({ ...kinds, ...told }),
    ...(hasEvents && { openRecorder: (told: Pick<RecorderOptions, "onOutcome">) => new Recorder({ ...recorder, ...told }) }),
  });
}

/** The API server takes no longer name of who reports an event. */
const LONGEST_INSTANCE = 128;
