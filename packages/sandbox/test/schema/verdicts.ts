import assert from "node:assert/strict";
import { structuralErrors } from "../../src/schema/index.ts";
import { type CompiledSchema, compileSchema, defaultCrd, type FieldError, readCrd, validateCrd } from "../../src/schema/index.ts";
import { isJsonObject, type JsonObject } from "../../src/patch/index.ts";
import type { CrdCase } from "./crd-cases.ts";
import type { ObjectCase } from "./object-cases.ts";
import { objectForCase, type Cause, type Outcome } from "./recording.ts";

/** Causes in an order that does not depend on that of fields, which is random in the server. */
export function sortedCauses(causes: readonly Cause[]): readonly string[] {
  return causes.map(({ reason, field, message }) => `${field}: ${reason}: ${message}`).sort();
}

function readAndDefault(crd: JsonObject): JsonObject {
  const read = readCrd(crd);
  assert.ok(!("problem" in read), "the CRD cannot be read");
  defaultCrd(read.crd);
  return read.crd;
}

/** What our rules make of a CRD. */
export function verdictOnCrd({ crd, before }: CrdCase): readonly FieldError[] {
  const now = readAndDefault(crd);
  if (before === undefined) return validateCrd(now);
  const status = { storedVersions: ["v1"], conditions: [{ type: "Established", status: "True" }] };
  assert.deepEqual(structuralErrors(before), []);
  return validateCrd({ ...now, status }, { ...readAndDefault(before), status });
}

/** What our rules make of an object: it as it is kept, and what is wrong with it. */
export function verdictOnObject(
  { spec, object, old, before }: ObjectCase,
  index: number,
): Pick<Outcome, "causes" | "code" | "message" | "spec" | "unknown"> {
  const schema = compileSchema({ type: "object", properties: { spec } }, { preserveUnknownFields: false });
  const made = structuredClone(objectForCase(index, object));
  const problem = schema.unreadable(made);
  if (problem !== undefined) return { code: 400, message: problem };
  const unknown = schema.prune(made);
  schema.setDefaults(made);
  const errors = schema.validate(made, before === undefined ? undefined : storedBefore(schema, objectForCase(index, old)));
  const strict = unknown.length === 0 ? {} : { unknown: unknown.map((field) => `unknown field "${field}"`).join(", ") };
  return errors.length > 0
    ? { code: 422, causes: errors, ...strict }
    : { code: before === undefined ? 201 : 200, spec: made["spec"], ...strict };
}

/** What was kept is read under the schema of today. */
function storedBefore(schema: CompiledSchema, old: JsonObject): JsonObject {
  schema.prune(old);
  schema.setDefaults(old);
  return old;
}

/** Holds a verdict against what the server said. */
export function compareOutcome(ours: Pick<Outcome, "causes" | "code" | "message" | "spec" | "unknown">, theirs: Outcome): void {
  assert.deepEqual(sortedCauses(ours.causes ?? []), sortedCauses(theirs.causes ?? []), theirs.why);
  assert.equal(ours.code, theirs.code, theirs.why);
  if (isJsonObject(theirs.spec)) assert.deepEqual(ours.spec, theirs.spec, theirs.why);
  if (theirs.unknown !== undefined)
    assert.ok(theirs.unknown.endsWith(ours.unknown ?? "none"), `${theirs.why}: ${theirs.unknown} is not ${ours.unknown}`);
}
