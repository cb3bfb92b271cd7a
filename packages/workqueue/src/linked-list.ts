/** One place in a {@link LinkedList}. */
export interface LinkedNode<T> {
  readonly value: T;
  before: LinkedNode<T> | undefined;
  after: LinkedNode<T> | undefined;
  /** The list that holds it now: taking a node out of another list, or twice, is without effect. */
  list: LinkedList<T> | undefined;
}

/**
 * First in, first out, with O(1) removal from the middle.
 *
 * A `Map` in insertion order would not do: its iterator walks over the holes that deletes at the front leave behind.
 */
export class LinkedList<T> {
  #first: LinkedNode<T> | undefined;
  #last: LinkedNode<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): LinkedNode<T> | undefined {
    return this.#first;
  }

  /** Appends `value`; the node is what {@link remove} takes. */
  push(value: T): LinkedNode<T> {
    const node: LinkedNode<T> = { value, before: this.#last, after: undefined, list: this };
    if (this.#last === undefined) this.#first = node;
    else this.#last.after = node;
    this.#last = node;
    this.#size += 1;
    return node;
  }

  /** Takes `node` out; without effect when this list does not hold it. */
  remove(node: LinkedNode<T>): void {
    if (node.list !== this) return;
    if (node.before === undefined) this.#first = node.after;
    else node.before.after = node.after;
    if (node.after === undefined) this.#last = node.before;
    else node.after.before = node.before;
    node.list = node.before = node.after = undefined;
    this.#size -= 1;
  }

  /** Takes the first value out. */
  shift(): T | undefined {
    const node = this.#first;
    if (node !== undefined) this.remove(node);
    return node?.value;
  }
}
