import type { Tally } from "./tally.ts";

/** Condition types that a summary names. */
const MOST_NAMED = 3;

/**
 * The tally in one line for people: `12 objects, Ready 10/12`, where 12 have the condition and 10 have it with status `True`.
 *
 * `Ready` comes first, then what most objects have; three types at most.
 */
export function summaryOf({ objects, conditions }: Pick<Tally, "objects" | "conditions">): string {
  const named = Array.from(conditions, ([type, counts]) => ({ type, isTrue: counts.get("True") ?? 0, all: sumOf(counts.values()) }))
    .filter(({ all }) => all > 0)
    .toSorted(
      (a, b) =>
        Number(b.type === "Ready") - Number(a.type === "Ready") || b.all - a.all || Number(a.type > b.type) - Number(a.type < b.type),
    )
    .slice(0, MOST_NAMED)
    .map(({ type, isTrue, all }) => `${type} ${isTrue}/${all}`);
  return [`${objects} ${objects === 1 ? "object" : "objects"}`, ...named].join(", ");
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const each of numbers) sum += each;
  return sum;
}
