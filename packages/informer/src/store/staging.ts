import { compareResourceVersions, type KubeObject } from "@polykind/apimachinery";
import type { ObjectRecord } from "../reflector/record.ts";

/** Where a list gathers until it is complete: of each key the newest, in any order of arrival. */
export class Staging<T extends KubeObject = KubeObject> {
  readonly #records = new Map<string, ObjectRecord<T>>();
  /** Made when something is kept. */
  #kept: Set<string> | undefined;

  upsert(record: ObjectRecord<T>): void {
    const staged = this.#records.get(record.key);
    if (staged !== undefined && compareResourceVersions(record.resourceVersion, staged.resourceVersion) === -1) return record.release?.();
    staged?.release?.();
    this.#records.set(record.key, record);
  }

  remove(record: ObjectRecord<T>): void {
    const staged = this.#records.get(record.key);
    record.release?.();
    if (staged === undefined || compareResourceVersions(record.resourceVersion, staged.resourceVersion) === -1) return;
    staged.release?.();
    this.#records.delete(record.key);
  }

  /** The object of `key` is there, but was not read: what was known of it stays. */
  keep(key: string): void {
    (this.#kept ??= new Set()).add(key);
  }

  /** The list is given up. */
  letGo(): void {
    for (const record of this.#records.values()) record.release?.();
  }

  /** Everything gathered, with the records of `old` for what was not read. Takes it out: the map is the caller's. */
  take(old: ReadonlyMap<string, ObjectRecord<T>>): Map<string, ObjectRecord<T>> {
    for (const key of this.#kept ?? []) {
      const kept = old.get(key);
      if (kept !== undefined && !this.#records.has(key)) this.#records.set(key, kept);
    }
    return this.#records;
  }
}
