import type { KubeObject } from "@polykind/apimachinery";
import type { ObjectRecord } from "../reflector/record.ts";

/** Under which values an object is found. */
export type ValuesOf<T extends KubeObject = KubeObject> = (object: T) => readonly string[];

/** Finds objects by values of theirs. Any value is data, `__proto__` too. A value that no object has any more takes no memory. */
export class IndexMap<T extends KubeObject> {
  readonly #valuesOf: ValuesOf<T>;
  readonly #recordsByValue = new Map<string, Map<string, ObjectRecord<T>>>();

  constructor(valuesOf: ValuesOf<T>) {
    this.#valuesOf = valuesOf;
  }

  /** The objects under `value`, by key. */
  at(value: string): ReadonlyMap<string, ObjectRecord<T>> {
    return this.#recordsByValue.get(value) ?? new Map<string, ObjectRecord<T>>();
  }

  add(record: ObjectRecord<T>): void {
    for (const value of this.#valuesOf(record.object)) {
      const records = this.#recordsByValue.get(value);
      if (records === undefined) this.#recordsByValue.set(value, new Map([[record.key, record]]));
      else records.set(record.key, record);
    }
  }

  remove(record: ObjectRecord<T>): void {
    for (const value of this.#valuesOf(record.object)) {
      const records = this.#recordsByValue.get(value);
      if (records?.delete(record.key) === true && records.size === 0) this.#recordsByValue.delete(value);
    }
  }
}
