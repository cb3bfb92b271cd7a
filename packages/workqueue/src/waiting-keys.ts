/** A key that will want work later. */
export interface WaitingKey {
  readonly key: string;
  /** `Clock.elapsed` at which it becomes ready. */
  readonly dueAtMs: number;
  /** No later add moves it beyond this instant: the earliest time that was asked for. */
  readonly latestAtMs: number;
  readonly priority: number;
}

interface Slot {
  waiting: WaitingKey;
  /** Decides between equal instants: first in, first out. */
  readonly order: number;
  index: number;
}

/** Keys by the instant at which they become ready: a binary heap that also finds and moves a key. O(log n) each. */
export class WaitingKeys {
  readonly #heap: Slot[] = [];
  readonly #slots = new Map<string, Slot>();
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  get(key: string): WaitingKey | undefined {
    return this.#slots.get(key)?.waiting;
  }

  /** The one that is due first. */
  get first(): WaitingKey | undefined {
    return this.#heap[0]?.waiting;
  }

  /** Puts a key in, or in the place of what waited under it. */
  set(waiting: WaitingKey): void {
    const known = this.#slots.get(waiting.key);
    if (known !== undefined) {
      known.waiting = waiting;
      this.#settle(known);
      return;
    }
    const slot: Slot = { waiting, order: this.#order++, index: this.#heap.length };
    this.#heap.push(slot);
    this.#slots.set(waiting.key, slot);
    this.#settle(slot);
  }

  /** Takes a key out, if it is in. */
  take(key: string): WaitingKey | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    this.#slots.delete(key);
    const last = this.#heap.pop();
    if (last !== undefined && last !== slot) {
      this.#put(last, slot.index);
      this.#settle(last);
    }
    return slot.waiting;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#slots.clear();
  }

  /** Moves `slot` up or down until the heap is in order again. */
  #settle(slot: Slot): void {
    this.#rise(slot);
    this.#sink(slot);
  }

  #rise(slot: Slot): void {
    while (slot.index > 0) {
      const parent = this.#heap[(slot.index - 1) >> 1];
      if (parent === undefined || !isBefore(slot, parent)) return;
      this.#swap(slot, parent);
    }
  }

  #sink(slot: Slot): void {
    for (;;) {
      const left = this.#heap[2 * slot.index + 1];
      const right = this.#heap[2 * slot.index + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, slot)) return;
      this.#swap(slot, child);
    }
  }

  #swap(a: Slot, b: Slot): void {
    const { index } = a;
    this.#put(a, b.index);
    this.#put(b, index);
  }

  #put(slot: Slot, index: number): void {
    slot.index = index;
    this.#heap[index] = slot;
  }
}

function isBefore(a: Slot, b: Slot): boolean {
  return a.waiting.dueAtMs < b.waiting.dueAtMs || (a.waiting.dueAtMs === b.waiting.dueAtMs && a.order < b.order);
}
