import { groupKindText, type GroupKind, type Resource } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { Handler, HandlerRegistration, Informer, InformerKey, InformerPool, Lease } from "@polykind/informer";
import type { Reader } from "@polykind/plugin";
import { readerOf } from "./reader.ts";

/** The informers that one controller holds, each by a lease of its own. */
export class Caches {
  readonly #pool: InformerPool;
  readonly #leases = new Map<string, Lease>();
  readonly #registrations: HandlerRegistration[] = [];
  #isReleased = false;

  constructor(pool: InformerPool) {
    this.#pool = pool;
  }

  /** Acquires the informer of a kind, once: asked again, it is the same. */
  async acquire(key: InformerKey): Promise<Informer> {
    const name = groupKindText(key.resource);
    const lease = this.#leases.get(name) ?? (await this.#pool.acquire(key));
    this.#leases.set(name, lease);
    return lease.informer;
  }

  /** Adds a handler that {@link detach} removes. */
  attach(informer: Informer, handler: Handler): void {
    this.#registrations.push(informer.addHandler(handler));
  }

  /** Resolves when all handlers have been told of all that was there. */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#registrations.map((registration) => registration.synced(signal)));
  }

  /** No handler is called any more. */
  detach(): void {
    for (const registration of this.#registrations.splice(0)) registration.remove();
  }

  get informers(): readonly Informer[] {
    return [...this.#leases.values()].map(({ informer }) => informer);
  }

  /** The informer whose objects have the form of `resource`, if one is held. */
  informerOf(resource: Resource): Informer | undefined {
    const informer = this.#leases.get(groupKindText(resource))?.informer;
    return informer?.key.resource.version === resource.version ? informer : undefined;
  }

  /** Reads a kind that is held. @throws PolykindError `PLUGIN_FAILED` for another. */
  reader(kind: GroupKind): Reader {
    const lease = this.#leases.get(groupKindText(kind));
    if (lease !== undefined) return readerOf(() => this.#open(lease));
    if (this.#isReleased) throw released();
    throw new PolykindError("PLUGIN_FAILED", `cannot read ${groupKindText(kind)}: the plugin does not declare it; add it to \`watches\``);
  }

  /** Gives all leases back; afterwards every read throws `CACHE_RESET`. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.detach();
    const leases = [...this.#leases.values()];
    this.#leases.clear();
    await Promise.all(leases.map((lease) => lease.release()));
  }

  #open(lease: Lease): Informer["store"] {
    if (this.#isReleased) throw released();
    return lease.informer.store;
  }
}

function released(): PolykindError {
  return new PolykindError("CACHE_RESET", "cannot read the cache: its controller has stopped");
}
