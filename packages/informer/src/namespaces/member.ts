import type { KubeObject } from "@polykind/apimachinery";
import type { HandlerRegistration, Informer, InformerState, ObjectNotice } from "../types.ts";
import { LastNotices } from "./last-notices.ts";

/** What a member is made with. */
export interface MemberOptions<T extends KubeObject> {
  readonly informer: Informer<T>;
  /** Whether it was there when the handler came. */
  readonly isFirst: boolean;
  readonly coalesces: boolean;
  /** Takes what the informer tells; the informer tells the next when the promise has settled, if it returns one. */
  readonly take: (member: Member<T>, notice: ObjectNotice<T>) => unknown;
}

/**
 * A handler's place in one namespace.
 *
 * *Guarantees.* After `leave` or `remove` nothing is taken any more, and the informer waits for nobody.
 */
export class Member<T extends KubeObject> {
  readonly isFirst: boolean;
  readonly #informer: Informer<T>;
  readonly #registration: HandlerRegistration;
  readonly #take: MemberOptions<T>["take"];
  /** What the handler knows of: the uid of each object, by key. */
  readonly #told = new Map<string, string>();
  /** What was taken, and is not done with. */
  #taken: { readonly notice: ObjectNotice<T>; readonly done: () => void } | undefined;
  /** Since the namespace has gone. */
  #last: LastNotices<T> | undefined;
  #hasFailed = false;

  constructor({ informer, isFirst, coalesces, take }: MemberOptions<T>) {
    this.isFirst = isFirst;
    this.#informer = informer;
    this.#take = take;
    this.observe(informer.state);
    this.#registration = informer.addHandler({ coalesces, noticed: (notice) => this.#noticed(notice) });
  }

  /** All its initial objects were told. */
  get hasSynced(): boolean {
    return this.#registration.hasSynced;
  }

  /** Resolves when all its initial objects were told; rejects with `STOPPED`. */
  synced(): Promise<void> {
    return this.#registration.synced();
  }

  /** Its first list has failed, and nobody knows when it will be complete. */
  get isFailing(): boolean {
    return this.#hasFailed && !this.#informer.hasSynced;
  }

  /** Nothing of it is to be told any more. */
  get isGone(): boolean {
    return this.#last !== undefined;
  }

  /** The informer is in this state now. */
  observe(state: InformerState): void {
    if (state.phase === "waiting" && state.error !== undefined) this.#hasFailed = true;
  }

  /** The handler is being told of `notice`. */
  tell({ type, key, uid }: ObjectNotice<T>): void {
    if (type === "added") this.#told.set(key, uid);
    else if (type === "deleted") this.#told.delete(key);
  }

  /** The namespace goes: what the handler knows of. The informer must stay open until that is complete. */
  leave(): LastNotices<T> {
    const last = (this.#last ??= new LastNotices(this.#told));
    if (this.#taken !== undefined) last.take(this.#taken.notice);
    this.#taken?.done();
    void this.#remainFor(last); // Never rejects.
    return last;
  }

  /** The handler is not told of anything any more. */
  remove(): void {
    this.#last ??= new LastNotices(this.#told);
    this.#last.stop();
    this.#taken?.done();
    this.#registration.remove();
  }

  async #remainFor(last: LastNotices<T>): Promise<void> {
    // An informer that was stopped tells nothing more.
    await last.look(this.#informer).catch(() => last.stop());
    this.#registration.remove();
  }

  #noticed(notice: ObjectNotice<T>): void | Promise<void> {
    if (this.#last !== undefined) return this.#last.take(notice);
    const answer = this.#take(this, notice);
    if (answer instanceof Promise) return this.#wait(notice, answer);
  }

  async #wait(notice: ObjectNotice<T>, answer: Promise<unknown>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#taken = { notice, done: () => resolve(undefined) };
    answer.then(resolve, reject);
    try {
      await promise;
    } finally {
      this.#taken = undefined;
    }
  }
}
