import type { KubeObject } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import { Latch } from "../latch.ts";
import type { Handler, HandlerRegistration, Informer, ObjectNotice } from "../types.ts";
import { RetoldNotice, tellNotice } from "./notice.ts";
import { Turns } from "./turns.ts";

/** A handler's place in one namespace. */
interface Member<T extends KubeObject> {
  readonly registration: HandlerRegistration;
  /** What the handler knows of, by key: the last notice of each object. */
  readonly told: Map<string, ObjectNotice<T>>;
}

/** What a registration is made with. */
export interface NamespacesRegistrationOptions<T extends KubeObject> {
  readonly handler: Handler<T>;
  readonly onFailure: (cause: unknown) => void;
  readonly onRemoved: () => void;
}

/**
 * One handler at the informers of several namespaces.
 *
 * *Guarantees.* One call at a time. First all initial objects of the namespaces that were there, then changes; objects of a namespace that comes later are added, and
 * those of one that goes are deleted, each once, and no others.
 */
export class NamespacesRegistration<T extends KubeObject> implements HandlerRegistration {
  readonly #options: NamespacesRegistrationOptions<T>;
  readonly #members = new Map<string, Member<T>>();
  readonly #turns = new Turns();
  readonly #synced = new Latch();
  #isRemoved = false;

  constructor(options: NamespacesRegistrationOptions<T>) {
    this.#options = options;
  }

  get hasSynced(): boolean {
    return this.#synced.isOpen;
  }

  synced(signal?: AbortSignal): Promise<void> {
    return this.#synced.wait(signal);
  }

  /** Begins with the namespaces that are there. */
  begin(informers: ReadonlyMap<string, Informer<T>>): void {
    for (const [namespace, informer] of informers) this.#add(namespace, informer, { isInitial: true });
    void this.#open([...this.#members.values()]); // Never rejects.
  }

  /** A namespace has come. */
  add(namespace: string, informer: Informer<T>): void {
    this.#add(namespace, informer, { isInitial: false });
  }

  /** A namespace has gone. */
  drop(namespace: string): void {
    const member = this.#members.get(namespace);
    if (member === undefined) return;
    this.#members.delete(namespace);
    member.registration.remove();
    void this.#end(member); // Failures go where those of the handler go.
  }

  remove(): void {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    for (const { registration } of this.#members.values()) registration.remove();
    this.#members.clear();
    this.#synced.fail(new PolykindError("STOPPED", "cannot wait for the initial objects: the handler was removed"));
    this.#options.onRemoved();
  }

  #add(namespace: string, informer: Informer<T>, { isInitial }: { readonly isInitial: boolean }): void {
    const told = new Map<string, ObjectNotice<T>>();
    const isGone = (): boolean => this.#members.get(namespace)?.told !== told;
    const registration = informer.addHandler({
      coalesces: this.#options.handler.coalesces === true,
      noticed: (notice) => this.#turn(notice.isInitial && isInitial, () => (isGone() ? undefined : this.#tell(told, notice, isInitial))),
    });
    this.#members.set(namespace, { registration, told });
  }

  /** The handler's next turn. What is no initial object waits until all those were told. */
  #turn(isInitial: boolean, call: () => unknown): void | Promise<void> {
    const isEarly = !isInitial && !this.#synced.isOpen;
    const answer = isEarly ? this.#afterSync(call) : this.#turns.take(call);
    return answer as void | Promise<void>; // What is returned is waited for, and not read.
  }

  async #afterSync(call: () => unknown): Promise<void> {
    // A handler that was removed hears nothing more.
    await this.#synced.wait().then(
      () => this.#turns.take(call),
      () => undefined,
    );
  }

  #tell(told: Map<string, ObjectNotice<T>>, notice: ObjectNotice<T>, canBeInitial: boolean): unknown {
    if (this.#isRemoved) return undefined;
    if (notice.type === "deleted") told.delete(notice.key);
    else told.set(notice.key, notice);
    const retold = notice.isInitial && !canBeInitial ? new RetoldNotice(notice, { ...ADDED, finalStateUnknown: false }) : notice;
    return tellNotice(this.#options.handler, retold);
  }

  /** Tells the end of all that the handler knows of a namespace. */
  async #end({ told }: Member<T>): Promise<void> {
    await this.#turns.take(async () => {
      for (const notice of told.values()) {
        if (this.#isRemoved) return;
        try {
          await tellNotice(this.#options.handler, new RetoldNotice(notice, GONE));
        } catch (cause) {
          this.#options.onFailure(cause);
        }
      }
    });
  }

  async #open(members: readonly Member<T>[]): Promise<void> {
    // One that goes meanwhile is not waited for.
    await Promise.allSettled(members.map(({ registration }) => registration.synced()));
    this.#synced.open();
  }
}

const ADDED = { type: "added", isInitial: false } as const;
/** Nobody has seen a delete: the objects are out of sight. */
const GONE = { type: "deleted", isInitial: false, finalStateUnknown: true } as const;
