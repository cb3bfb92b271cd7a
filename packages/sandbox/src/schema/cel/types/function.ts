import { partsOf, type Type } from "../lang/types.ts";
import type { Value } from "../values/value.ts";

/** One signature of a function, and what it does. Functions throw `CelError`. */
export interface Overload {
  /** Whether it is called as `target.name(…)`; the target is then the first argument. */
  readonly isMember: boolean;
  readonly args: readonly Type[];
  readonly result: Type;
  readonly run: (...args: readonly Value[]) => Value;
}

/** A function with all its signatures. */
export interface CelFunction {
  readonly name: string;
  readonly overloads: readonly Overload[];
}

/** What runs a function. Its parameters are those of its signature, which the values are held against before. */
// The types of the parameters follow from the signature, which TypeScript cannot see.
export type Run = (...args: never[]) => Value;

/** A signature that is called as `name(…)`. */
export function global(args: readonly Type[], result: Type, run: Run): Overload {
  return { isMember: false, args, result, run: run as Overload["run"] }; // Values are held against `args` before the call.
}

/** A signature that is called as `target.name(…)`. */
export function member(args: readonly Type[], result: Type, run: Run): Overload {
  return { isMember: true, args, result, run: run as Overload["run"] }; // As above.
}

/** A function by its signatures. */
export function fn(name: string, ...overloads: readonly Overload[]): CelFunction {
  return { name, overloads };
}

/** The type parameters in a signature. */
export function parametersOf({ args, result }: Overload): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (type: Type): void => {
    if (type.kind === "param") names.add(type.name);
    else for (const part of partsOf(type)) visit(part);
  };
  for (const type of [...args, result]) visit(type);
  return names;
}
