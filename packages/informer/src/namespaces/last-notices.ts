import type { KubeObject } from "@polykind/apimachinery";
import { Latch } from "../latch.ts";
import type { Informer, ObjectNotice } from "../types.ts";

/**
 * A last notice of each object that a handler knows of when its namespace goes, to tell their ends by.
 *
 * They are looked for only then: a notice that is kept holds the versions of its object in memory. An object is found in the informer, or its delete is on the way to
 * the handler and is found there.
 */
export class LastNotices<T extends KubeObject> {
  readonly #uids: ReadonlyMap<string, string>;
  readonly #found = new Map<string, ObjectNotice<T>>();
  readonly #complete = new Latch();

  /** @param uids of the objects, by key; must not change any more. */
  constructor(uids: ReadonlyMap<string, string>) {
    this.#uids = uids;
    if (uids.size === 0) this.#complete.open();
  }

  /** Those found so far. */
  get found(): Iterable<ObjectNotice<T>> {
    return this.#found.values();
  }

  /** Resolves when all are found, or no more are looked for. Never rejects. */
  complete(): Promise<void> {
    return this.#complete.wait();
  }

  /** Looks into `informer`, until all are found or it stops. */
  async look(informer: Informer<T>): Promise<void> {
    if (this.#complete.isOpen) return;
    const registration = informer.addHandler({ noticed: (notice) => this.take(notice) });
    const end = informer.notices.on("state", ({ phase }) => {
      if (phase === "stopped") this.stop();
    });
    await this.complete();
    end();
    registration.remove();
  }

  /** Keeps `notice` if it is of one of the objects. A change is not kept: the informer has a later state, or its delete comes. */
  take(notice: ObjectNotice<T>): void {
    if (notice.type === "changed" || this.#uids.get(notice.key) !== notice.uid) return;
    this.#found.set(notice.key, notice);
    if (this.#found.size === this.#uids.size) this.#complete.open();
  }

  /** Looks for no more. */
  stop(): void {
    this.#complete.open();
  }
}
