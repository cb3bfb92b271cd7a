import type { KubeObject } from "@polykind/apimachinery";
import { type Clock, systemClock } from "@polykind/core";
import { type Log, silentLog } from "@polykind/telemetry";
import type { InformerKey, InformerPool, Lease } from "../types.ts";
import { NamespacesInformer, type NamespacesInformerOptions } from "./informer.ts";

/** A hold on the objects of some namespaces, which may change. */
export interface NamespacesLease<T extends KubeObject = KubeObject> extends Lease<T> {
  /** Those that are held, in the order in which they came. */
  readonly namespaces: readonly string[];
  /**
   * Holds these namespaces from now on, and no others: handlers are told of the objects of a namespace that comes as added, and of those of one that goes as deleted, with
   * `finalStateUnknown`; of the others nothing is told. Resolves when the informers are acquired and given back; changes are made one after another. Where some cannot be
   * acquired the rest of the change is made all the same; then it rejects with the first failure.
   */
  setNamespaces(namespaces: Iterable<string>): Promise<void>;
}

/** Which objects, and of which namespaces at first. */
export interface NamespacesOptions {
  readonly key: Omit<InformerKey, "namespace">;
  readonly namespaces: Iterable<string>;
  /** Default: writes nothing. */
  readonly log?: Log;
  /** Default: that of the machine. */
  readonly clock?: Clock;
}

/**
 * The objects of some namespaces, through one informer of `pool` for each, which others may share: for those who may not read a kind in all namespaces, or do not want to. To
 * its users it is one informer, whose namespaces may come and go. A handler is told of the initial objects of all first, and then of changes; but one whose first list fails
 * keeps it from nothing that happens in the others, and what that one has is added when it can be read. `synced` waits for it all the same.
 *
 * *Errors.* `TypeError` for a kind without namespaces, or a namespace without a name; what {@link InformerPool.acquire} rejects with.
 */
export async function acquireNamespaces<T extends KubeObject = KubeObject>(
  pool: InformerPool,
  { key, namespaces, log = silentLog, clock = systemClock }: NamespacesOptions,
): Promise<NamespacesLease<T>> {
  if (key.resource.resourceScope !== "Namespaced") throw new TypeError(`cannot acquire namespaces of ${key.resource.plural}: it has none`);
  const lease = new SomeNamespaces<T>(pool, { key, log, now: () => clock.now() });
  try {
    await lease.setNamespaces(namespaces);
  } catch (cause) {
    await lease.release();
    throw cause;
  }
  return lease;
}

class SomeNamespaces<T extends KubeObject> implements NamespacesLease<T> {
  readonly informer: NamespacesInformer<T>;
  readonly #pool: InformerPool;
  /** Settles when the change before is made. */
  #changed: Promise<unknown> = Promise.resolve();
  #released: Promise<void> | undefined;

  constructor(pool: InformerPool, options: NamespacesInformerOptions) {
    this.#pool = pool;
    this.informer = new NamespacesInformer(options);
  }

  get namespaces(): readonly string[] {
    return this.informer.namespaces;
  }

  async setNamespaces(namespaces: Iterable<string>): Promise<void> {
    const wanted = new Set(namespaces);
    if (wanted.has("")) throw new TypeError("cannot hold a namespace without a name");
    const change = this.#changed.then(() => this.#change(wanted));
    this.#changed = change.catch(() => undefined);
    await change;
  }

  release(): Promise<void> {
    return (this.#released ??= this.#release());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #change(wanted: ReadonlySet<string>): Promise<void> {
    const gone = this.namespaces.filter((namespace) => !wanted.has(namespace));
    const come = [...wanted].filter((namespace) => !this.namespaces.includes(namespace));
    // All of it has ended before the next change, also where a part has failed.
    const parts = await Promise.allSettled([
      ...gone.map((namespace) => this.informer.drop(namespace)),
      ...come.map((namespace) => this.#add(namespace)),
    ]);
    const failed = parts.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  async #add(namespace: string): Promise<void> {
    if (this.#released !== undefined) return;
    const lease = await this.#pool.acquire<T>({ ...this.informer.key, namespace });
    await this.informer.add(namespace, lease);
  }

  async #release(): Promise<void> {
    const stopped = this.informer.stop();
    await this.#changed;
    await stopped;
  }
}
