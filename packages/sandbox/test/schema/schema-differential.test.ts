import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import type { Recording } from "../apply/differential.ts";
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

/** The real server's answers are asked for anew by record.ts alone: it needs longer than a test may. */
function testRecorded(why: string, { file }: Recording<Outcome>, check: (theirs: Outcome) => void): void {
  test(why, async () => {
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    for (const line of lines) check(JSON.parse(line) as Outcome); // Written by record.ts.
  });
}

describe("schemas, held to the real server", () => {
  testRecorded("CRDs are refused for the same causes", CRDS_RECORDED, checkCrd);
  testRecorded("objects are refused for the same causes, or kept the same", OBJECTS_RECORDED, checkObject);
  testRecorded("expressions that are wrong are refused for the same causes", WRONG_RECORDED, checkWrong);
  testRecorded("expressions come to the same result", EXPRESSIONS_RECORDED, (theirs) => checkRight(theirs, theirs.message ?? ""));
});
