/** One condition, as far as it is counted. */
export interface CountedCondition {
  readonly type: string;
  readonly status: string;
}

/** Condition types that are counted by their own names; what a kind has beyond them is counted as `other`. */
const MOST_TYPES = 50;

/**
 * Counts the objects of one kind and their conditions, object by object, each in time that does not depend on how many there are.
 *
 * Guarantees: an object counts once, with what was last taken in of it; taking in and removing are idempotent.
 */
export class Tally {
  /** What each object adds, as text: equal conditions are equal texts. */
  readonly #conditionsByKey = new Map<string, string>();
  /** Zero stays when the last object of a status has gone: who was told a number must be told that it is zero. */
  readonly #countsByType = new Map<string, Map<string, number>>();

  /** The number of objects. */
  get objects(): number {
    return this.#conditionsByKey.size;
  }

  /** Per type of condition, how many objects have it with which status. */
  get conditions(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return this.#countsByType;
  }

  /** Takes in the object as it is now. @returns whether that changed any count. */
  take(key: string, conditions: readonly CountedCondition[]): boolean {
    const before = this.#conditionsByKey.get(key);
    const now = textOf(conditions);
    if (before === now) return false;
    this.#conditionsByKey.set(key, now);
    if (before !== undefined) this.#count(before, -1);
    this.#count(now, 1);
    return true;
  }

  /** Forgets the object. @returns whether it was there. */
  remove(key: string): boolean {
    const before = this.#conditionsByKey.get(key);
    if (before === undefined) return false;
    this.#conditionsByKey.delete(key);
    this.#count(before, -1);
    return true;
  }

  #count(text: string, by: 1 | -1): void {
    const statuses = JSON.parse(text) as readonly [string, string][]; // Written by textOf.
    for (const [type, status] of statuses) {
      // Types are never taken out again, so that an object is taken off where it was added.
      const name = this.#countsByType.has(type) || this.#countsByType.size < MOST_TYPES ? type : "other";
      const counts = this.#countsByType.get(name) ?? new Map<string, number>();
      this.#countsByType.set(name, counts.set(status, (counts.get(status) ?? 0) + by));
    }
  }
}

/** Each type once, in the order of their names. */
function textOf(conditions: readonly CountedCondition[]): string {
  const statusByType = new Map(conditions.map(({ type, status }) => [type, status]));
  return JSON.stringify(Array.from(statusByType).toSorted(([a], [b]) => Number(a > b) - Number(a < b)));
}
