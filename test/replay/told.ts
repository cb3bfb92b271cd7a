import type { KubeObject } from "@polykind/apimachinery";
import type { InformerKey, InformerPool, Lease } from "@polykind/informer";

/** What one handler was told of each object. */
interface Listener {
  readonly name: string;
  readonly present: Set<string>;
  readonly ended: Set<string>;
  isReleased: boolean;
}

/** Listens at every lease of a pool, and holds what is told there to I7: of each uid an add, then updates, then at most one delete; and nothing after the release. */
export class Told {
  readonly breaches: string[] = [];
  #calls = 0;

  /** How often a handler was told of an object. */
  get calls(): number {
    return this.#calls;
  }

  /** The pool, with a listener at every lease of `plural`. */
  listenAt(pool: InformerPool, plural: string): InformerPool {
    return {
      acquire: async <T extends KubeObject>(key: InformerKey): Promise<Lease<T>> => {
        const lease = await pool.acquire<T>(key);
        return key.resource.plural === plural ? this.#listen(lease, key) : lease;
      },
      expectDisconnect: (incarnation, options) => pool.expectDisconnect(incarnation, options),
      open: () => pool.open(),
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    };
  }

  #listen<T extends KubeObject>(lease: Lease<T>, { resource, incarnation }: InformerKey): Lease<T> {
    const listener: Listener = { name: `${resource.version} of ${incarnation}`, present: new Set(), ended: new Set(), isReleased: false };
    lease.informer.addHandler({
      added: ({ metadata: { uid } }) => this.#note(listener, "added", uid),
      changed: ({ metadata: { uid } }) => this.#note(listener, "changed", uid),
      deleted: ({ metadata: { uid } }) => this.#note(listener, "deleted", uid),
    });
    const release = (): Promise<void> => {
      listener.isReleased = true;
      return lease.release();
    };
    return { informer: lease.informer, release, [Symbol.asyncDispose]: release };
  }

  #note({ name, present, ended, isReleased }: Listener, what: "added" | "changed" | "deleted", uid: string): void {
    this.#calls += 1;
    const wasPresent = present.has(uid);
    if (isReleased) this.breaches.push(`I7: a handler of ${name} is told that ${uid} was ${what}, after its release`);
    if (what === "added" ? wasPresent || ended.has(uid) : !wasPresent)
      this.breaches.push(`I7: a handler of ${name} is told that ${uid} was ${what}, which was ${wasPresent ? "" : "not "}there`);
    if (what !== "deleted") present.add(uid);
    else if (present.delete(uid)) ended.add(uid);
  }
}
