import type { KubeObject } from "@polykind/apimachinery";
import type { ObjectRecord } from "../reflector/record.ts";
import { type Change, mergeChanges } from "../store/change.ts";

/** What is to be told next, in one call. A change here never is one of identity. */
export type Told<T extends KubeObject> = { readonly initial: ObjectRecord<T> } | { readonly change: Change<T> };

/**
 * What one handler has still to be told: the initial objects, then the changes in their order.
 *
 * *Guarantees.* Changes of one key keep their order. Up to `limit` changes are kept one by one; of those that come while it is full the queue keeps one a key, drawn
 * together with those that follow, so that it never grows beyond the limit and one change for each key that there is or was. Where another object has
 * taken a name, the old one's end is told before it.
 */
export class ChangeQueue<T extends KubeObject> {
  readonly #limit: number;
  #initial: readonly ObjectRecord<T>[] = [];
  #initialAt = 0;
  #changes: Change<T>[] = [];
  #changesAt = 0;
  /** The second half of a change of identity, whose first half was told. */
  #successor: Change<T> | undefined;
  /** Once it is not empty, every change goes here: what comes later must not be told earlier. */
  #merged: Map<string, Change<T>> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
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
    if ((this.#merged?.size ?? 0) === 0 && this.#changes.length - this.#changesAt < this.#limit) {
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
      this.#initial = [];
      this.#initialAt = 0;
    }
    return record;
  }

  #shiftChange(): Change<T> | undefined {
    const change = this.#changes[this.#changesAt];
    if (change === undefined) return undefined;
    this.#changesAt += 1;
    if (this.#changesAt === this.#changes.length || this.#changesAt >= this.#limit) {
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
