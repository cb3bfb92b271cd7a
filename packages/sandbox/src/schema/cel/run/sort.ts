import { compareValues, isComparable } from "../values/equality.ts";
import { typeNameOf } from "../values/kinds.ts";
import { CelError, type CelList, itemsOf, makeList, type Value } from "../values/value.ts";

/** The list in the order of its items' keys. Throws {@link CelError} where keys have no order or are of several types. */
export function sortBy(list: CelList, keyOf: (item: Value) => Value): CelList {
  const keyed = itemsOf(list).map((item) => ({ item, key: keyOf(item) }));
  const [first] = keyed;
  if (first === undefined) return list;
  if (!isComparable(first.key)) throw new CelError("list elements must be comparable");
  const type = typeNameOf(first.key);
  if (keyed.some(({ key }) => typeNameOf(key) !== type)) throw new CelError("list elements must have the same type");
  return makeList(keyed.sort((a, b) => compareValues(a.key, b.key)).map(({ item }) => item));
}
