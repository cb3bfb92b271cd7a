import { addViolation, mergeOutcome, newOutcome, type Outcome, unplaced } from "./outcome.ts";

/** Checks a value against a schema; the path is that of the value. */
export type ValueCheck = (value: unknown, path: string, out: Outcome) => void;

/** The combined schemas of a node. */
export interface Combinations {
  readonly anyOf: readonly ValueCheck[];
  readonly oneOf: readonly ValueCheck[];
  readonly allOf: readonly ValueCheck[];
  readonly not: ValueCheck | undefined;
}

/** Checks `anyOf`, `oneOf`, `allOf` and `not`. */
export function checkCombinations({ anyOf, oneOf, allOf, not }: Combinations, value: unknown, path: string, out: Outcome): void {
  if (anyOf.length > 0) checkAnyOf(anyOf, value, path, out);
  if (oneOf.length > 0) checkOneOf(oneOf, value, path, out);
  if (allOf.length > 0) checkAllOf(allOf, value, path, out);
  if (not !== undefined && isValid(run(not, value, path))) addViolation(out, unplaced(`"${path}" must not validate the schema (not)`));
  out.matches++;
}

function run(check: ValueCheck, value: unknown, path: string): Outcome {
  const outcome = newOutcome();
  check(value, path, outcome);
  return outcome;
}

function isValid({ violations }: Outcome): boolean {
  return violations.length === 0;
}

function checkAnyOf(checks: readonly ValueCheck[], value: unknown, path: string, out: Outcome): void {
  let best: Outcome | undefined;
  for (const check of checks) {
    const outcome = run(check, value, path);
    if (isValid(outcome)) {
      mergeOutcome(out, outcome);
      return;
    }
    if (best === undefined || outcome.matches > best.matches) best = outcome;
  }
  addViolation(out, unplaced(`"${path}" must validate at least one schema (anyOf)`));
  if (best !== undefined) mergeOutcome(out, best);
}

function checkOneOf(checks: readonly ValueCheck[], value: unknown, path: string, out: Outcome): void {
  const outcomes = checks.map((check) => run(check, value, path));
  const valid = outcomes.filter(isValid);
  const [first] = valid;
  if (valid.length === 1 && first !== undefined) {
    mergeOutcome(out, first);
    return;
  }
  const found = valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`;
  addViolation(out, unplaced(`"${path}" must validate one and only one schema (oneOf). ${found}`));
  // The first success forgets the failures before it; those after it are not kept.
  const best = valid.length > 0 ? undefined : outcomes.reduce((a, b) => (b.matches > a.matches ? b : a));
  if (best !== undefined) mergeOutcome(out, best);
}

function checkAllOf(checks: readonly ValueCheck[], value: unknown, path: string, out: Outcome): void {
  const outcomes = checks.map((check) => run(check, value, path));
  for (const outcome of outcomes) mergeOutcome(out, outcome);
  const valid = outcomes.filter(isValid).length;
  if (valid === checks.length) return;
  addViolation(out, unplaced(`"${path}" must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`));
}
