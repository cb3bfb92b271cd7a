import type { KubeObject, ListWatch } from "@polykind/apimachinery";
import { type Clock, PolykindError, type Random, systemClock } from "@polykind/core";
import { type Log, type Metrics, type SeriesGroup, silentLog } from "@polykind/telemetry";
import { SharedInformer } from "../informer.ts";
import { Scanner } from "../reflector/scan.ts";
import { type Transform, withoutBookkeeping } from "../store/transform.ts";
import type { AcquireOptions, ExpectDisconnectOptions, FirstList, InformerKey, InformerPool, InformerState, Lease } from "../types.ts";
import { keyTextOf } from "./key.ts";
import { leaseOf } from "./lease.ts";
import { AdaptiveListGate } from "./list-gate.ts";
import { Reconnects } from "./reconnects.ts";

/** What a pool is made with. */
export interface InformerPoolOptions {
  /** Where the objects of a key come from. */
  readonly open: (key: InformerKey) => ListWatch;
  /** Default: that of the machine. */
  readonly clock?: Clock;
  /** Default: `Math.random`. */
  readonly random?: Random;
  /** Default: writes nothing. */
  readonly log?: Log;
  /** Default: counts nothing. */
  readonly metrics?: Metrics;
  /** Lists that run at once, at most: they begin as fifty, become more while the server answers well, and fewer while it throttles or slows down. Default: 100. */
  readonly maxConcurrentFirstLists?: number;
  /** Of whoever acquires and does not say. Default: `stream`. */
  readonly firstList?: FirstList;
  /** What is kept of the objects of a key, after bookkeeping fields were left out. Default: all. */
  readonly transform?: (key: InformerKey) => Transform | undefined;
}

/** One informer and who holds it. */
interface Slot {
  readonly informer: SharedInformer;
  /** Each by an object of its own: to give one back twice takes none from the others. */
  leases: readonly object[];
  stopped: Promise<void> | undefined;
}

/** Opens a pool without any informers. */
export function openInformerPool(options: InformerPoolOptions): InformerPool {
  return new SharedInformerPool(options);
}

/**
 * The informers of one process, by key.
 *
 * *Guarantees.* At most one informer of a key is open at any time, also while the one before is being stopped. An informer stops when its last lease is released, and
 * not before. When the promise of the disposal has resolved, none is left.
 */
class SharedInformerPool implements InformerPool {
  readonly #options: Required<Omit<InformerPoolOptions, "metrics" | "maxConcurrentFirstLists">> & { readonly metrics: Metrics | undefined };
  readonly #slots = new Map<string, Slot>();
  readonly #gate: AdaptiveListGate;
  readonly #scanner = new Scanner();
  readonly #reconnects: Reconnects;
  #closed: Promise<void> | undefined;

  constructor({
    open,
    clock = systemClock,
    random = Math.random,
    log = silentLog,
    metrics,
    maxConcurrentFirstLists = 100,
    firstList = "stream",
    transform = () => undefined,
  }: InformerPoolOptions) {
    this.#options = { open, clock, random, log, metrics, transform, firstList };
    this.#gate = new AdaptiveListGate({ most: maxConcurrentFirstLists, clock });
    this.#reconnects = new Reconnects({ clock, random });
  }

  async acquire<T extends KubeObject = KubeObject>(key: InformerKey, options: AcquireOptions = {}): Promise<Lease<T>> {
    const name = keyTextOf(key);
    for (let slot = this.#slots.get(name); slot?.stopped !== undefined; slot = this.#slots.get(name)) await slot.stopped;
    if (this.#closed !== undefined) throw new PolykindError("STOPPED", `cannot acquire ${name}: the pool is closed`);
    const slot = this.#slots.get(name) ?? this.#openSlot(name, key, options);
    const holder = {};
    slot.leases = slot.leases.concat(holder);
    const informer = slot.informer as unknown as SharedInformer<T>; // Whoever acquires a key says what T is; nothing here looks inside.
    return leaseOf(informer, () => this.#release(name, { slot, holder }));
  }

  expectDisconnect(incarnation: string, options?: ExpectDisconnectOptions): void {
    for (const { informer } of this.#slots.values()) if (informer.key.incarnation === incarnation) informer.expectDisconnect(options);
  }

  open(): ReadonlyMap<string, { readonly leases: number; readonly objects: number; readonly state: InformerState }> {
    return new Map(
      Array.from(this.#slots, ([name, { informer, leases, stopped }]) => [
        name,
        { leases: leases.length, objects: stopped === undefined ? informer.store.size : 0, state: informer.state },
      ]),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all(Array.from(this.#slots, ([name, slot]) => this.#stop(name, slot)));
    this.#reconnects.close();
  }

  #openSlot(name: string, key: InformerKey, { firstList = this.#options.firstList }: AcquireOptions): Slot {
    const { open, clock, random, log, metrics, transform } = this.#options;
    const own = transform(key);
    const informer = new SharedInformer({
      key,
      name,
      listWatch: open(key),
      transform: own === undefined ? withoutBookkeeping : (object) => own(withoutBookkeeping(object)),
      // A transform may leave out most of an object: then what it leaves is kept, not the bytes.
      keepsBytes: own === undefined,
      gate: this.#gate,
      scanner: this.#scanner,
      firstList,
      clock,
      random,
      log,
      series: metrics?.group({ informer: name }) ?? NO_SERIES,
      reconnects: this.#reconnects,
    });
    const slot: Slot = { informer, leases: [], stopped: undefined };
    this.#slots.set(name, slot);
    this.#reconnects.follow(informer);
    informer.start();
    return slot;
  }

  async #release(name: string, { slot, holder }: { readonly slot: Slot; readonly holder: object }): Promise<void> {
    slot.leases = slot.leases.filter((other) => other !== holder);
    if (slot.leases.length === 0) await this.#stop(name, slot);
    else await slot.stopped;
  }

  #stop(name: string, slot: Slot): Promise<void> {
    return (slot.stopped ??= this.#stopSlot(name, slot));
  }

  async #stopSlot(name: string, slot: Slot): Promise<void> {
    await slot.informer.stop();
    this.#slots.delete(name);
  }
}

const NO_SERIES: SeriesGroup = { add() {}, set() {}, observe() {}, clear() {}, size: 0, close() {} };
