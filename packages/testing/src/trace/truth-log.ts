import type { Stamp } from "./event.ts";

interface Written {
  readonly version: bigint;
  readonly isEnd: boolean;
  readonly object: Stamp;
}

/** What the server stored, through all its histories: a restore begins a new one, which shares its past with the one before. */
export class TruthLog {
  /** By history, resource and key. */
  #histories: Map<string, Map<string, Written[]>>[] = [new Map()];

  /** Whether the trace tells of the server at all. */
  isKnown = false;

  /** The number of the present history. */
  get history(): number {
    return this.#histories.length - 1;
  }

  write(resource: string, is: "ADDED" | "MODIFIED" | "DELETED", object: Stamp): void {
    this.isKnown = true;
    const history = this.#histories[this.history];
    const keys = history?.get(resource) ?? new Map<string, Written[]>();
    history?.set(resource, keys);
    const written = { version: BigInt(object.version), isEnd: is === "DELETED", object };
    const present = keys.get(object.key);
    if (present === undefined) keys.set(object.key, [written]);
    else present.push(written);
  }

  restore(version: string): void {
    const kept = new Map<string, Map<string, Written[]>>();
    for (const [resource, keys] of this.#histories.at(-1) ?? []) {
      kept.set(resource, new Map(Array.from(keys, ([key, all]) => [key, all.filter((written) => written.version <= BigInt(version))])));
    }
    this.#histories.push(kept);
  }

  /**
   * The first history not before `from` in which the objects of `resource` at `version` are those of `cache`; `undefined` when there is none.
   *
   * @param scope.version `undefined`: the latest.
   */
  historyWith(
    cache: ReadonlyMap<string, Stamp>,
    scope: {
      readonly resource: string;
      readonly namespace: string | undefined;
      readonly version: string | undefined;
      readonly from: number;
    },
  ): number | undefined {
    for (let history = scope.from; history <= this.history; history += 1)
      if (this.#differences(cache, history, scope) === undefined) return history;
    return undefined;
  }

  /** What tells the cache from the last history, in words. */
  difference(
    cache: ReadonlyMap<string, Stamp>,
    scope: { readonly resource: string; readonly namespace: string | undefined; readonly version: string | undefined },
  ): string | undefined {
    return this.#differences(cache, this.history, scope);
  }

  #differences(
    cache: ReadonlyMap<string, Stamp>,
    history: number,
    {
      resource,
      namespace,
      version,
    }: { readonly resource: string; readonly namespace: string | undefined; readonly version: string | undefined },
  ): string | undefined {
    const until = version === undefined || version === "" ? undefined : BigInt(version);
    let present = 0;
    for (const [key, all] of this.#histories[history]?.get(resource) ?? []) {
      if (namespace !== undefined && !key.startsWith(`${namespace}/`)) continue;
      const truth = all.findLast((written) => until === undefined || written.version <= until);
      const cached = cache.get(key);
      if (truth === undefined || truth.isEnd) {
        if (cached !== undefined) return `${key} is cached at ${cached.version}, and is not there`;
        continue;
      }
      present += 1;
      if (cached === undefined) return `${key} is not cached, and is there at ${truth.object.version}`;
      if (cached.version !== truth.object.version || cached.uid !== truth.object.uid || cached.content !== truth.object.content)
        return `${key} is cached at ${cached.version} of ${cached.uid}, and is there at ${truth.object.version} of ${truth.object.uid}`;
    }
    return present === cache.size ? undefined : `${cache.size} objects are cached, and ${present} are there`;
  }
}
