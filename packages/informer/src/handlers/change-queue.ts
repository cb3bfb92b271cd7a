import type { KubeObject } from "@polykind/apimachinery";
import type { ObjectRecord } from "../reflector/record.ts";
import { type Change, mergeChanges } from "../store/change.ts";

/** What is to be told next, in one call. A change here never is one of identity. */
export type Told<T extends KubeObject> = { readonly initial: ObjectRecord<T> } | { readonly change: Change<T> };

/** How a queue keeps changes. */
export interface ChangeQueueOptions {
  /** So many are kept one by one; of one that coalesces all are. */
  readonly limit: number;
  /** Of one object only how it is now, if it is there: its end is a change of its own. Default: false. */
  readonly coalesces?: boolean | undefined;
}

const NONE: readonly never[] = [];

/**
 * What one handler has still to be told: the initial objects, then the changes in their order.
 *
 * *Guarantees.* Changes of one key keep their order. Up to `limit` changes are kept one by one; of those that come while it is full the queue keeps one a key, drawn
 * together with those that follow, so that it never grows beyond the limit and one change for each key that there is or was. Where another object has
 * taken a name, the old one's end is told before it. One that coalesces is never full: it draws the updates of an object together, and so keeps at most two changes of each object that
 * there is or was, and loses no beginning and no end.
 */
export class ChangeQueue<T extends KubeObject> {
  readonly #limit: number;
  #initial: readonly ObjectRecord<T>[] = NONE;
  #initialAt = 0;
  #changes: Change<T>[] = [];
  #changesAt = 0;
  /** Of a queue that coalesces: the last change of each key among `#changes` that is still to be told, as its place among all that there ever were. */
  readonly #lastAt: Map<string, number> | undefined;
  /** How many there were before those in `#changes`. */
  #begin = 0;
  /** The second half of a change of identity, whose first half was told. */
  #successor: Change<T> | undefined;
  /** Once it is not empty, every change goes here: what comes later must not be told earlier. */
  #merged: Map<string, Change<T>> | undefined;

  constructor({ limit, coalesces = false }: ChangeQueueOptions) {
    this.#limit = limit;
    if (coalesces) this.#lastAt = new Map();
  }

  /** Begins with `records`; called once, before the first change. */
  begin(records: readonly ObjectRecord<T>[]): void {
    this.#initial = records;
  }

  /** The number of calls to come, at most. */
  get size(): number {
    return (
      this.#initial.length -
      this.#initialAt +
      this.#changes.length -
      this.#changesAt +
      (this.#merged?.size ?? 0) +
      Number(this.#successor !== undefined)
    );
  }

  /** Whether initial objects are still to be told. */
  get hasInitial(): boolean {
    return this.#initialAt < this.#initial.length;
  }

  push(change: Change<T>): void {
    if (this.#lastAt !== undefined) return this.#coalesce(this.#lastAt, change);
    const isFlowing = (this.#merged?.size ?? 0) === 0;
    if (isFlowing && this.#changes.length - this.#changesAt < this.#limit) {
      this.#changes.push(change);
      return;
    }
    const all = (this.#merged ??= new Map<string, Change<T>>());
    const earlier = all.get(change.key);
    const merged = earlier === undefined ? change : mergeChanges(earlier, change);
    if (merged === undefined) all.delete(change.key);
    else all.set(change.key, merged);
  }

  shift(): Told<T> | undefined {
    const initial = this.#shiftInitial();
    if (initial !== undefined) return { initial };
    const change = this.#shiftSuccessor() ?? this.#shiftChange() ?? this.#shiftMerged();
    if (change === undefined) return undefined;
    if (change.before === undefined || change.after === undefined || change.before.uid === change.after.uid) return { change };
    this.#successor = { ...change, before: undefined, last: undefined };
    return { change: { ...change, after: undefined } };
  }

  #coalesce(lastAt: Map<string, number>, change: Change<T>): void {
    if (this.#drawIn(lastAt, change)) return;
    lastAt.set(change.key, this.#begin + this.#changes.length);
    this.#changes.push(change);
  }

  /** Draws an update together with the change before it of the same object, where that is still to be told; whether it did. */
  #drawIn(lastAt: Map<string, number>, { key, before, after }: Change<T>): boolean {
    if (before === undefined || after === undefined || before.uid !== after.uid) return false;
    const at = lastAt.get(key);
    const earlier = at === undefined ? undefined : this.#changes[at - this.#begin];
    if (at === undefined || earlier === undefined) return false;
    this.#changes[at - this.#begin] = { ...earlier, after };
    return true;
  }

  #shiftSuccessor(): Change<T> | undefined {
    const successor = this.#successor;
    this.#successor = undefined;
    return successor;
  }

  #shiftInitial(): ObjectRecord<T> | undefined {
    const record = this.#initial[this.#initialAt];
    if (record === undefined) return undefined;
    this.#initialAt += 1;
    if (this.#initialAt === this.#initial.length) {
      this.#initial = NONE;
      this.#initialAt = 0;
    }
    return record;
  }

  #shiftChange(): Change<T> | undefined {
    const change = this.#changes[this.#changesAt];
    if (change === undefined) return undefined;
    if (this.#lastAt?.get(change.key) === this.#begin + this.#changesAt) this.#lastAt.delete(change.key);
    this.#changesAt += 1;
    if (this.#changesAt === this.#changes.length || this.#changesAt >= this.#limit) {
      this.#begin += this.#changesAt;
      this.#changes = this.#changes.slice(this.#changesAt);
      this.#changesAt = 0;
    }
    return change;
  }

  #shiftMerged(): Change<T> | undefined {
    for (const [key, change] of this.#merged ?? []) {
      this.#merged?.delete(key);
      return change;
    }
    this.#merged = undefined;
    return undefined;
  }
}
