import type { KubeObject } from "@polykind/apimachinery";
import type { ObjectRecord } from "../reflector/record.ts";

/** Under which values an object is found. */
export type ValuesOf<T extends KubeObject = KubeObject> = (object: T) => readonly string[];

/** Under which values a record is found; one that does not need the object does not read it. */
export type ValuesOfRecord<T extends KubeObject = KubeObject> = (record: ObjectRecord<T>) => readonly string[];

/**
 * Finds records by values of theirs. Any value is data, `__proto__` too. A value that no record has any more takes no memory. What a record is found under is
 * remembered until it goes, but where it costs less to find out again.
 */
export class IndexMap<T extends KubeObject> {
  readonly #valuesOf: ValuesOfRecord<T>;
  readonly #recordsByValue = new Map<string, Map<string, ObjectRecord<T>>>();
  /** Of records that are found at all. */
  readonly #valuesByKey: Map<string, readonly string[]> | undefined;

  /** @param options.isPure whether `valuesOf` says the same of a record whenever it is asked, and needs no object. */
  constructor(valuesOf: ValuesOfRecord<T>, { isPure }: { readonly isPure: boolean }) {
    this.#valuesOf = valuesOf;
    this.#valuesByKey = isPure ? undefined : new Map();
  }

  /** The records under `value`, by key. */
  at(value: string): ReadonlyMap<string, ObjectRecord<T>> {
    return this.#recordsByValue.get(value) ?? new Map<string, ObjectRecord<T>>();
  }

  add(record: ObjectRecord<T>): void {
    const values = this.#valuesOf(record);
    if (values.length === 0) return;
    this.#valuesByKey?.set(record.key, values);
    for (const value of values) {
      const records = this.#recordsByValue.get(value);
      if (records === undefined) this.#recordsByValue.set(value, new Map([[record.key, record]]));
      else records.set(record.key, record);
    }
  }

  remove(record: ObjectRecord<T>): void {
    const { key } = record;
    const values = this.#valuesByKey === undefined ? this.#valuesOf(record) : (this.#valuesByKey.get(key) ?? []);
    for (const value of values) {
      const records = this.#recordsByValue.get(value);
      if (records?.delete(key) === true && records.size === 0) this.#recordsByValue.delete(value);
    }
    this.#valuesByKey?.delete(key);
  }
}
