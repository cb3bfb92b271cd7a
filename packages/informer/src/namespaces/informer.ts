import type { KubeObject } from "@polykind/apimachinery";
import { Notices, PolykindError } from "@polykind/core";
import type { Log } from "@polykind/telemetry";
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
import { NamespacesRegistration } from "./registration.ts";
import { NamespacesStore } from "./store.ts";

interface Member<T extends KubeObject> {
  readonly lease: Lease<T>;
  /** Aborts when the namespace goes, or the set is released. */
  readonly gone: AbortController;
  readonly ends: readonly (() => void)[];
}

/** What the informer of several namespaces is made with. */
export interface NamespacesInformerOptions {
  readonly key: InformerKey;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** The informers of several namespaces as one. */
export class NamespacesInformer<T extends KubeObject> implements Informer<T> {
  readonly key: InformerKey;
  readonly store: NamespacesStore<T>;
  readonly notices: Notices<InformerNotices>;
  readonly #options: NamespacesInformerOptions;
  readonly #informers = new Map<string, Informer<T>>();
  readonly #members = new Map<string, Member<T>>();
  readonly #registrations = new Set<NamespacesRegistration<T>>();
  readonly #indexes = new Map<string, (object: T) => readonly string[]>();
  #state: InformerState;
  #isStopped = false;

  constructor(options: NamespacesInformerOptions) {
    this.#options = options;
    this.key = options.key;
    this.store = new NamespacesStore(this.#informers);
    this.notices = new Notices(({ notice, cause }) => options.log.error(`cannot tell of ${notice}: a listener threw`, { cause }));
    this.#state = { phase: "watching", since: options.now() };
  }

  /** The namespaces that are there. */
  get namespaces(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** That of the namespace that is least well: one that waits, then one that lists. */
  get state(): InformerState {
    return this.#state;
  }

  get hasSynced(): boolean {
    return [...this.#informers.values()].every(({ hasSynced }) => hasSynced);
  }

  /** Takes `lease` in as that of `namespace`, or gives it back where there is one already, or the set was released meanwhile. */
  async add(namespace: string, lease: Lease<T>): Promise<void> {
    if (this.#isStopped || this.#members.has(namespace)) await lease.release();
    else this.#add(namespace, lease);
  }

  #add(namespace: string, lease: Lease<T>): void {
    const { informer } = lease;
    const ends = [
      informer.notices.on("state", (state) => this.#observe(namespace, state)),
      informer.notices.on("failed", (error) => this.notices.tell("failed", error)),
    ];
    this.#members.set(namespace, { lease, gone: new AbortController(), ends });
    this.#informers.set(namespace, informer);
    for (const [name, valuesOf] of this.#indexes) informer.addIndex(name, valuesOf);
    for (const registration of this.#registrations) registration.add(namespace, informer);
    this.#judge();
  }

  /** Lets `namespace` go. Resolves when its lease is released. */
  async drop(namespace: string): Promise<void> {
    const member = this.#members.get(namespace);
    if (member === undefined) return;
    this.#members.delete(namespace);
    this.#informers.delete(namespace);
    member.gone.abort();
    for (const end of member.ends) end();
    const dropped = Promise.all(Array.from(this.#registrations, (registration) => registration.drop(namespace)));
    this.#judge();
    await dropped;
    await member.lease.release();
  }

  /** Ends everything, without a word to handlers. Resolves when all leases are released. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const registration of this.#registrations) registration.remove();
    this.store.close();
    const members = [...this.#members.values()];
    for (const { gone, ends } of members) {
      gone.abort(stoppedError());
      for (const end of ends) end();
    }
    this.#members.clear();
    this.#informers.clear();
    await Promise.all(members.map(({ lease }) => lease.release()));
    this.#setState({ phase: "stopped", since: this.#options.now() });
  }

  /** Resolves when the first list of each namespace is complete that is there now and stays; rejects with the signal's reason, or `STOPPED`. */
  async synced(signal?: AbortSignal): Promise<void> {
    await this.#all((informer, ended) => informer.synced(ended), signal);
  }

  /**
   * Resolves when each namespace that is there now and stays has seen `version`, of which one without changes may hear only after a minute; rejects with the signal's reason,
   * or `STOPPED`.
   */
  async reached(version: string, signal?: AbortSignal): Promise<void> {
    await this.#all((informer, ended) => informer.reached(version, ended), signal);
  }

  addHandler(handler: Handler<T>): HandlerRegistration {
    this.#refuseStopped();
    const registration = new NamespacesRegistration<T>({
      handler,
      onFailure: (cause) => this.#options.log.error("a handler of a set of namespaces failed", { cause }),
      onRemoved: () => this.#registrations.delete(registration),
    });
    this.#registrations.add(registration);
    registration.begin(this.#informers);
    return registration;
  }

  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    this.#indexes.set(name, valuesOf);
    for (const informer of this.#informers.values()) informer.addIndex(name, valuesOf);
  }

  retryNow(): void {
    for (const informer of this.#informers.values()) informer.retryNow();
  }

  expectDisconnect(options?: ExpectDisconnectOptions): void {
    for (const informer of this.#informers.values()) informer.expectDisconnect(options);
  }

  async #all(wait: (informer: Informer<T>, ended: AbortSignal) => Promise<void>, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#refuseStopped();
    await Promise.all(
      Array.from(this.#members, async ([namespace, member]) => {
        const { lease, gone } = member;
        try {
          await wait(lease.informer, signal === undefined ? gone.signal : AbortSignal.any([signal, gone.signal]));
        } catch (cause) {
          signal?.throwIfAborted();
          this.#refuseStopped();
          // One that has gone meanwhile is not waited for.
          if (this.#members.get(namespace) === member) throw cause;
        }
      }),
    );
  }

  #refuseStopped(): void {
    if (this.#isStopped) throw stoppedError();
  }

  #observe(namespace: string, state: InformerState): void {
    this.#judge();
    for (const registration of this.#registrations) registration.observe(namespace, state);
  }

  #judge(): void {
    const states = Array.from(this.#informers.values(), ({ state }) => state);
    const worst = PHASES.map((phase) => states.find((state) => state.phase === phase)).find((state) => state !== undefined);
    this.#setState(worst ?? { phase: "watching", since: this.#options.now() });
  }

  #setState(state: InformerState): void {
    if (state.phase === this.#state.phase && state.phase !== "waiting") return;
    this.#state = state;
    this.notices.tell("state", state);
  }
}

/** The worst first. */
const PHASES: readonly InformerState["phase"][] = ["stopped", "waiting", "listing", "watching"];

function stoppedError(): PolykindError {
  return new PolykindError("STOPPED", "cannot use a set of namespaces: it was released; acquire it again");
}
