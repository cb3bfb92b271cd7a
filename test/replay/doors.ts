import type { KubeObject } from "@polykind/apimachinery";
import type { InformerKey, InformerPool, Lease } from "@polykind/informer";
import { Gate } from "./gate.ts";

/** Where somebody waits for an informer. */
export interface Door {
  readonly version: string;
  readonly incarnation: string;
  readonly gate: Gate;
}

/** Doors before a pool: whoever acquires an informer of the plural waits at one until it is let in. */
export class Doors {
  readonly #pool: InformerPool;
  readonly #plural: string;
  readonly #all: Door[] = [];
  #waiting: Door[] = [];
  #isOpen = false;

  constructor(pool: InformerPool, plural: string) {
    this.#pool = pool;
    this.#plural = plural;
  }

  /** Takes the first door of which this holds: it is not found again. */
  take(version: string, incarnation: string): Door | undefined {
    const found = this.#waiting.find((door) => door.version === version && door.incarnation === incarnation);
    this.#waiting = this.#waiting.filter((door) => door !== found);
    return found;
  }

  /** From now on nobody waits, not at doors that were taken either. */
  openAll(): void {
    this.#isOpen = true;
    for (const { gate } of this.#all) gate.open();
  }

  /** The pool behind the doors. */
  get pool(): InformerPool {
    const pool = this.#pool;
    return {
      acquire: (key) => this.#acquire(key),
      expectDisconnect: (incarnation, options) => pool.expectDisconnect(incarnation, options),
      open: () => pool.open(),
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    };
  }

  async #acquire<T extends KubeObject>(key: InformerKey): Promise<Lease<T>> {
    const { resource, incarnation } = key;
    if (resource.plural === this.#plural && incarnation !== undefined && !this.#isOpen) {
      const gate = new Gate();
      const door = { version: resource.version, incarnation, gate };
      this.#all.push(door);
      this.#waiting.push(door);
      await gate.pass();
    }
    return this.#pool.acquire<T>(key);
  }
}
