import assert from "node:assert/strict";
import { describe } from "node:test";
import { testAgainstReal } from "../apply/differential.ts";
import { CRD_CASES } from "./crd-cases.ts";
import { EXPRESSIONS, SPEC, WRONG_EXPRESSIONS } from "./expressions.ts";
import { OBJECT_CASES } from "./object-cases.ts";
import {
  type Cause,
  CRDS_RECORDED,
  crdForSpec,
  EXPRESSIONS_RECORDED,
  OBJECTS_RECORDED,
  type Outcome,
  schemaWithRules,
  WRONG_RECORDED,
} from "./recording.ts";
import { compareOutcome, sortedCauses, verdictOnCrd, verdictOnObject } from "./verdicts.ts";

function caseOf<T extends { readonly why: string }>(cases: readonly T[], why: string): { readonly each: T; readonly index: number } {
  const index = cases.findIndex((each) => each.why === why);
  const each = cases[index];
  assert.ok(each !== undefined, `the recording is old: there is no case "${why}"`);
  return { each, index };
}

function checkCrd(theirs: Outcome): void {
  const errors = verdictOnCrd(caseOf(CRD_CASES, theirs.why).each);
  assert.deepEqual(sortedCauses(errors), sortedCauses(theirs.causes ?? []), theirs.why);
  assert.equal(errors.length > 0, theirs.code === 422, theirs.why);
}

function checkObject(theirs: Outcome): void {
  const { each, index } = caseOf(OBJECT_CASES, theirs.why);
  compareOutcome(verdictOnObject(each, index), theirs);
}

/** What rules may cost is not estimated here, which docs/sandbox-differences.md says. */
function isOfCost({ message = "" }: Cause): boolean {
  return message.includes("estimated rule cost");
}

function checkWrong(theirs: Outcome): void {
  const errors = verdictOnCrd({ why: "", crd: crdForSpec(9000, schemaWithRules(WRONG_EXPRESSIONS)) });
  const causes = (theirs.causes ?? []).filter((cause) => !isOfCost(cause));
  assert.deepEqual(sortedCauses(errors), sortedCauses(causes));
}

function checkRight(theirs: Outcome, costly: string): void {
  const indexes = new Set(costly.split(" ").map(Number));
  const spec = schemaWithRules(EXPRESSIONS.map((rule, index) => (indexes.has(index) ? "true" : rule)));
  compareOutcome(verdictOnObject({ why: "", spec, object: SPEC }, 9002), theirs);
}

describe("schemas, held to the real server", () => {
  testAgainstReal("CRDs are refused for the same causes", CRDS_RECORDED, checkCrd);
  testAgainstReal("objects are refused for the same causes, or kept the same", OBJECTS_RECORDED, checkObject);
  testAgainstReal("expressions that are wrong are refused for the same causes", WRONG_RECORDED, checkWrong);
  testAgainstReal("expressions come to the same result", EXPRESSIONS_RECORDED, (theirs) => checkRight(theirs, theirs.message ?? ""));
});
