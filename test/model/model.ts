import { budgetOf, type Extent } from "./budgets.ts";
import { Catalog, SELECTOR } from "./catalog.ts";
import { faultOfRest, faultOfWorld } from "./checks.ts";
import { managerMoves } from "./manager-moves.ts";
import type { Setting } from "./post.ts";
import { serverMoves } from "./server-moves.ts";
import type { Subject } from "./subject.ts";
import type { Action, Moved, Violation, World } from "./world.ts";

/** The world in which the production code lives, to be explored. */
export class Model {
  readonly #setting: Setting;
  readonly initial: World;

  constructor(subject: Subject, extent: Extent) {
    const { livesAllowed = 2 } = extent;
    this.#setting = { subject, catalog: new Catalog() };
    this.initial = {
      server: { crd: undefined, lives: 0, hasRival: false, own: [], ending: [], hasForeign: false },
      queue: [],
      told: undefined,
      previous: undefined,
      bound: ["p"],
      forsaken: [],
      digest: 0,
      kind: { ...subject.unknownKind, livesAllowed, selector: SELECTOR },
      held: [],
      caches: [],
      asked: undefined,
      ghost: undefined,
      dead: 0,
      left: budgetOf(extent),
    };
  }

  /** All that may happen now. The first fair one is what happens when nobody does anything. */
  actionsOf(world: World): readonly Action[] {
    return [...managerMoves(this.#setting, world), ...serverMoves(world)];
  }

  /** Takes an action and checks what it leads to. */
  take(action: Action): Moved {
    const moved = action.take();
    if (moved.violation !== undefined) return moved;
    const violation = faultOfWorld(moved.world);
    return violation === undefined ? moved : { world: moved.world, violation };
  }

  /** What is said of the kind in this world, for stories. */
  judgementOf({ kind }: World): string {
    const { state, reason } = this.#setting.subject.judge(kind, () => undefined);
    return reason === undefined ? state : `${state}: ${reason}`;
  }

  /** Checks a world in which nothing goes on by itself any more. */
  faultOfRest(world: World): Violation | undefined {
    return faultOfRest(this.#setting.subject, world);
  }
}
