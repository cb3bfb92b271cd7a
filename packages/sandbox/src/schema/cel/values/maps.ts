import { Uint } from "./scalars.ts";
import { CelError, type CelMap, type Value } from "./value.ts";

/** A map of these entries. Later entries of a key win. */
export function makeMap(entries: Iterable<readonly [Value, Value]>): CelMap {
  const values = new Map<string, readonly [Value, Value]>();
  for (const [key, value] of entries) values.set(keyText(key) ?? unusable(key), [key, value]);
  return {
    shape: "map",
    size: values.size,
    find: (key) => values.get(keyText(key) ?? "")?.[1],
    keys: () => [...values.values()].map(([key]) => key),
  };
}

function unusable(key: Value): never {
  throw new CelError(`unsupported key type: ${typeof key}`);
}

/** Keys as text, so that numbers of different types meet; `undefined` for what can be no key. */
function keyText(key: Value): string | undefined {
  switch (typeof key) {
    case "string":
      return `s${key}`;
    case "boolean":
      return `b${key}`;
    case "bigint":
      return `n${key}`;
    case "number":
      return Number.isInteger(key) ? `n${BigInt(key)}` : undefined;
    default:
      return key instanceof Uint ? `n${key.value}` : undefined;
  }
}
