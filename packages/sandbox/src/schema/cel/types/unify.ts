import { DYN, ERROR, isSameType, listOf, mapOf, optionalOf, partsOf, type Type } from "../lang/types.ts";

/** What type parameters stand for. Never changed: each step makes a new one. */
export type Substitution = ReadonlyMap<string, Type>;

/** Whether a type is found out only when the expression runs. */
export function isDyn(type: Type): boolean {
  return type.kind === "dyn";
}

function isDynOrError(type: Type): boolean {
  return type.kind === "dyn" || type.kind === "error";
}

/** A type with its parameters replaced by what they stand for; with `isFinal` those that stand for nothing become `dyn`. */
export function substitute(known: Substitution, type: Type, isFinal: boolean): Type {
  switch (type.kind) {
    case "param": {
      const found = known.get(type.name);
      return found === undefined ? (isFinal ? DYN : type) : substitute(known, found, isFinal);
    }
    case "list":
      return listOf(substitute(known, type.of, isFinal));
    case "optional":
      return optionalOf(substitute(known, type.of, isFinal));
    case "map":
      return mapOf(substitute(known, type.key, isFinal), substitute(known, type.value, isFinal));
    case "type":
      return type.of === undefined ? type : { kind: "type", of: substitute(known, type.of, isFinal) };
    default:
      return type;
  }
}

/** What is known if `from` may stand where `to` is asked; `undefined` if it may not. */
export function assign(known: Substitution, from: Type, to: Type): Substitution | undefined {
  const draft = new Map(known);
  return isAssignable(draft, from, to) ? draft : undefined;
}

/** As {@link assign} for lists of types of the same length. */
export function assignAll(known: Substitution, from: readonly Type[], to: readonly Type[]): Substitution | undefined {
  const draft = new Map(known);
  return areAssignable(draft, from, to) ? draft : undefined;
}

function areAssignable(draft: Map<string, Type>, from: readonly Type[], to: readonly Type[]): boolean {
  return from.length === to.length && from.every((type, index) => isAssignable(draft, type, to[index] ?? ERROR));
}

function isAssignable(draft: Map<string, Type>, from: Type, to: Type): boolean {
  if (to.kind === "param") {
    const fit = fitParameter(draft, from, to);
    if (fit !== "no") return fit === "yes";
  }
  if (from.kind === "param") return fitParameter(draft, to, from) === "yes";
  if (isDynOrError(from) || isDynOrError(to)) return true;
  if (from.kind === "null") return isNullable(to);
  if (to.kind === "null") return isNullable(from);
  if (from.kind === "type") return to.kind === "type";
  if (from.kind !== to.kind) return false;
  return from.kind === "object" ? isSameType(from, to) : areAssignable(draft, partsOf(from), partsOf(to));
}

function isNullable(type: Type): boolean {
  return ["null", "object", "optional", "duration", "timestamp"].includes(type.kind);
}

/** Whether `param` may stand for `type`: "taken" when it stands for another already, "no" when it cannot. */
function fitParameter(draft: Map<string, Type>, type: Type, param: Type & { readonly kind: "param" }): "no" | "taken" | "yes" {
  if (isSameType(type, param)) return "yes";
  const found = draft.get(param.name);
  if (found === undefined) {
    if (occursIn(draft, param, type)) return "no";
    draft.set(param.name, type);
    return "yes";
  }
  if (isSameType(type, found)) return "yes";
  if (!isAssignable(draft, type, found)) return "taken";
  const general = mostGeneral(type, found);
  if (!occursIn(draft, param, general)) draft.set(param.name, general);
  return "yes";
}

function occursIn(known: Substitution, param: Type, type: Type): boolean {
  if (isSameType(param, type)) return true;
  if (type.kind === "param") {
    const found = known.get(type.name);
    return found !== undefined && occursIn(known, param, found);
  }
  return partsOf(type).some((part) => occursIn(known, param, part));
}

/** The more general of two types of which one may stand for the other. */
export function mostGeneral(a: Type, b: Type): Type {
  return isLessSpecific(a, b) ? a : b;
}

function isLessSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === "param") return true;
  if (isDyn(b) || b.kind === "param" || a.kind !== b.kind) return false;
  if (a.kind === "type") return true;
  const [left, right] = [partsOf(a), partsOf(b)];
  if (left.length === 0) return isSameType(a, b);
  return left.length === right.length && left.every((part, index) => isLessSpecific(part, right[index] ?? ERROR));
}
