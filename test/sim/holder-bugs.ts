import type { Bug } from "./bugs.ts";

/** Mistakes in what those are told who hold an informer, and in who holds it. */
export const HOLDER_BUGS: readonly Bug[] = [
  {
    name: "an informer that is being stopped is handed out again",
    file: "pool/pool.ts",
    find: `slot?.stopped !== undefined; slot = this.#slots.get(name)) await slot.stopped;`,
    replace: `slot?.stopped !== undefined && slot.leases.size > 99; slot = this.#slots.get(name)) await slot.stopped;`,
    caughtBy: ["C12", "W3", "W10"],
  },
  {
    name: "the first release stops the informer for all",
    file: "pool/pool.ts",
    find: `if (slot.leases.length === 0) await this.#stop(name, slot);`,
    replace: `if (slot.leases.length >= 0) await this.#stop(name, slot);`,
    caughtBy: ["C12", "W3", "W10", "W4"],
  },
  {
    name: "a lease leaves its handlers behind",
    file: "pool/lease.ts",
    find: `    for (const end of this.#ends) end();`,
    replace: ``,
    caughtBy: ["W10"],
  },
  {
    name: "a removed handler is told what was queued",
    file: "handlers/registration.ts",
    find: `    this.#queue = undefined;
    clearImmediate`,
    replace: `    clearImmediate`,
    caughtBy: ["W10"],
  },
  {
    name: "a late joiner is told of nothing that is there",
    file: "informer.ts",
    find: `if (this.hasSynced) registration.begin(this.store.snapshot());`,
    replace: `if (this.hasSynced) registration.begin([]);`,
    caughtBy: ["W3", "W4", "W6"],
  },
  {
    name: "a late joiner waits for the next list",
    file: "informer.ts",
    find: `if (this.hasSynced) registration.begin(this.store.snapshot());`,
    replace: ``,
    caughtBy: ["W3"],
  },
  {
    name: "synced is said before anything was told",
    file: "handlers/registration.ts",
    find: `      if (!this.#queue.hasInitial) this.#latch.open();`,
    replace: `      this.#latch.open();`,
    caughtBy: ["W6"],
  },
  {
    name: "handlers are told by name instead of uid",
    file: "handlers/change-queue.ts",
    find: `change.before.uid === change.after.uid) return { change };`,
    replace: `change.before.key === change.after.key) return { change };`,
    caughtBy: ["W4"],
  },
  {
    name: "the successor is told before the end of its predecessor",
    file: "handlers/change-queue.ts",
    find: `    this.#successor = { ...change, before: undefined, last: undefined };
    return { change: { ...change, after: undefined } };`,
    replace: `    this.#successor = { ...change, after: undefined };
    return { change: { ...change, before: undefined, last: undefined } };`,
    caughtBy: ["W4"],
  },
  {
    name: "changes are told last first",
    file: "handlers/change-queue.ts",
    find: `      this.#changes.push(change);`,
    replace: `      this.#changes.unshift(change);`,
    caughtBy: ["W4"],
  },
  {
    name: "a handler that throws is told nothing more",
    file: "handlers/registration.ts",
    find: `      this.#fail(cause);
      return undefined;`,
    replace: `      this.#fail(cause);
      this.#queue = undefined;
      return undefined;`,
    caughtBy: ["W3"],
  },
  {
    name: "what a list no longer has stays cached",
    file: "store/object-store.ts",
    find: `for (const [key, before] of old) if (!records.has(key)) changes.push(`,
    replace: `for (const [key, before] of []) if (!records.has(key)) changes.push(`,
    caughtBy: ["W3", "W4"],
  },
];
