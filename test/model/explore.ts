import { Column } from "./column.ts";
import { HashTable } from "./hash-table.ts";
import { keyOf } from "./key.ts";
import type { Model } from "./model.ts";
import type { Action, Violation, World } from "./world.ts";

/** What an exploration came to. */
export interface Exploration {
  /** Worlds that differ. */
  readonly states: number;
  readonly transitions: number;
  /** Worlds in which nothing goes on by itself. */
  readonly rests: number;
  /** How many actions the farthest world is away. */
  readonly depth: number;
  /** Whether there was nothing more to explore. */
  readonly isComplete: boolean;
  readonly failure: Failure | undefined;
}

/** What is wrong, and the shortest way to it. */
export interface Failure extends Violation {
  /** The actions by their place in the lists, from the first world on. */
  readonly path: readonly number[];
}

/** How far an exploration goes, and who looks on. */
export interface ExploreOptions {
  /** So many worlds. Default: all. */
  readonly most?: number;
  /** Told of every new world by which action it was reached; `path` is the shortest one to it. */
  readonly visit?: (reached: { readonly world: World; readonly by: Action; readonly path: () => readonly number[] }) => void;
}

/** Explores breadth-first, until the first violation or until there are `most` worlds. */
export function explore(model: Model, options: ExploreOptions = {}): Exploration {
  return new Explorer(model, options).explore();
}

/** No world: what a world leads to by itself that rests, or was not looked at any more. */
const NONE = -1;

class Explorer {
  readonly #model: Model;
  readonly #most: number;
  readonly #visit: NonNullable<ExploreOptions["visit"]>;
  readonly #known = new HashTable();
  /** By world: the world it was reached from, by which action, and what it leads to by itself. */
  readonly #parents = new Column();
  readonly #choices = new Column();
  readonly #fair = new Column();
  #frontier: World[] = [];
  #next: World[] = [];
  #transitions = 0;
  #rests = 0;
  #depth = 0;
  #failure: Failure | undefined;

  constructor(model: Model, { most = Number.POSITIVE_INFINITY, visit = () => {} }: ExploreOptions) {
    this.#model = model;
    this.#most = most;
    this.#visit = visit;
  }

  explore(): Exploration {
    this.#enter(this.#model.initial, NONE, NONE);
    let at = 0;
    let isComplete = true;
    while (this.#next.length > 0 && this.#failure === undefined && isComplete) {
      [this.#frontier, this.#next] = [this.#next, []];
      this.#depth += 1;
      for (const world of this.#frontier) {
        this.#expand(world, at);
        at += 1;
        isComplete = this.#known.size < this.#most;
        if (this.#failure !== undefined || !isComplete) break;
      }
    }
    this.#failure ??= this.#findCircle(at);
    const { size: states } = this.#known;
    return { states, transitions: this.#transitions, rests: this.#rests, depth: this.#depth - 1, isComplete, failure: this.#failure };
  }

  #expand(world: World, at: number): void {
    let fair = NONE;
    for (const [choice, action] of this.#model.actionsOf(world).entries()) {
      const moved = this.#model.take(action);
      this.#transitions += 1;
      if (moved.violation !== undefined) {
        this.#failure = { ...moved.violation, path: [...this.#pathTo(at), choice] };
        return;
      }
      const { size } = this.#known;
      const reached = this.#enter(moved.world, at, choice);
      if (reached >= size) this.#visit({ world: moved.world, by: action, path: () => this.#pathTo(reached) });
      if (action.isFair && fair === NONE) fair = reached;
    }
    this.#fair.set(at, fair);
    if (fair !== NONE) return;
    this.#rests += 1;
    const violation = this.#model.faultOfRest(world);
    if (violation !== undefined) this.#failure = { ...violation, path: this.#pathTo(at) };
  }

  /** The number of a world, which is new or known. */
  #enter(world: World, parent: number, choice: number): number {
    const { size } = this.#known;
    const at = this.#known.add(keyOf(world));
    if (at < size) return at;
    this.#parents.set(at, parent);
    this.#choices.set(at, choice);
    this.#next.push(world);
    return at;
  }

  #pathTo(at: number): readonly number[] {
    const path: number[] = [];
    for (let world = at; this.#parents.get(world) !== NONE; world = this.#parents.get(world)) path.push(this.#choices.get(world));
    return path.toReversed();
  }

  /** Worlds that lead to each other by themselves, for ever: then what should come never does. */
  #findCircle(expanded: number): Failure | undefined {
    const seenIn = new Column();
    for (let start = 0; start < expanded; start += 1) {
      let at = start;
      while (at !== NONE && at < expanded && seenIn.get(at) === 0) {
        seenIn.set(at, start + 1);
        at = this.#fair.get(at);
      }
      if (at !== NONE && at < expanded && seenIn.get(at) === start + 1)
        return { invariant: "L", why: "left alone, it never comes to rest", path: this.#pathTo(at) };
    }
    return undefined;
  }
}
