import type { Informer, InformerKey } from "@polykind/informer";
import type { Scope } from "./api-server.ts";
import type { Journal } from "./journal.ts";
import { Probe } from "./probe.ts";

/** One life of one informer. */
export interface Life {
  readonly name: string;
  readonly key: InformerKey;
  holders: number;
  /** The version of the last list that was answered, perhaps not to the end. */
  listed: number;
  /** Looks into its cache while somebody holds it. */
  probe: Probe | undefined;
}

/** The last life of each informer. */
export class Lives {
  readonly #journal: Journal;
  readonly #keys: readonly InformerKey[];
  readonly #lastByKey = new Map<InformerKey, Life>();
  #count = 0;

  /** @param keys those that users ask for. */
  constructor(journal: Journal, keys: readonly InformerKey[]) {
    this.#journal = journal;
    this.#keys = keys;
  }

  /** An informer begins to live: what it may read. */
  begin(key: InformerKey): Scope {
    const { plural } = key.resource;
    const known =
      this.#keys.find((one) => one.resource.plural === plural && one.namespace === key.namespace && one.shape === key.shape) ?? key;
    const life: Life = { name: `i${(this.#count += 1)}`, key: known, holders: 0, listed: 0, probe: undefined };
    this.#lastByKey.set(known, life);
    this.#journal.tellOf(life.name, key, { type: "informer.open", namespace: key.namespace });
    return {
      plural,
      namespace: key.namespace,
      shape: key.shape ?? "full",
      emit: (fact) => {
        life.probe?.sample();
        if (fact.type === "list.line") life.listed = Number(fact.version);
        this.#journal.tellOf(life.name, key, fact);
      },
    };
  }

  /** Somebody has got a lease of the informer of `key`. */
  hold(key: InformerKey, informer: Informer): Life | undefined {
    const life = this.#lastByKey.get(key);
    if (life === undefined) return undefined;
    life.holders += 1;
    life.probe ??= new Probe(informer, (fact) => this.#journal.tellOf(life.name, key, fact));
    return life;
  }

  /** Somebody gives a lease back; whether it was the last. */
  letGo(name: string): boolean {
    const life = this.named(name);
    if (life === undefined) return false;
    life.probe?.sample();
    life.holders -= 1;
    if (life.holders === 0) life.probe = undefined;
    return life.holders === 0;
  }

  named(name: string): Life | undefined {
    for (const life of this.#lastByKey.values()) if (life.name === name) return life;
    return undefined;
  }

  /** Whether somebody holds a version later than `version`, or may. */
  haveSeenPast(version: number): boolean {
    for (const { probe, holders, listed } of this.#lastByKey.values())
      if (holders > 0 && (probe === undefined || Math.max(probe.version, listed) > version)) return true;
    return false;
  }

  sample(): void {
    for (const { probe } of this.#lastByKey.values()) probe?.sample();
  }
}
