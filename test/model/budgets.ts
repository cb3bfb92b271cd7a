import type { Budget } from "./world.ts";

/** Everything that may happen, and how often at most. */
const MOST: Omit<Budget, "lives" | "total"> = {
  edits: 1,
  versionEdits: 2,
  marks: 2,
  rivals: 1,
  objects: 2,
  binds: 2,
  reloads: 1,
  leads: 2,
  failures: 2,
  uproots: 1,
  hints: 1,
  late: 1,
  shutdowns: 1,
};

/** How much of it an exploration has: so many lives of the CRD, and so many of all other things together. */
export interface Extent {
  readonly lives: number;
  readonly total: number;
  /** So many lives may end in short order before the next one is held. Default: 2, so that the third may be. */
  readonly livesAllowed?: number;
  /** Only these things. Default: all. */
  readonly only?: readonly (keyof typeof MOST)[];
}

/** What may happen in an exploration of this extent. */
export function budgetOf({ lives, total, only }: Extent): Budget {
  if (only === undefined) return { ...MOST, lives, total };
  const none = Object.fromEntries(Object.keys(MOST).map((what) => [what, only.some((each) => each === what) ? total : 0]));
  return { ...MOST, ...none, lives, total };
}

/** Explored by `npm run model:check`, each by itself: more lives with fewer things at once, and fewer lives with more. */
export const EXTENTS: readonly Extent[] = [
  { lives: 2, total: 2 },
  { lives: 3, total: 1 },
  { lives: 1, total: 3 },
];

/** Explored with every run of the tests. */
export const SMALL_EXTENTS: readonly Extent[] = [
  { lives: 3, total: 0 },
  { lives: 1, total: 1 },
];
