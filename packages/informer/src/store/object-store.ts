import {
  compareResourceVersions,
  freezeDeep,
  keyOf,
  type KubeObject,
  type LabelSelectorObject,
  labelSelectorOf,
  matchesLabels,
  nameOfKey,
  type ObjectName,
} from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { Log } from "@polykind/telemetry";
import type { ObjectRecord } from "../reflector/record.ts";
import type { Store } from "../types.ts";
import { BodyRecord, controllersOf } from "./body.ts";
import type { Change } from "./change.ts";
import { IndexMap, type ValuesOf, type ValuesOfRecord } from "./index-map.ts";
import type { Staging } from "./staging.ts";
import type { Transform } from "./transform.ts";

/** What a store is made with. */
export interface ObjectStoreOptions {
  /** For messages. */
  readonly name: string;
  readonly transform: Transform;
  /** Where it is written that a transform or an index threw: the object is then kept as it came, or not found by that index. */
  readonly log: Log;
}

/** A text, or a name that no two have by chance. */
export type IndexName = string | symbol;

interface Index<T extends KubeObject> {
  readonly valuesOf: ValuesOfRecord<T>;
  readonly isPure: boolean;
}

const NO_VALUES: readonly string[] = [];
const BY_NAMESPACE = Symbol("namespace");
const BY_OWNER = Symbol("owner");

/**
 * The copy of one informer's objects.
 *
 * *Guarantees.* Objects are frozen, through and through. The version of a key never falls, but by an epoch break. A replacement is one step: no reader
 * sees half of it. Once closed, every read throws `CACHE_RESET`.
 */
export class ObjectStore<T extends KubeObject = KubeObject> implements Store<T> {
  readonly #name: string;
  readonly #transform: Transform;
  readonly #log: Log;
  #records = new Map<string, ObjectRecord<T>>();
  /** Made when something is read by an index. */
  #indexes: Map<IndexName, { map: IndexMap<T>; readonly index: Index<T> }> | undefined;
  #version = "";
  #isClosed = false;

  constructor({ name, transform, log }: ObjectStoreOptions) {
    this.#name = name;
    this.#transform = transform;
    this.#log = log;
  }

  get(name: ObjectName): T | undefined {
    return this.byKey(keyOf(name));
  }

  byKey(key: string): T | undefined {
    return this.#read().get(key)?.object;
  }

  list({ namespace, labels }: { readonly namespace?: string; readonly labels?: LabelSelectorObject } = {}): readonly T[] {
    const records = namespace === undefined ? this.#read() : this.#index(BY_NAMESPACE).at(namespace);
    const objects = Array.from(records.values(), ({ object }) => object);
    if (labels === undefined) return objects;
    const selector = labelSelectorOf(labels);
    return objects.filter(({ metadata }) => matchesLabels(selector, metadata.labels));
  }

  ownedBy(uid: string): readonly T[] {
    return this.indexed(BY_OWNER, uid);
  }

