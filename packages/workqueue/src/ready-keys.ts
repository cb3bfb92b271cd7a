import { LinkedList, type LinkedNode } from "./linked-list.ts";

/** A key that wants work now. */
export interface ReadyKey {
  readonly key: string;
  readonly priority: number;
  /** `Clock.elapsed` of the first add that this entry stands for. */
  readonly addedAtMs: number;
}

/** The keys of one share of one priority, in the order in which they came. */
interface Share {
  readonly name: string;
  readonly keys: LinkedList<ReadyKey>;
  /** Its place among the shares of its level. */
  turn: LinkedNode<Share> | undefined;
}

/** All keys of one priority. The share in front is served next, and goes to the back. */
interface Level {
  readonly priority: number;
  readonly shares: LinkedList<Share>;
  readonly shareByName: Map<string, Share>;
  /** How often a higher level was served, in a row, while this one had keys. Never more than the bypass limit and the number of levels together. */
  bypassed: number;
}

interface Place {
  readonly level: Level;
  readonly share: Share;
  readonly node: LinkedNode<ReadyKey>;
}

/**
 * Orders the keys that want work: by priority with aging, within a priority by turns of the shares, within a share first in, first out.
 *
 * Guarantees: no key starves. A level passed over `bypass` times is served next, and the shares of a level take turns, so with L levels,
 * S shares in the key's level and k keys before it in its share, a key is taken within `(k + 1) · S · (bypass + L)` takes, whatever is added meanwhile.
 * Adding, taking and removing cost O(L), which is meant to be a handful; the number of keys and of shares does not matter.
 */
export class ReadyKeys {
  readonly #shareOf: (key: string) => string;
  readonly #bypass: number;
  readonly #places = new Map<string, Place>();
  /** Highest priority first; none is empty. */
  readonly #levels: Level[] = [];

  constructor({ shareOf, bypass }: { readonly shareOf: (key: string) => string; readonly bypass: number }) {
    this.#shareOf = shareOf;
    this.#bypass = bypass;
  }

  get size(): number {
    return this.#places.size;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** Takes a key in; one that is in already only rises to a higher priority, and keeps the instant at which it came. */
  add(entry: ReadyKey): void {
    const place = this.#places.get(entry.key);
    if (place === undefined) return this.#insert(entry);
    if (entry.priority <= place.level.priority) return;
    this.#remove(place);
    this.#insert({ ...entry, addedAtMs: place.node.value.addedAtMs });
  }

  /** Takes out the key whose turn it is. */
  take(): ReadyKey | undefined {
    const level = this.#nextLevel();
    const place = level && this.#placeOfFirst(level);
    if (place === undefined) return undefined;
    const { shares } = place.level;
    this.#remove(place);
    // A share that is empty has left already.
    if (place.share.keys.size > 0 && place.share.turn === shares.first && shares.shift() !== undefined)
      place.share.turn = shares.push(place.share);
    return place.node.value;
  }

  #placeOfFirst(level: Level): Place | undefined {
    const first = level.shares.first?.value.keys.first?.value;
    return first && this.#places.get(first.key);
  }

  /** The highest level, unless a lower one has been passed over too often: then the one that was most often. */
  #nextLevel(): Level | undefined {
    let next = this.#levels[0];
    for (const level of this.#levels) {
      if (level.bypassed >= this.#bypass && level.bypassed > (next?.bypassed ?? 0)) next = level;
    }
    for (const level of this.#levels) level.bypassed = level === next ? 0 : level.bypassed + 1;
    return next;
  }

  #insert(entry: ReadyKey): void {
    const level = this.#levelOf(entry.priority);
    const name = this.#shareOf(entry.key);
    let share = level.shareByName.get(name);
    if (share === undefined) {
      share = { name, keys: new LinkedList(), turn: undefined };
      share.turn = level.shares.push(share);
      level.shareByName.set(name, share);
    }
    this.#places.set(entry.key, { level, share, node: share.keys.push(entry) });
  }

  #levelOf(priority: number): Level {
    const at = this.#levels.findIndex((level) => level.priority <= priority);
    const found = this.#levels[at];
    if (found?.priority === priority) return found;
    const level: Level = { priority, shares: new LinkedList(), shareByName: new Map(), bypassed: 0 };
    this.#levels.splice(at === -1 ? this.#levels.length : at, 0, level);
    return level;
  }

  #remove({ level, share, node }: Place): void {
    this.#places.delete(node.value.key);
    share.keys.remove(node);
    if (share.keys.size > 0) return;
    level.shareByName.delete(share.name);
    if (share.turn !== undefined) level.shares.remove(share.turn);
    if (level.shares.size === 0) this.#levels.splice(this.#levels.indexOf(level), 1);
  }
}
