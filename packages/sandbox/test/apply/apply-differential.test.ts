import assert from "node:assert/strict";
import { describe } from "node:test";
import { ApplyError, applyConfiguration, trackManagers } from "../../src/apply/index.ts";
import { builtinSchema } from "../../src/openapi/index.ts";
import { isJsonObject, type JsonObject, memberOf } from "../../src/patch/index.ts";
import { testAgainstReal } from "./differential.ts";
import { APPLIES, type RecordedStep } from "./recording.ts";
import { WIDGET_SCHEMA } from "./scenarios.ts";

const AT = "2100-01-01T00:00:00Z";

/** What the server sets by itself, and what defaulting adds, which is not the work of an apply. */
const SET_BY_SERVER: ReadonlySet<string> = new Set([
  "creationTimestamp",
  "generation",
  "managedFields",
  "namespace",
  "resourceVersion",
  "selfLink",
  "uid",
]);

function contextOf({ step, answer, before }: RecordedStep): Omit<Parameters<typeof trackManagers>[0], "after"> {
  const { apiVersion, kind } = (before ?? (memberOf(answer, "kind") === "Status" ? step.body : answer)) as {
    readonly apiVersion: string;
    readonly kind: string;
  }; // An object has both.
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const { manager, subresource } = step;
  const hasStatus = !["ConfigMap", "Lease", "Role"].includes(kind);
  return {
    manager,
    apiVersion,
    at: AT,
    schema: kind === "Widget" ? WIDGET_SCHEMA : builtinSchema(group, kind),
    ...(subresource !== undefined && { subresource }),
    ...(!hasStatus && { resetFields: [] }),
  };
}

/** The entries without their order and their times, which depend on the second in which something was written. */
function ownersIn(object: unknown): unknown {
  const entries = memberOf(memberOf(object, "metadata"), "managedFields");
  const owners = Array.isArray(entries) ? entries.map((entry: JsonObject) => ({ ...entry, time: typeof entry["time"] })) : [];
  return Object.fromEntries(
    owners.map((entry) => [["manager", "operation", "subresource"].map((key) => String(memberOf(entry, key))).join(" "), entry]),
  );
}

function withoutServerFields(object: unknown): unknown {
  if (!isJsonObject(object)) return object;
  const metadata = Object.entries(isJsonObject(object["metadata"]) ? object["metadata"] : {}).filter(([key]) => !SET_BY_SERVER.has(key));
  return { ...object, metadata: Object.fromEntries(metadata) };
}

/** What is in `part` and not in `whole`; `undefined` when it is all there. Lists must be equal in length. */
function missing(part: unknown, whole: unknown): unknown {
  if (Array.isArray(part)) {
    if (!Array.isArray(whole) || part.length !== whole.length) return part;
    return part.map((item, index) => missing(item, whole[index])).find((each) => each !== undefined);
  }
  if (!isJsonObject(part)) return Object.is(part, whole) ? undefined : part;
  for (const [key, value] of Object.entries(part)) {
    // The server fills in defaults.
    if (key === "protocol" && value === "TCP") continue;
    // Go writes neither nulls nor what is empty, where it may leave it out.
    if (value === null || (isJsonObject(value) && Object.keys(value).length === 0)) continue;
    const lacking = missing(value, memberOf(whole, key));
    if (lacking !== undefined) return { [key]: lacking };
  }
  return undefined;
}

/** Several errors come in the order of Go's maps, which is none. */
function linesOf(message: unknown): readonly string[] {
  return String(message).split("\n").toSorted();
}

function checkApply(recorded: RecordedStep): void {
  const { step, before, status, answer } = recorded;
  const options = {
    ...contextOf(recorded),
    applied: step.body,
    ...(before !== null && { live: before }),
    ...(step.force === true && { force: true }),
  };
  const where = `${recorded.scenario}: ${JSON.stringify(step).slice(0, 300)}`;
  // What was merged was not valid: another part of the server refuses it.
  if (status === 422) return assert.ok(applyConfiguration(options).object !== undefined, where);
  if (status >= 400 && status !== 409) {
    assert.throws(
      () => applyConfiguration(options),
      (thrown) => {
        assert.ok(thrown instanceof ApplyError, where);
        assert.deepEqual([thrown.httpStatus, ...linesOf(thrown.message)], [status, ...linesOf(memberOf(answer, "message"))], where);
        return true;
      },
    );
    return;
  }
  const outcome = applyConfiguration(options);
  if (status === 409) {
    assert.ok(outcome.conflicts !== undefined, where);
    const causes = memberOf(memberOf(answer, "details"), "causes") as readonly { readonly field: string; readonly message: string }[]; // So a conflict tells.
    const sorted = (all: readonly { readonly field: string; readonly message: string }[]): readonly string[] =>
      all.map(({ field, message }) => `${field} ${message}`).toSorted();
    assert.deepEqual(sorted(outcome.conflicts), sorted(causes), where);
    assert.equal(outcome.message, memberOf(answer, "message"), where);
    return;
  }
  assert.ok(outcome.object !== undefined, where);
  assert.deepEqual(ownersIn(outcome.object), ownersIn(answer), where);
  // The main endpoint drops a status, which is not the work of an apply.
  const { status: _, ...rest } = outcome.object;
  compareObjects(before === null ? rest : outcome.object, answer, where);
}

function compareObjects(actual: object, expected: object, where: string): void {
  const [ours, theirs] = [withoutServerFields(actual), withoutServerFields(expected)];
  assert.equal(missing(ours, theirs), undefined, `${where}: what the server does not have`);
  const isCustom = memberOf(expected, "kind") === "Widget";
  if (isCustom) assert.equal(missing(theirs, ours), undefined, `${where}: what only the server has`);
}

function checkWrite(recorded: RecordedStep): void {
  const { step, before, status, answer } = recorded;
  const where = `${recorded.scenario}: ${JSON.stringify(step).slice(0, 300)}`;
  assert.ok(status < 300, `${where}: ${JSON.stringify(answer)}`);
  const asked = memberOf(memberOf(step.body, "metadata"), "managedFields");
  const { metadata } = answer as { readonly metadata: JsonObject }; // An object, since the write succeeded.
  const { managedFields: _, ...rest } = metadata;
  const after = { ...answer, metadata: { ...rest, ...(asked !== undefined && { managedFields: asked }) } };
  const tracked = trackManagers({ ...contextOf(recorded), after, ...(before !== null && { before }) });
  assert.deepEqual(ownersIn(tracked), ownersIn(answer), where);
}

describe("server-side apply", () => {
  testAgainstReal("objects, owners and conflicts are those of the API server", APPLIES, (recorded) =>
    recorded.step.verb === "apply" ? checkApply(recorded) : checkWrite(recorded),
  );
});