  indexed(name: IndexName, value: string): readonly T[] {
    return Array.from(this.#index(name).at(value).values(), ({ object }) => object);
  }

  keys(): Iterable<string> {
    return this.#read().keys();
  }

  get size(): number {
    return this.#read().size;
  }

  get resourceVersion(): string {
    this.#read();
    return this.#version;
  }

  hasReached(version: string): boolean {
    this.#read();
    const order = compareResourceVersions(this.#version, version);
    return this.#version !== "" && order !== undefined && order >= 0;
  }

  /** What is held under `key`. */
  recordAt(key: string): ObjectRecord<T> | undefined {
    return this.#read().get(key);
  }

  /** The records now, in an array of their own. */
  snapshot(): readonly ObjectRecord<T>[] {
    return [...this.#read().values()];
  }

  addIndex(name: IndexName, valuesOf: ValuesOf<T>): void {
    this.#addIndex(name, {
      valuesOf: ({ object }) => this.#guard("index", NO_VALUES, () => requireTexts(valuesOf(object))),
      isPure: false,
    });
  }

  dropIndex(name: IndexName): void {
    this.#indexes?.delete(name);
  }

  #addIndex(name: IndexName, index: Index<T>): void {
    (this.#indexes ??= new Map()).set(name, { map: this.#indexed(this.#read(), index), index });
  }

  /** `object` as readers get it: transformed, and frozen. What a transform makes that is no object, or cannot be frozen, is as if it had thrown. */
  finished(object: KubeObject): KubeObject {
    const finished = this.#guard("transform", undefined, () => freezeDeep(requireObject(this.#transform(object), object)));
    return finished ?? this.#guard("freeze", object, () => freezeDeep(object));
  }

  /** Nothing has changed up to `version`. */
  advance(version: string): void {
    this.#version = version;
  }

  /** Takes `record` in, at `version`; `undefined` when what is cached is as new. */
  upsert(record: ObjectRecord<T>, version: string): Change<T> | undefined {
    this.#version = version;
    const before = this.#records.get(record.key);
    if (before !== undefined && !isNewer(record, before)) {
      record.release?.();
      return undefined;
    }
    const after = this.#settled(record);
    before?.release?.();
    this.#set(before, after);
    return { key: record.key, before, after, last: undefined };
  }

  /** Takes out what `record` tells the end of, at `version`; `undefined` when nothing of it is cached. */
  remove(record: ObjectRecord<T>, version: string): Change<T> | undefined {
    this.#version = version;
    const before = this.#records.get(record.key);
    record.release?.();
    if (before === undefined || compareResourceVersions(record.resourceVersion, before.resourceVersion) === -1) return undefined;
    before.release?.();
    this.#unset(before);
    return { key: record.key, before, after: undefined, last: before.uid === record.uid ? this.#settled(record) : undefined };
  }

  /** Puts what was staged into the empty store, in one step. */
  load(staging: Staging<T>, version: string): void {
    const records = staging.take(this.#records);
    for (const [key, staged] of records) {
      const record = this.#settled(staged);
      if (record !== staged) records.set(key, record);
    }
    this.#records = records;
    this.#version = version;
    for (const index of this.#indexes?.values() ?? []) index.map = this.#indexed(records, index.index);
  }

  /**
   * Puts what was staged in place of everything, in one step. Objects that are as they were stay the same objects; one that reads otherwise although its version is the same, as
   * after a change of the schema, is taken in and is no difference.
   *
   * @param options.isEpochBreak the server has lost history: what is staged counts, whatever its version, and one version may stand for two states of an object.
   * @param options.isReread it is known why objects of the same version read otherwise: that is no difference then either.
   * @returns the differences, deletions first.
   */
  replace(
    staging: Staging<T>,
    { version, isEpochBreak, isReread }: { readonly version: string; readonly isEpochBreak: boolean; readonly isReread: boolean },
  ): readonly Change<T>[] {
    const old = this.#records;
    const records = staging.take(old);
    const changes = missingFrom(records, old);
    const rereads: Change<T>[] = [];
    for (const { before } of changes) before?.release?.();
    for (const [key, staged] of records) {
      const before = old.get(key);
      if (
        before === undefined ||
        (isEpochBreak ? before.uid !== staged.uid || before.resourceVersion !== staged.resourceVersion : isNewer(staged, before))
      ) {
        const after = this.#settled(staged);
        before?.release?.();
        records.set(key, after);
        changes.push({ key, before, after, last: undefined });
      } else {
        const after = this.#reread(before, staged);
        records.set(key, after);
        if (after !== before) (isEpochBreak && !isReread ? changes : rereads).push({ key, before, after, last: undefined });
      }
    }
    this.#records = records;
    this.#version = version;
    this.#reindex([...changes, ...rereads]);
    return changes;
  }

  /** `before`, or what was staged where that reads otherwise. */
  #reread(before: ObjectRecord<T>, staged: ObjectRecord<T>): ObjectRecord<T> {
    if (staged === before) return before;
    const after = this.#settled(staged);
    const isSameVersion = after.uid === before.uid && after.resourceVersion === before.resourceVersion;
    const [kept, dropped] = isSameVersion && !hasSameBody(before, after) ? [after, before] : [before, after];
    dropped.release?.();
    return kept;
  }

  /** Drops everything; reads throw from now on. */
  close(): void {
    this.#isClosed = true;
    this.#records = new Map();
    this.#indexes = undefined;
  }

  #read(): Map<string, ObjectRecord<T>> {
    if (this.#isClosed) throw new PolykindError("CACHE_RESET", `cannot read ${this.#name}: its informer was stopped; acquire it again`);
    return this.#records;
  }

  #index(name: IndexName): IndexMap<T> {
    this.#read();
    // What nobody asks for takes neither time nor room.
    if (name === BY_NAMESPACE && this.#indexes?.has(name) !== true) this.#addIndex(name, { valuesOf: namespaceOf, isPure: true });
    if (name === BY_OWNER && this.#indexes?.has(name) !== true) this.#addIndex(name, { valuesOf: controllingOwnerOf, isPure: true });
    const index = this.#indexes?.get(name);
    if (index === undefined) throw new TypeError(`cannot read index ${textOf(name)} of ${this.#name}: there is none of this name`);
    return index.map;
  }

  /** `record` as it is kept. */
  #settled(record: ObjectRecord<T>): ObjectRecord<T> {
    // Its object is transformed and frozen when it is parsed.
    if (record instanceof BodyRecord) return record;
    const object = this.finished(record.object) as T; // A transform keeps the kind of the object.
    return object === record.object ? record : { ...record, object };
  }

  /** What `read` returns, or `otherwise` if it throws: what others wrote must not end the informer. */
  #guard<R>(verb: "transform" | "freeze" | "index", otherwise: R, read: () => R): R {
    try {
      return read();
    } catch (cause) {
      this.#log.error(`cannot ${verb} an object of ${this.#name}`, { informer: this.#name, cause });
      return otherwise;
    }
  }

  #set(before: ObjectRecord<T> | undefined, after: ObjectRecord<T>): void {
    this.#records.set(after.key, after);
    for (const { map } of this.#indexes?.values() ?? []) {
      if (before !== undefined) map.remove(before);
      map.add(after);
    }
  }

  #unset(record: ObjectRecord<T>): void {
    this.#records.delete(record.key);
    for (const { map } of this.#indexes?.values() ?? []) map.remove(record);
  }

  #reindex(changes: readonly Change<T>[]): void {
    for (const { map } of this.#indexes?.values() ?? [])
      for (const { before, after } of changes) {
        if (before !== undefined) map.remove(before);
        if (after !== undefined) map.add(after);
      }
  }

  #indexed(records: ReadonlyMap<string, ObjectRecord<T>>, { valuesOf, isPure }: Index<T>): IndexMap<T> {
    const map = new IndexMap(valuesOf, { isPure });
    for (const record of records.values()) map.add(record);
    return map;
  }
}

