import type { Clock } from "@polykind/core";
import { cloneJson, itemsAt, recordAt } from "./json.ts";
import type { Draft } from "./kind/kind-rules.ts";
import type { Kinds } from "./kind/kinds.ts";
import type { ServedKind } from "./kind/served-kind.ts";
import type { Collection } from "./store/collection.ts";
import type { Change, Stored } from "./store/stored.ts";
import { timestampOf } from "./verbs/cluster.ts";
import { commitUpdate } from "./verbs/commit.ts";
import { removeStored } from "./verbs/delete.ts";

/** What the life of namespaces works on. */
export interface NamespaceLifeDeps {
  readonly kinds: Kinds;
  readonly kind: ServedKind;
  readonly clock: Clock;
}

/** Empties namespaces that are being deleted, waits for what is held in them, and lets them go. */
export class NamespaceLife {
  readonly #deps: NamespaceLifeDeps;
  readonly #waiting = new Set<string>();
  #isClosed = false;

  constructor(deps: NamespaceLifeDeps) {
    this.#deps = deps;
  }

  /** Takes in any change of the store; what follows from it happens after the present job. */
  observe(collection: Collection, { type, stored }: Change): void {
    if (collection === this.#deps.kind.collection) {
      if (type !== "DELETED" && isTerminating(stored)) this.#enqueue(stored.name);
    } else if (type === "DELETED" && stored.namespace !== "") {
      const namespace = this.#deps.kind.collection.get(stored.namespace);
      if (namespace !== undefined && isTerminating(namespace)) this.#enqueue(stored.namespace);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #enqueue(name: string): void {
    if (this.#waiting.size === 0) queueMicrotask(() => this.#run());
    this.#waiting.add(name);
  }

  #run(): void {
    const names = [...this.#waiting];
    this.#waiting.clear();
    for (const name of names) {
      const stored = this.#deps.kind.collection.get(name);
      if (stored !== undefined && isTerminating(stored) && !this.#isClosed) this.#empty(stored);
    }
  }

  #empty(namespace: Stored): void {
    const removal = { isDryRun: false, propagationPolicy: undefined, at: timestampOf(this.#deps.clock) };
    let left = 0;
    for (const kind of this.#oneVersionOfEach()) {
      for (const stored of kind.collection.list(namespace.name)) {
        if (stored.object.metadata.deletionTimestamp === undefined) removeStored(stored, kind, removal);
        if (kind.collection.get(stored.key) !== undefined) left += 1;
      }
    }
    if (left === 0) this.#release(namespace);
  }

  #oneVersionOfEach(): Iterable<ServedKind> {
    const namespaced = this.#deps.kinds.all().filter(({ resourceScope }) => resourceScope === "Namespaced");
    return new Map(namespaced.map((kind) => [kind.collection, kind])).values();
  }

  #release(namespace: Stored): void {
    const present = this.#deps.kind.collection.get(namespace.key);
    if (present === undefined) return;
    const draft = cloneJson(present.object) as unknown as Draft; // A stored object has all that a draft has.
    const spec = recordAt(draft, "spec") ?? {};
    if (!itemsAt(spec, "finalizers").includes("kubernetes")) return;
    draft["spec"] = { ...spec, finalizers: itemsAt(spec, "finalizers").filter((each) => each !== "kubernetes") };
    commitUpdate(this.#deps.kind, present, { draft, before: present.object, subresource: "finalize" });
  }
}

function isTerminating({ object }: Stored): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
