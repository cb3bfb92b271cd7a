import type { Failure } from "./explore.ts";
import type { Model } from "./model.ts";
import type { Violation, World } from "./world.ts";

/** So many things that happen by themselves are told after the last that had to happen. */
const MOST_AFTER = 20;

/** The shortest way to a violation, as a story: what happened, what then ran, and what is wrong with it. */
export function storyOf(model: Model, { path, ...violation }: Failure): string {
  const lines: string[] = [];
  let { initial: world } = model;
  for (const choice of path) world = tell(model, world, { choice, lines });
  lines.push(`${violation.invariant} is broken: ${violation.why}`);
  if (violation.invariant === "L") tellOn(model, world, lines);
  return lines.join("\n");
}

interface Telling {
  readonly choice: number;
  readonly lines: string[];
}

function tell(model: Model, world: World, { choice, lines }: Telling): World {
  const action = model.actionsOf(world)[choice];
  if (action === undefined) throw new RangeError(`there is no action ${choice}: the story is of another model`);
  const moved = model.take(action);
  lines.push(`${String(lines.length + 1).padStart(3)}. ${action.text}${stateText(model, world, moved)}`);
  return moved.world;
}

/** What goes on for ever. */
function tellOn(model: Model, from: World, lines: string[]): void {
  let world = from;
  for (let at = 0; at < MOST_AFTER; at += 1) {
    const choice = model.actionsOf(world).findIndex(({ isFair }) => isFair);
    if (choice === -1) return;
    world = tell(model, world, { choice, lines });
  }
}

/** What runs now, where that has changed. */
function stateText(model: Model, before: World, { world, violation }: { readonly world: World; readonly violation?: Violation }): string {
  const [was, is] = [runsText(before), runsText(world)];
  const state = violation === undefined ? ` [${model.judgementOf(world)}]` : "";
  return was === is ? state : `${state} → ${is === "" ? "nothing runs" : is}`;
}

function runsText({ held, caches }: World): string {
  return [
    ...held.map(({ plugin, epoch, life, version, phase }) => `${plugin} #${epoch} ${phase} on life ${life} ${version}`),
    ...caches.map(({ plugin, epoch, version, isFull }) => `${plugin} #${epoch} ${isFull ? "full" : "filling"} ${version}`),
  ].join(", ");
}
