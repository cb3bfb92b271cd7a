import type { KubeObject } from "@polykind/apimachinery";
import type { Informer } from "@polykind/informer";
import type { Stamp, TraceFact } from "@polykind/testing";
import { stampOf } from "./etcd.ts";

/** Looks at a cache whenever it may have changed, and tells what is new. */
export class Probe {
  readonly #informer: Informer;
  readonly #tell: (fact: TraceFact) => void;
  #objects: ReadonlyMap<string, KubeObject> = new Map();
  #version = "";

  constructor(informer: Informer, tell: (fact: TraceFact) => void) {
    this.#informer = informer;
    this.#tell = tell;
    // An index is asked in the midst of every change.
    informer.addIndex("probe", () => {
      this.sample();
      return [];
    });
    this.sample();
  }

  get version(): number {
    return Number(this.#version);
  }

  sample(): void {
    try {
      this.#look();
    } catch (cause) {
      this.#tell({ type: "lease.broken", why: String(cause) });
    }
  }

  #look(): void {
    const { store } = this.#informer;
    const version = store.resourceVersion;
    if (version === "") return;
    const now = new Map<string, KubeObject>();
    for (const key of store.keys()) {
      const object = store.byKey(key);
      if (object !== undefined) now.set(key, object);
    }
    const changed = differences(this.#objects, now);
    const [only] = changed;
    const isFirst = this.#version === "";
    if (only === undefined && version === this.#version) return;
    this.#objects = now;
    this.#version = version;
    if (isFirst || changed.length > 1) this.#tell({ type: "cache.replace", version, objects: Array.from(now.values(), stampOf) });
    else if (only === undefined) this.#tell({ type: "cache.advance", version });
    else this.#tell({ type: only.isEnd ? "cache.del" : "cache.set", version, object: only.object });
  }
}

function differences(
  before: ReadonlyMap<string, KubeObject>,
  after: ReadonlyMap<string, KubeObject>,
): readonly { readonly object: Stamp; readonly isEnd: boolean }[] {
  const found: { readonly object: Stamp; readonly isEnd: boolean }[] = [];
  for (const [key, object] of after) if (before.get(key) !== object) found.push({ object: stampOf(object), isEnd: false });
  for (const [key, object] of before) if (!after.has(key)) found.push({ object: stampOf(object), isEnd: true });
  return found;
}
