import type { KubeObject } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import { Latch } from "../latch.ts";
import type { Handler, HandlerRegistration, Informer, InformerState, ObjectNotice } from "../types.ts";
import type { LastNotices } from "./last-notices.ts";
import { Member } from "./member.ts";
import { RetoldNotice, tellNotice } from "./notice.ts";
import { Turns } from "./turns.ts";

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
 *
 * A namespace whose first list fails holds back nothing: once the initial objects of the others were told, changes follow, and what it has when it can be read is added.
 * While nothing else is there to tell its objects stay initial. `synced` waits for it all the same.
 */
export class NamespacesRegistration<T extends KubeObject> implements HandlerRegistration {
  readonly #options: NamespacesRegistrationOptions<T>;
  readonly #members = new Map<string, Member<T>>();
  readonly #turns = new Turns();
  readonly #synced = new Latch();
  /** Open when no more initial objects are told, but changes. */
  readonly #flow = new Latch();
  #isHolding = false;
  #isRemoved = false;

  constructor(options: NamespacesRegistrationOptions<T>) {
    this.#options = options;
  }

  get hasSynced(): boolean {
    return this.#synced.isOpen;
  }

  /** Resolves when the handler has been told of all objects of the namespaces that were there when it came, but for those that have gone. */
  synced(signal?: AbortSignal): Promise<void> {
    return this.#synced.wait(signal);
  }

  /** Begins with the namespaces that are there. */
  begin(informers: ReadonlyMap<string, Informer<T>>): void {
    for (const [namespace, informer] of informers) void this.#follow(this.#add(namespace, informer, { isFirst: true })); // Never rejects.
    this.#judge();
  }

  /** A namespace has come. */
  add(namespace: string, informer: Informer<T>): void {
    this.#add(namespace, informer, { isFirst: false });
  }

  /** The informer of `namespace` is in this state now. */
  observe(namespace: string, state: InformerState): void {
    this.#members.get(namespace)?.observe(state);
    this.#judge();
  }

  /** A namespace has gone. Resolves when its informer is no longer needed; never rejects. */
  async drop(namespace: string): Promise<void> {
    const member = this.#members.get(namespace);
    if (member === undefined) return;
    this.#members.delete(namespace);
    const last = member.leave();
    void this.#end(last); // Failures go where those of the handler go.
    this.#judge();
    await last.complete();
  }

  remove(): void {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    for (const member of this.#members.values()) member.remove();
    this.#members.clear();
    this.#fail(new PolykindError("STOPPED", "cannot wait for the initial objects: the handler was removed"));
    this.#options.onRemoved();
  }

  #add(namespace: string, informer: Informer<T>, { isFirst }: { readonly isFirst: boolean }): Member<T> {
    const coalesces = this.#options.handler.coalesces === true;
    const member = new Member<T>({ informer, isFirst, coalesces, take: (of, notice) => this.#take(of, notice) });
    this.#members.set(namespace, member);
    return member;
  }

  async #follow(member: Member<T>): Promise<void> {
    try {
      await member.synced();
      this.#judge();
    } catch (cause) {
      // One that goes is not waited for; of one that stays the informer was stopped.
      if (!member.isGone) this.#fail(cause);
    }
  }

  /** Opens what nothing is to be waited for any more. */
  #judge(): void {
    const first = [...this.#members.values()].filter(({ isFirst }) => isFirst);
    const coming = first.filter(({ hasSynced }) => !hasSynced);
    const isNeeded = this.#isHolding || coming.length < first.length;
    if (coming.length === 0 || (isNeeded && coming.every(({ isFailing }) => isFailing))) this.#flow.open();
    if (coming.length === 0) this.#synced.open();
  }

  #fail(cause: unknown): void {
    this.#synced.fail(cause);
    this.#flow.fail(cause);
  }

  /** The handler's next turn. What is no initial object waits until those were told. */
  #take(member: Member<T>, notice: ObjectNotice<T>): unknown {
    const isInitial = notice.isInitial && member.isFirst && !this.#flow.isOpen;
    const retold = notice.isInitial && !isInitial ? new RetoldNotice(notice, ADDED) : notice;
    const call = (): unknown => (member.isGone ? undefined : this.#tell(member, retold));
    return isInitial || this.#flow.isOpen ? this.#turns.take(call) : this.#hold(call);
  }

  async #hold(call: () => unknown): Promise<void> {
    this.#isHolding = true;
    this.#judge();
    // A handler that was removed hears nothing more.
    await this.#flow.wait().then(
      () => this.#turns.take(call),
      () => undefined,
    );
  }

  #tell(member: Member<T>, notice: ObjectNotice<T>): unknown {
    member.tell(notice);
    return tellNotice(this.#options.handler, notice);
  }

  /** Tells the end of all that the handler knows of a namespace. */
  async #end(last: LastNotices<T>): Promise<void> {
    await this.#turns.take(async () => {
      await last.complete();
      for (const notice of last.found) {
        if (this.#isRemoved) return;
        try {
          await tellNotice(this.#options.handler, new RetoldNotice(notice, GONE));
        } catch (cause) {
          this.#options.onFailure(cause);
        }
      }
    });
  }
}

const ADDED = { type: "added", isInitial: false, finalStateUnknown: false } as const;
/** Nobody has seen a delete: the objects are out of sight. */
const GONE = { type: "deleted", isInitial: false, finalStateUnknown: true } as const;
