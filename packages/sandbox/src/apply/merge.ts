import { isJsonObject, type JsonObject, memberOf } from "../patch/json-object.ts";
import { identified, itemsByElement } from "./list-items.ts";
import type { PathElement } from "./path-element.ts";
import { type Atom, atomOf, deduce, type ListType, type MapType, type TypeRef } from "./types.ts";

/**
 * Merges `applied` into `live`: objects member by member, maps and sets item by item, the rest as a whole. What `applied` does not name stays.
 * Items that are in both come in the order of `applied`.
 *
 * @returns `undefined` when nothing is left.
 */
export function merge(live: unknown, applied: unknown, type: TypeRef): unknown {
  const atom = atomOf(type);
  return mergeAtom(deduce(atom, applied === undefined ? live : applied), live, applied);
}

function mergeAtom({ map, scalar, list }: Atom, live: unknown, applied: unknown): unknown {
  if (map !== undefined) return mergeMaps(map, live, applied);
  if (scalar !== undefined || list === undefined) return mergeLeaves(live, applied);
  return mergeLists(list, live, applied);
}

function mergeLeaves(live: unknown, applied: unknown): unknown {
  return applied === undefined ? live : applied;
}

function mergeMaps(type: MapType, live: unknown, applied: unknown): unknown {
  const left: JsonObject = isJsonObject(live) ? live : {};
  const right: JsonObject = isJsonObject(applied) ? applied : {};
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  if (type.isAtomic || keys.size === 0) return mergeLeaves(live, applied);
  const members: [string, unknown][] = [];
  for (const key of keys) {
    const merged = merge(memberOf(left, key), memberOf(right, key), type.fieldType(key) ?? type.elementType ?? { kind: "deduced" });
    if (merged !== undefined) members.push([key, merged]);
  }
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function mergeLists(type: ListType, live: unknown, applied: unknown): unknown {
  const left: readonly unknown[] = Array.isArray(live) ? live : [];
  const right: readonly unknown[] = Array.isArray(applied) ? applied : [];
  if (type.relationship === "atomic" || (left.length === 0 && right.length === 0)) return mergeLeaves(live, applied);
  const merged = new ListMerge(type, left, right).run();
  return merged.length === 0 ? undefined : merged;
}

/**
 * Goes through both lists at once. Items that only the live list has keep their places relative to those they stood between; of
 * items that are in both, the applied list gives the order.
 */
class ListMerge {
  readonly #type: ListType;
  readonly #left: readonly unknown[];
  readonly #leftElements: readonly PathElement[];
  readonly #rightElements: readonly PathElement[];
  readonly #leftItems: ReadonlyMap<PathElement, readonly unknown[]>;
  readonly #rightItems: ReadonlyMap<PathElement, readonly unknown[]>;
  /** Items in both that are still to come, in the order of the applied list. */
  readonly #shared: PathElement[];
  readonly #taken = new Set<PathElement>();
  readonly #merged: unknown[] = [];

  constructor(type: ListType, left: readonly unknown[], right: readonly unknown[]) {
    this.#type = type;
    this.#left = left.filter((item) => identified(type, item) !== undefined);
    this.#leftElements = this.#left.map((item) => identified(type, item) ?? ""); // Identified, as filtered before.
    this.#leftItems = itemsByElement(type, this.#left);
    this.#rightItems = itemsByElement(type, right);
    this.#rightElements = [...this.#rightItems.keys()];
    this.#shared = this.#rightElements.filter((element) => this.#leftItems.has(element));
  }

  run(): readonly unknown[] {
    let [l, r] = [0, 0];
    while (l < this.#leftElements.length || r < this.#rightElements.length) {
      const [left, right] = [this.#leftElements[l], this.#rightElements[r]];
      if (left !== undefined && left === right) {
        this.#takeRight(right);
        l += 1;
        r += 1;
      } else if (
        left !== undefined &&
        right !== undefined &&
        this.#rightItems.has(left) &&
        this.#shared[0] !== undefined &&
        this.#shared[0] !== left
      ) {
        l += 1; // In both, but its turn by the applied order comes later.
      } else if (left !== undefined && !this.#rightItems.has(left)) {
        this.#push(merge(this.#left[l], undefined, this.#type.elementType));
        l += 1;
      } else {
        if (left !== undefined && this.#taken.has(left)) l += 1;
        if (right !== undefined) this.#takeRight(right);
        r += 1;
      }
    }
    return this.#merged;
  }

  #takeRight(element: PathElement): void {
    this.#taken.add(element);
    if (this.#shared[0] === element) this.#shared.shift();
    const live = this.#leftItems.get(element);
    // Live items that are there more than once are replaced by the one that is applied.
    const isOnce = live !== undefined && live.length === 1;
    this.#push(merge(isOnce ? live[0] : live === undefined ? undefined : null, this.#rightItems.get(element)?.[0], this.#type.elementType));
  }

  #push(item: unknown): void {
    if (item !== undefined) this.#merged.push(item);
  }
}
