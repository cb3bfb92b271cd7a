import type { Saying } from "./saying.ts";

/** What has happened to one CRD for one reason: an event at the server, and what it does not tell yet. */
export interface Entry {
  /** As it was said last. */
  readonly saying: Saying;
  /** How often it happened, and when last in Unix milliseconds. */
  readonly count: number;
  readonly lastAt: number;
  /** So many of them the server knows. */
  readonly toldCount: number;
  /** The event's name, once there is one. */
  readonly name: string | undefined;
  /** Not before this instant of the clock's `elapsed`. */
  readonly dueAt: number;
  /** Attempts to tell it that failed, in a row. */
  readonly failures: number;
  /** The life of the CRD has ended, while it was being told: then it is forgotten. */
  readonly isOver: boolean;
}

/** What is to be told next. */
export interface Due {
  readonly key: string;
  readonly entry: Entry;
}

/** An event that happens again is told again only so long after the last time, in milliseconds: until then it is counted. */
export const SERIES_EVERY_MS = 60_000;

/** The events that are to be told, each reason of each life of a CRD once. As large as there are CRDs and reasons, whatever happens how often. */
export class Backlog {
  readonly #entries = new Map<string, Entry>();

  /** Something happened, at `at` on the wall and `elapsed` by the clock. */
  add(saying: Saying, { at, elapsed }: { readonly at: number; readonly elapsed: number }): void {
    const key = keyOf(saying);
    const known = this.#entries.get(key);
    const dueAt = known === undefined || isTold(known) ? Math.max(elapsed, known?.dueAt ?? elapsed) : known.dueAt;
    const fresh = { toldCount: 0, name: undefined, failures: 0, isOver: false };
    this.#entries.set(key, { ...fresh, ...known, saying, count: (known?.count ?? 0) + 1, lastAt: at, dueAt });
  }

  /** What is to be told before all else. */
  next(): Due | undefined {
    let first: Due | undefined;
    for (const [key, entry] of this.#entries)
      if (!isTold(entry) && (first === undefined || entry.dueAt < first.entry.dueAt)) first = { key, entry };
    return first;
  }

  /** The server knows of what there was in `entry`, under this name. */
  told({ key, entry }: Due, { name, elapsed }: { readonly name: string; readonly elapsed: number }): void {
    const now = this.#entries.get(key);
    if (now === undefined) return;
    this.#keep(key, { ...now, name, toldCount: entry.count, failures: 0, dueAt: elapsed + SERIES_EVERY_MS });
  }

  /** The server has forgotten the event: what it did not know of begins a new one. */
  expired({ key }: Due): void {
    const now = this.#entries.get(key);
    if (now !== undefined) this.#entries.set(key, { ...now, name: undefined, count: now.count - now.toldCount, toldCount: 0 });
  }

  /** It could not be told, and is to be tried again. */
  failed({ key }: Due, dueAt: number): void {
    const now = this.#entries.get(key);
    if (now !== undefined) this.#entries.set(key, { ...now, failures: now.failures + 1, dueAt });
  }

  /** Gives up what the server does not know of `key`. @returns how often it happened. */
  drop({ key }: Due): number {
    const now = this.#entries.get(key);
    if (now === undefined) return 0;
    const untold = now.count - now.toldCount;
    if (now.name === undefined) this.#entries.delete(key);
    else this.#keep(key, { ...now, count: now.toldCount, failures: 0 });
    return untold;
  }

  /** Gives up all that the server does not know. @returns how often it happened. */
  dropAll(): number {
    return [...this.#entries].reduce((sum, [key, entry]) => sum + (isTold(entry) ? 0 : this.drop({ key, entry })), 0);
  }

  /** This life of the CRD is over: nothing of it happens again, and nobody looks for it. Only `current` is still told. @returns how often something happened that is not. */
  forget(uid: string, current: Due | undefined): number {
    let dropped = 0;
    for (const [key, entry] of this.#entries) {
      if (entry.saying.uid !== uid) continue;
      if (key === current?.key) this.#entries.set(key, { ...entry, isOver: true });
      else {
        dropped += entry.count - entry.toldCount;
        this.#entries.delete(key);
      }
    }
    return dropped;
  }

  /** Events that it knows of. */
  get size(): number {
    return this.#entries.size;
  }

  #keep(key: string, entry: Entry): void {
    if (entry.isOver && isTold(entry)) this.#entries.delete(key);
    else this.#entries.set(key, entry);
  }
}

function isTold({ count, toldCount }: Entry): boolean {
  return count === toldCount;
}

function keyOf({ uid, type, action, reason }: Saying): string {
  return `${uid} ${type} ${action} ${reason}`;
}