function textOf(name: IndexName): string {
  return typeof name === "string" ? name : (name.description ?? "");
}

function hasSameBody(a: ObjectRecord, b: ObjectRecord): boolean {
  if (a instanceof BodyRecord && b instanceof BodyRecord) return a.isSameText(b);
  try {
    // Of few kinds the objects are kept otherwise than as bytes: for the others it is not loaded.
    return process.getBuiltinModule("node:util").isDeepStrictEqual(a.object, b.object);
  } catch {
    return false; // it calls itself for each level, of which there may be thousands
  }
}

/** @throws TypeError for what a transform of `of` must not return. */
function requireObject(made: KubeObject | null | undefined, of: KubeObject): KubeObject {
  const { uid, resourceVersion } = of.metadata;
  if (made?.metadata?.uid === uid && made.metadata.resourceVersion === resourceVersion) return made;
  throw new TypeError("the transform has not returned the object, or without its uid and resourceVersion");
}

/** @throws TypeError for what the function of an index must not return. */
function requireTexts(values: unknown): readonly string[] {
  if (Array.isArray(values) && values.every((value) => typeof value === "string")) return values;
  throw new TypeError("the function of the index has not returned an array of strings; [] stands for none");
}

/** Whether `record` tells more than what is cached. Versions that cannot be compared are news when they differ. */
function isNewer(record: ObjectRecord, cached: ObjectRecord): boolean {
  const order = compareResourceVersions(record.resourceVersion, cached.resourceVersion);
  return order === undefined || order > 0;
}

/** The end of every object of `old` that is not in `records`; that itself was not seen. */
function missingFrom<T extends KubeObject>(
  records: ReadonlyMap<string, ObjectRecord<T>>,
  old: ReadonlyMap<string, ObjectRecord<T>>,
): Change<T>[] {
  const changes: Change<T>[] = [];
  for (const [key, before] of old) if (!records.has(key)) changes.push({ key, before, after: undefined, last: undefined });
  return changes;
}

function namespaceOf({ key }: ObjectRecord): readonly string[] {
  const { namespace } = nameOfKey(key);
  return namespace === undefined ? NO_VALUES : [namespace];
}

function controllingOwnerOf(record: ObjectRecord): readonly string[] {
  return record.owners ?? controllersOf(record.object.metadata.ownerReferences);
}
