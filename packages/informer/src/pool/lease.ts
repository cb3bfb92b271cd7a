import type { KubeObject } from "@polykind/apimachinery";
import type { NoticeSource } from "@polykind/core";
import { PolykindError } from "@polykind/core";
import type { SharedInformer } from "../informer.ts";
import type {
  ExpectDisconnectOptions,
  Handler,
  HandlerRegistration,
  Informer,
  InformerKey,
  InformerNotices,
  InformerState,
  Lease,
} from "../types.ts";
import { LeasedStore } from "./leased-store.ts";

/** A shared informer as one lease sees it: the handlers, listeners and indexes added here end with the lease, and are seen by no other. */
class LeasedInformer<T extends KubeObject> implements Informer<T> {
  readonly #informer: SharedInformer<T>;
  readonly store: LeasedStore<T>;
  /** Another array whenever one comes or goes. */
  #ends: readonly (() => void)[] = [];
  #isReleased = false;

  constructor(informer: SharedInformer<T>) {
    this.#informer = informer;
    this.store = new LeasedStore(informer.store);
  }

  get notices(): NoticeSource<InformerNotices> {
    // After the end of the lease nobody listens.
    return { on: (name, listener) => (this.#isReleased ? () => {} : this.#own(this.#informer.notices.on(name, listener))) };
  }

  get key(): InformerKey {
    return this.#informer.key;
  }

  get state(): InformerState {
    return this.#informer.state;
  }

  get hasSynced(): boolean {
    return this.#informer.hasSynced;
  }

  synced(signal?: AbortSignal): Promise<void> {
    return this.#informer.synced(signal);
  }

  reached(version: string, signal?: AbortSignal): Promise<void> {
    return this.#informer.reached(version, signal);
  }

  addHandler(handler: Handler<T>): HandlerRegistration {
    if (this.#isReleased) throw new PolykindError("STOPPED", "cannot add a handler: the lease was released");
    const registration = this.#informer.addHandler(handler);
    const remove = this.#own(() => registration.remove());
    return {
      synced: (signal) => registration.synced(signal),
      get hasSynced() {
        return registration.hasSynced;
      },
      remove,
    };
  }

  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    if (this.#isReleased) throw new PolykindError("STOPPED", "cannot add an index: the lease was released");
    this.store.addIndex(name, valuesOf);
  }

  retryNow(): void {
    this.#informer.retryNow();
  }

  expectDisconnect(options?: ExpectDisconnectOptions): void {
    this.#informer.expectDisconnect(options);
  }

  endAll(): void {
    this.#isReleased = true;
    this.store.dropIndexes();
    for (const end of this.#ends) end();
  }

  #own(end: () => void): () => void {
    const once = (): void => {
      const others = this.#ends.filter((other) => other !== once);
      if (others.length === this.#ends.length) return;
      this.#ends = others;
      end();
    };
    this.#ends = this.#ends.concat(once);
    return once;
  }
}

/**
 * A lease of `informer`. What was added through it has ended when `release` returns its promise; the promise is that of `onReleased`, which is called once.
 */
export function leaseOf<T extends KubeObject>(informer: SharedInformer<T>, onReleased: () => Promise<void>): Lease<T> {
  const leased = new LeasedInformer(informer);
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => {
    if (released === undefined) {
      leased.endAll();
      released = onReleased();
    }
    return released;
  };
  return { informer: leased, release, [Symbol.asyncDispose]: release };
}
