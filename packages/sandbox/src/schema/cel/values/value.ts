import type { Type } from "../lang/types.ts";
import type { Duration, Timestamp, Uint } from "./scalars.ts";

/** 2^63: ints are less than this, and not less than its negative. */
export const INT_END: bigint = 2n ** 63n;

/** A value of CEL: ints are `bigint`, doubles `number`. */
export type Value =
  | bigint
  | boolean
  | number
  | string
  | null
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | CelList
  | CelMap
  | TypeValue
  | OptionalValue
  | Opaque;

/** A list. */
export interface CelList {
  readonly shape: "list";
  readonly size: number;
  /** The item at an index within the size. Throws {@link CelError} where the data is not as its schema says. */
  at(index: number): Value;
  /** Items that have another rule of equality than item by item: sets, keyed lists. */
  readonly isEqual?: (other: CelList) => boolean;
  /** What `+` makes of sets and keyed lists. */
  readonly concat?: (other: CelList) => CelList;
}

/** A map, or an object with fields. */
export interface CelMap {
  readonly shape: "map";
  readonly size: number;
  /** The value at a key; `undefined` when there is none. */
  find(key: Value): Value | undefined;
  keys(): readonly Value[];
  /** The JSON below, for maps that come from an object. */
  readonly raw?: unknown;
  readonly isEqual?: (other: CelMap) => boolean;
}

/** A type as a value. */
export interface TypeValue {
  readonly shape: "type";
  readonly name: string;
}

/** A value that may be missing. */
export interface OptionalValue {
  readonly shape: "optional";
  readonly value: Value | undefined;
}

/** A value of a type of the libraries. */
export interface Opaque {
  readonly shape: "opaque";
  readonly type: Type & { readonly kind: "object" };
  /** What makes two of a type equal. */
  readonly equals: (other: Opaque) => boolean;
  /** What the functions of the library work on. */
  readonly content: unknown;
}

/** Evaluation failed; the message is the one that the server gives. */
export class CelError extends Error {}

/** A list of these items. */
export function makeList(items: readonly Value[]): CelList {
  return {
    shape: "list",
    size: items.length,
    at(index) {
      const item = items[index];
      if (item === undefined) throw new RangeError("an index beyond the end of a list was read");
      return item;
    },
  };
}

/** The items of a list. */
export function itemsOf(list: CelList): readonly Value[] {
  return Array.from({ length: list.size }, (_, index) => list.at(index));
}

/** An optional value; `undefined` for none. */
export function makeOptional(value: Value | undefined): OptionalValue {
  return { shape: "optional", value };
}
