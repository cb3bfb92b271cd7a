import { seededRandom } from "@polykind/testing";
import { explore } from "../model/explore.ts";
import type { Extent } from "../model/budgets.ts";
import { Model } from "../model/model.ts";
import type { Subject } from "../model/subject.ts";
import type { Action, World } from "../model/world.ts";

/** A way through the model: the actions by their place in the lists, from the first world on. */
export interface Trace {
  readonly name: string;
  readonly extent: Extent;
  readonly path: readonly number[];
}

/** What may happen here and there: all but what only a broken driver could bring about. */
const PLAYABLE = [
  "edits",
  "versionEdits",
  "marks",
  "rivals",
  "objects",
  "binds",
  "reloads",
  "leads",
  "failures",
  "uproots",
  "hints",
  "shutdowns",
] as const;

/** How far the shortest ways lead that `npm test` plays. */
export const NEAREST: readonly Extent[] = [
  { lives: 2, total: 0 },
  { lives: 1, total: 1, only: PLAYABLE },
  { lives: 1, total: 2, only: ["edits", "reloads"] },
];
/** How far all of them lead. */
export const NEAR: readonly Extent[] = [...NEAREST, { lives: 2, total: 1, only: PLAYABLE }, { lives: 1, total: 2, only: PLAYABLE }];
/** So many worlds are explored of each extent. */
const MOST_WORLDS = 60_000;
/** What a walk may meet with. */
const FAR: Extent = { lives: 3, total: 6 };
const LONGEST_WALK = 45;

/** The shortest way to each state and reason of a kind, by each last move that leads there. */
export function shortestTraces(subject: Subject, extents: readonly Extent[]): readonly Trace[] {
  const traces = new Map<string, Trace>();
  for (const extent of extents) {
    const model = new Model(subject, extent);
    explore(model, {
      most: MOST_WORLDS,
      visit: ({ world, by, path }) => {
        const name = `${model.judgementOf(world)}, by ${by.move.type}`;
        if (!traces.has(name) && by.move.type !== "late") traces.set(name, { name, extent, path: path() });
      },
    });
  }
  // What is the beginning of another one is played with that.
  const all = [...traces.values()];
  return all.filter((trace) => !all.some((other) => other !== trace && isBeginningOf(trace, other)));
}

/** A walk of its own for each seed. */
export function walk(subject: Subject, seed: number): Trace {
  const model = new Model(subject, FAR);
  const random = seededRandom(seed);
  const path: number[] = [];
  let world = model.initial;
  while (path.length < LONGEST_WALK) {
    const actions = model.actionsOf(world);
    const choices = [...actions.entries()].filter(([, action]) => isWalked(world, action));
    const [choice, action] = choices[Math.floor(random() * choices.length)] ?? [];
    if (choice === undefined || action === undefined) break;
    path.push(choice);
    ({ world } = model.take(action));
  }
  return { name: `walk ${seed}`, extent: FAR, path };
}

/** A walk that is shut down early shows little. */
function isWalked({ left }: World, { move }: Action): boolean {
  return move.type !== "late" && (move.type !== "shut down" || left.total === 1);
}

function isBeginningOf({ extent, path }: Trace, other: Trace): boolean {
  return extent === other.extent && path.length < other.path.length && path.every((choice, at) => other.path[at] === choice);
}
