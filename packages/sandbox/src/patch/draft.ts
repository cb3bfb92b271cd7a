import { unfittingPatch } from "./patch-error.ts";

/** A container of a draft: what may be changed in place once it is owned. */
type Container = Record<string, unknown> | unknown[];

/** Where a pointer ends: a container that may be changed, and the key in it. */
export interface Place {
  readonly container: Container;
  readonly key: string;
}

/**
 * A value that is changed without touching what it was made from: a container is copied when it is first written to, and
 * only then. So a patch of many operations costs one copy of what it changes.
 */
export class Draft {
  #root: unknown;
  readonly #owned = new WeakSet<object>();

  constructor(root: unknown) {
    this.#root = root;
  }

  get root(): unknown {
    return this.#root;
  }

  set root(value: unknown) {
    this.#root = value;
  }

  /**
   * Follows a JSON pointer as the server does: what stands before the first slash is ignored, indexes may count from the end.
   *
   * @returns `undefined` when there is no container to look the last key up in.
   */
  find(pointer: string): Place | undefined {
    const keys = pointer
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = keys.pop();
    if (last === undefined || !isContainer(this.#root)) return undefined;
    this.#root = this.#own(this.#root);
    let container = this.#root as Container; // It has just been made one.
    for (const key of keys) {
      const next = lookUp({ container, key });
      if (next === undefined || !isContainer(next.value)) return undefined;
      const owned = this.#own(next.value);
      write({ container, key }, owned);
      container = owned;
    }
    return { container, key: last };
  }

  #own(container: Container): Container {
    if (this.#owned.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    this.#owned.add(copy);
    return copy;
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

/** The value at `place`; `undefined` when there is none. */
export function lookUp({ container, key }: Place): { readonly value: unknown } | undefined {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? { value: container[key] } : undefined;
  const index = indexOf(key, container.length);
  return index === undefined || index >= container.length ? undefined : { value: container[index] };
}

/** Replaces the value at `place`, or adds the member of an object. */
export function write({ container, key }: Place, value: unknown): void {
  if (Array.isArray(container)) {
    const index = indexOf(key, container.length);
    if (index !== undefined) container[index] = value;
  } else if (key === "__proto__") {
    Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    container[key] = value;
  }
}

/** Adds as RFC 6902 says: a member is set, an item is inserted, `-` appends. */
export function insert({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) return write({ container, key }, value);
  if (key === "-") {
    container.push(value);
    return;
  }
  // An index from the end counts from behind the last item, since one more item comes.
  const index = indexOf(key, container.length + 1);
  if (index === undefined || index > container.length) throw unfittingPatch(`Unable to access invalid index: ${key}`);
  container.splice(index, 0, value);
}

/** Takes out the value at `place`, which must be there. */
export function remove(place: Place): void {
  const { container, key } = place;
  if (lookUp(place) === undefined) throw unfittingPatch(`unable to remove nonexistent key: ${key}: missing value`);
  if (Array.isArray(container)) container.splice(indexOf(key, container.length) ?? 0, 1);
  else Reflect.deleteProperty(container, key);
}

function indexOf(key: string, length: number): number | undefined {
  if (!/^[-+]?\d+$/.test(key)) return undefined;
  const index = Number(key);
  const fromStart = index < 0 ? index + length : index;
  return fromStart < 0 ? undefined : fromStart;
}
