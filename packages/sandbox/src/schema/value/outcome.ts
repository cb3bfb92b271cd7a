import { type FieldError, invalid } from "../field-error.ts";

/** One thing that is wrong. Equal texts at one place are told once. */
export interface Violation {
  readonly text: string;
  /** The path of the value; `undefined` when the server names none. May begin with a dot. */
  readonly at: string | undefined;
  readonly error: (field: string) => FieldError;
}

/**
 * What a check found. `matches` counts the checks that were passed; among the branches of an `anyOf` or `oneOf` that
 * all fail, the server tells the errors of the one that passed most.
 */
export interface Outcome {
  readonly violations: Violation[];
  matches: number;
}

/** An outcome to be filled. */
export function newOutcome(): Outcome {
  return { violations: [], matches: 0 };
}

/** Adds a violation, unless the same text is there. */
export function addViolation(outcome: Outcome, violation: Violation): void {
  if (!outcome.violations.some(({ text }) => text === violation.text)) outcome.violations.push(violation);
}

/** Adds what `from` found to `outcome`. */
export function mergeOutcome(outcome: Outcome, from: Outcome): void {
  for (const each of from.violations) addViolation(outcome, each);
  outcome.matches += from.matches;
}

/** A violation for which the server names no field. */
export function unplaced(text: string): Violation {
  return { text, at: undefined, error: (field) => invalid(field, "", text) };
}
