import type { Change } from "./stored.ts";

/**
 * The last changes of a collection, at most `size` of them.
 *
 * Guarantees: changes come back in the order of their revisions; what was let go is known by {@link floor}, so that
 * nobody takes an incomplete answer for a complete one.
 */
export class History {
  readonly #size: number;
  #changes: Change[] = [];
  #floor: number;

  /** @param floor the revision from which on changes are kept. */
  constructor(size: number, floor: number) {
    this.#size = size;
    this.#floor = floor;
  }

  /** Every change after this revision is here; of those before nothing can be told. */
  get floor(): number {
    return this.#floor;
  }

  /** Adds the newest change, and lets the oldest go in lots when there are too many. */
  push(change: Change): void {
    this.#changes.push(change);
    // Half as many again are let in, so that the shift costs little per change.
    if (this.#changes.length <= this.#size * 1.5) return;
    const gone = this.#changes.splice(0, this.#changes.length - this.#size);
    this.#floor = gone.at(-1)?.revision ?? this.#floor;
  }

  /** The changes after `revision`, or `undefined` when some of them were let go. */
  since(revision: number): readonly Change[] | undefined {
    if (revision < this.#floor) return undefined;
    return this.#changes.slice(this.#indexAfter(revision));
  }

  /** Lets go of all changes up to `revision`. */
  forget(revision: number): void {
    this.#changes = this.#changes.slice(this.#indexAfter(revision));
    this.#floor = Math.max(this.#floor, revision);
  }

  #indexAfter(revision: number): number {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
