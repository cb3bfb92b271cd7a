import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PolykindError } from "@polykind/core";
import type { InformerState } from "@polykind/informer";
import { settle } from "@polykind/testing";
import { Diagnoses } from "../../src/kind/diagnosis.ts";
import { evidenceOfFinding, remedyOfFinding, ruleOf, withFinding } from "../../src/kind/explain-diagnosis.ts";
import type { RunFacts } from "../../src/kind/report.ts";
import { type KindState, type Run, unknownKind } from "../../src/kind/state.ts";
import { type Finding, isAtEase, type Suspicion, suspicionOf } from "../../src/kind/suspicion.ts";
import { crd } from "../support/crds.ts";

const suspicion: Suspicion = { of: "rights", uid: "u1", group: "demo.example.com", version: "v1", plural: "sessions" };
const degraded = { state: "Degraded", reason: "Forbidden", message: "cannot list" } as const;
const target = { plugin: "p", digest: "d", version: "v1", uid: "u1" };
const running: Run = { phase: "running", target, epoch: 1, isDraining: false, isRetiring: false, shape: undefined, isOutgrown: false };
const cooling = (error: PolykindError): Run => ({ phase: "cooling", target, epoch: 1, attempt: 0, error });
const waiting = (error: PolykindError, failures: number): InformerState => ({ phase: "waiting", since: 0, retryAt: 0, error, failures });

function suspected(run: Run, informer: InformerState = { phase: "watching", since: 0 }): [Suspicion | undefined, boolean] {
  const state: KindState = { ...unknownKind, crd: crd({ uid: "u1" }), runs: new Map([["p", run]]) };
  const sight = {
    factsOf: (of: Run) => (of.phase === "running" ? ({ informer } as RunFacts) : undefined), // What is read of them.
    fillingOf: () => undefined,
  };
  return [suspicionOf(state, sight), isAtEase(state, sight)];
}

describe("suspicionOf", () => {
  const other = { path: "/apis/apps/v1/namespaces/web/deployments?watch=1" };
  for (const { why, run, informer, of } of [
    { why: "a refused start is about rights", run: cooling(new PolykindError("API_FORBIDDEN", "no")), of: "rights v1 sessions" },
    {
      why: "a refusal of another kind is about that one",
      run: cooling(new PolykindError("API_FORBIDDEN", "no", { facts: other })),
      of: "rights v1 deployments",
    },
    {
      why: "what is no list of the kind is about identity",
      run: cooling(new PolykindError("API_PROTOCOL", "no", { facts: { found: "PodList" } })),
      of: "identity v1 sessions",
    },
    { why: "what is no JSON is about nothing", run: cooling(new PolykindError("API_PROTOCOL", "no")), of: undefined },
    { why: "a plugin that fails is about nothing", run: cooling(new PolykindError("PLUGIN_FAILED", "no")), of: undefined },
    {
      why: "a refused watch is about rights",
      run: running,
      informer: waiting(new PolykindError("API_FORBIDDEN", "no"), 1),
      of: "rights v1 sessions",
    },
    {
      why: "one 404 is about nothing: a server may lag",
      run: running,
      informer: waiting(new PolykindError("KIND_NOT_SERVED", "no"), 1),
      of: undefined,
    },
    {
      why: "404 again and again is about identity",
      run: running,
      informer: waiting(new PolykindError("KIND_NOT_SERVED", "no"), 3),
      of: "identity v1 sessions",
    },
  ]) {
    test(why, () => {
      const [found, isEasy] = suspected(run, informer);
      assert.equal(found && `${found.of} ${found.version} ${found.plural}`, of);
      assert.equal(isEasy, false);
    });
  }

  test("a watch that goes on is at ease, and about nothing", () => assert.deepEqual(suspected(running), [undefined, true]));
});

describe("Diagnoses", () => {
  test("asks once, until it is ended, and for another refusal again", async () => {
    const asked: string[] = [];
    const told: unknown[] = [];
    const diagnoses: Diagnoses = new Diagnoses({
      diagnose: ({ of }) => (asked.push(of), Promise.resolve({ is: "allowed" })),
      onChange: () => told.push(diagnoses.current?.finding),
    });
    for (let times = 0; times < 3; times += 1) {
      diagnoses.suspect({ ...suspicion });
      await settle();
    }
    diagnoses.suspect({ ...suspicion, of: "identity" });
    await settle();
    assert.deepEqual(
      [asked, told],
      [
        ["rights", "identity"],
        [{ is: "allowed" }, { is: "allowed" }],
      ],
    );
    diagnoses.end();
    assert.equal(diagnoses.current, undefined);
    diagnoses.suspect(suspicion);
    await settle();
    assert.deepEqual(asked, ["rights", "identity", "rights"]);
  });

  test("drops an answer that comes after its end", async () => {
    const { promise, resolve } = Promise.withResolvers<Finding>();
    const diagnoses = new Diagnoses({ diagnose: () => promise, onChange: () => assert.fail("nobody asks any more") });
    diagnoses.suspect(suspicion);
    diagnoses.end();
    resolve({ is: "allowed" });
    await settle();
    assert.equal(diagnoses.current, undefined);
  });
});

describe("what a finding says", () => {
  const said = (finding: Finding): unknown[] => [
    withFinding(degraded, { suspicion, finding }).reason,
    evidenceOfFinding({ suspicion, finding })[0]?.status,
    remedyOfFinding({ suspicion, finding })?.what,
  ];
  for (const { why, finding, is } of [
    {
      why: "which rule to add",
      finding: { is: "forbidden", verbs: ["watch"] } as const,
      is: [
        "Forbidden",
        "False",
        'this rule in a ClusterRole that is bound to whom polykind is: - {apiGroups: ["demo.example.com"], resources: ["sessions"], verbs: ["watch"]}',
      ],
    },
    { why: "that all is allowed", finding: { is: "allowed" } as const, is: ["Forbidden", "True", undefined] },
    { why: "that nobody tells", finding: { is: "untold", why: "404" } as const, is: ["Forbidden", "Unknown", undefined] },
    {
      why: "what stands in the way",
      finding: { is: "shadowed", by: "X" } as const,
      is: ["Shadowed", "False", "an end to X, or of the CRD"],
    },
  ])
    test(`is ${why}`, () => assert.deepEqual(said(finding), is));

  test("names verb and resource in the message", () => {
    const { message } = withFinding(degraded, { suspicion, finding: { is: "forbidden", verbs: ["list", "watch"] } });
    assert.equal(message, "cannot list; missing: list and watch of sessions.demo.example.com in all namespaces");
  });

  test("changes nothing of a kind that is well", () => {
    const well = { state: "Running", message: "fine" } as const;
    assert.equal(withFinding(well, { suspicion, finding: { is: "shadowed", by: "X" } }), well);
  });

  test("is a rule that can be pasted, of the core group too", () =>
    assert.equal(ruleOf({ group: "", plural: "pods" }, ["list"]), '- {apiGroups: [""], resources: ["pods"], verbs: ["list"]}'));
});
