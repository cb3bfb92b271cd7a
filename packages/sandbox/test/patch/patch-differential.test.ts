import assert from "node:assert/strict";
import { describe } from "node:test";
import { builtinSchema } from "../../src/openapi/index.ts";
import { applyJsonPatch, applyMergePatch, applyStrategicPatch, isJsonObject, type JsonObject, memberOf } from "../../src/patch/index.ts";
import { testAgainstReal } from "../apply/differential.ts";
import { APPLIES, type RecordedStep } from "../apply/recording.ts";

/** What the server sets besides the patch. */
const SET_BY_SERVER: readonly string[] = ["generation", "managedFields", "resourceVersion"];

/** What defaulting adds to new containers, ports and objects that are left out. */
const DEFAULTED: ReadonlySet<string> = new Set([
  "imagePullPolicy",
  "protocol",
  "rollingUpdate",
  "strategy",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "resources",
  "defaultMode",
]);

/** As it is stored: without nulls, without what is empty or defaulted, without what the server sets. */
function stored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stored);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value)
    .filter(([key]) => !DEFAULTED.has(key) && !SET_BY_SERVER.includes(key))
    .map(([key, member]) => [key, stored(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== null && !isEmpty(member)));
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

function patched({ step, before }: RecordedStep): unknown {
  switch (step.verb) {
    case "json":
      return applyJsonPatch(before, step.body);
    case "merge":
      return applyMergePatch(before, step.body);
    default: {
      const [group = ""] = String(memberOf(before, "apiVersion")).includes("/") ? String(memberOf(before, "apiVersion")).split("/") : [""];
      return applyStrategicPatch(before, step.body, builtinSchema(group, String(memberOf(before, "kind"))) ?? {});
    }
  }
}

/** What the endpoint changes of an object. */
function changed(object: unknown, { step }: RecordedStep): unknown {
  if (!isJsonObject(object)) return object;
  const { status, ...rest } = object as JsonObject & { readonly status?: unknown };
  return stored(step.subresource === "status" ? { status } : rest);
}

describe("patches", () => {
  testAgainstReal("leave the object that the API server leaves", APPLIES, (recorded) => {
    const { step, answer, scenario } = recorded;
    if (!["json", "merge", "strategic"].includes(step.verb)) return;
    assert.deepEqual(changed(patched(recorded), recorded), changed(answer, recorded), `${scenario}: ${JSON.stringify(step)}`);
  });
});
