import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ControllerFacts } from "@polykind/controller";
import { PolykindError, type PolykindErrorCode } from "@polykind/core";
import type { InformerState } from "@polykind/informer";
import { judge, type RunFacts } from "../../src/kind/report.ts";
import { crd as anyCrd, version } from "../support/crds.ts";
import { type KindState, type Run, type Target, unknownKind, type Verdict } from "../../src/kind/state.ts";

const served = version("v1");
const crd = anyCrd({ versions: [served] });
const target: Target = { plugin: "p", digest: "d", version: "v1", uid: "u1" };
const bound: Verdict = { type: "bound", bindings: [target] };
const running: Run = { phase: "running", target, epoch: 1, isDraining: false, isRetiring: false, shape: undefined, isOutgrown: false };
const facts = { objects: 3, finalizersHeld: 2 } as ControllerFacts; // What a judgement reads of them.
const watching: InformerState = { phase: "watching", since: 0 };

function waiting(code: PolykindErrorCode, failures: number, message = "cannot list"): InformerState {
  return { phase: "waiting", since: 0, retryAt: 0, error: new PolykindError(code, message), failures };
}

function judged(overrides: Partial<KindState>, informer: InformerState = watching, runs: readonly Run[] = [running]): string {
  const state: KindState = {
    ...unknownKind,
    crd,
    verdict: bound,
    runs: new Map(runs.map((run) => [run.target.plugin, run])),
    ...overrides,
  };
  const {
    state: phase,
    reason,
    message,
  } = judge(state, (run): RunFacts | undefined => (run.phase === "running" ? { facts, informer, holders: new Map() } : undefined));
  return [phase, reason, message].filter((part) => part !== undefined).join(" | ");
}

describe("judge", () => {
  for (const { why, is, says } of [
    { why: "a kind whose plugins all run", is: judged({}), says: /^Running$/ },
    { why: "one that no CRD serves", is: judged({ crd: undefined }, watching, []), says: /^Absent \| NoCrd/ },
    { why: "one that nobody manages", is: judged({ verdict: { type: "none" } }, watching, []), says: /^Dormant \| NoPlugin/ },
    {
      why: "one that is not established yet",
      is: judged({ crd: { ...crd, isEstablished: false } }, watching, []),
      says: /^Pending \| Installing/,
    },
    {
      why: "one whose names are taken, with the server's words",
      is: judged(
        { crd: { ...crd, isEstablished: false, namesAccepted: { status: "False", reason: "KindConflict", message: '"Ball" is in use' } } },
        watching,
        [],
      ),
      says: /^Pending \| NamesConflict \| "Ball" is in use$/,
    },
    {
      why: "one whose names are taken once it is established: it runs on by those it had",
      is: judged({ crd: { ...crd, namesAccepted: { status: "False", reason: "ShortNamesConflict", message: '"bx" is in use' } } }),
      says: /^Running \| the server does not accept the names .*: "bx" is in use$/,
    },
    {
      why: "what is wrong besides with names, after what is wrong with a plugin",
      is: judged({
        crd: { ...crd, namesAccepted: { status: "False", reason: "ShortNamesConflict", message: "" } },
        verdict: { ...bound, incompatible: "another wants v7" },
      }),
      says: /^Running \| another wants v7$/,
    },
    {
      why: "one of which no version is served",
      is: judged({ crd: { ...crd, isEstablished: false, versions: [{ ...served, isServed: false }] } }, watching, []),
      says: /^Pending \| NoServedVersion/,
    },
    {
      why: "one of which no version is served any more: it is the CRD's owner who must act, not the plugin's",
      is: judged(
        {
          crd: { ...crd, versions: [{ ...served, isServed: false }] },
          verdict: { type: "incompatible", message: "no version of it is served" },
        },
        watching,
        [],
      ),
      says: /^Pending \| NoServedVersion/,
    },
    {
      why: "one that starts",
      is: judged({}, watching, [{ phase: "starting", target, epoch: 1, attempt: 0, isRetiring: false, shape: undefined }]),
      says: /^Starting$/,
    },
    {
      why: "one that stops, before anything else",
      is: judged({ crd: undefined }, watching, [{ phase: "stopping", target, epoch: 1, reason: "CRDGone" }]),
      says: /^Stopping \| CRDGone$/,
    },
    {
      why: "one whose CRD is being deleted, and how many it waits for",
      is: judged({ crd: { ...crd, isTerminating: true } }),
      says: /^Draining \| Terminating \| .*3 objects left, 2 of them/,
    },
    {
      why: "one over which two plugins quarrel",
      is: judged({ verdict: { type: "conflict", message: "a, b" } }, watching, []),
      says: /^Parked \| PluginConflict \| a, b$/,
    },
    {
      why: "the same beside plugins that share it",
      is: judged({ verdict: { ...bound, conflict: "a, b" } }),
      says: /^Parked \| PluginConflict \| a, b$/,
    },
    {
      why: "one that its plugin cannot work with",
      is: judged({ verdict: { type: "incompatible", message: "no version" } }, watching, []),
      says: /^Parked \| Incompatible \| no version$/,
    },
    {
      why: "one that runs, while another plugin cannot work with it",
      is: judged({ verdict: { ...bound, incompatible: "b has no version" } }),
      says: /^Running \| b has no version$/,
    },
    {
      why: "one whose plugin fails in its setup",
      is: judged({}, watching, [
        { phase: "cooling", target, epoch: 1, attempt: 0, error: new PolykindError("PLUGIN_FAILED", "no bucket") },
      ]),
      says: /^Degraded \| PluginFailing \| p: no bucket$/,
    },
    {
      why: "one that may not be listed, at the first refusal: it does not heal by itself",
      is: judged({}, waiting("API_FORBIDDEN", 1)),
      says: /^Degraded \| Forbidden/,
    },
    { why: "one whose watch failed once: it heals by itself", is: judged({}, waiting("API_UNAVAILABLE", 1)), says: /^Running$/ },
    { why: "one whose watch goes on failing", is: judged({}, waiting("API_UNAVAILABLE", 3)), says: /^Degraded \| ListFailing/ },
    {
      why: "one whose conversion webhook is down",
      is: judged({}, waiting("API_UNAVAILABLE", 3, "conversion webhook for x failed")),
      says: /^Degraded \| ConversionFailed/,
    },
    {
      why: "one whose conversion webhook is down, on a server that cannot fill its watch cache and says so by a 429",
      is: judged({}, waiting("API_THROTTLED", 3, "storage is (re)initializing: failed to list: conversion webhook for x failed")),
      says: /^Degraded \| ConversionFailed/,
    },
    { why: "one that is throttled", is: judged({}, waiting("API_THROTTLED", 5)), says: /^Degraded \| Throttled/ },
    { why: "one whose server does not answer", is: judged({}, waiting("API_UNREACHABLE", 5)), says: /^Degraded \| Unreachable/ },
    { why: "one that the server does not know", is: judged({}, waiting("KIND_NOT_SERVED", 3)), says: /^Degraded \| NotServed/ },
    {
      why: "one that is held because it flaps",
      is: judged({ flaps: 4, waits: new Map([["hold", 1]]) }, watching, []),
      says: /^Settling \| Flapping \| 4 lives/,
    },
    { why: "one that this process does not lead", is: judged({ isLeading: false }, watching, []), says: /^Parked \| NotLeader/ },
    {
      why: "one that is being switched, while the old version serves",
      is: judged({}, watching, [
        { ...running, successor: { phase: "warming", target: { ...target, version: "v2" }, epoch: 2, attempt: 0 } },
      ]),
      says: /^Switching \| switches p from v1 to v2$/,
    },
    {
      why: "one that is being switched, while the old version stops",
      is: judged({}, watching, [
        { phase: "stopping", target, epoch: 1, reason: "Switched", successor: { target: { ...target, version: "v2" }, epoch: 2 } },
      ]),
      says: /^Switching \| switches p from v1 to v2$/,
    },
    {
      why: "one whose old version cannot be watched any more before one whose switch failed",
      is: judged({}, waiting("KIND_NOT_SERVED", 3), [
        {
          ...running,
          successor: {
            phase: "cooling",
            target: { ...target, version: "v2" },
            epoch: 2,
            attempt: 0,
            error: new PolykindError("API_FORBIDDEN", "cannot list"),
          },
        },
      ]),
      says: /^Degraded \| NotServed/,
    },
    {
      why: "one whose plugin failed too often",
      is: judged({}, watching, [
        { phase: "cooling", target, epoch: 9, attempt: 4, error: new PolykindError("PLUGIN_FAILED", "no bucket") },
      ]),
      says: /^Parked \| Quarantined \| p: no bucket; it has failed 5 times$/,
    },
    {
      why: "one whose server failed as often: that is no fault of the plugin",
      is: judged({}, watching, [
        { phase: "cooling", target, epoch: 9, attempt: 4, error: new PolykindError("API_UNAVAILABLE", "cannot list") },
      ]),
      says: /^Degraded \| ListFailing/,
    },
    {
      why: "one that a person has switched off, before all else that is wrong with it",
      is: judged(
        { crd: { ...crd, annotations: { "polykind.dev/disabled": "true" } }, isLeading: false, verdict: { type: "conflict", message: "" } },
        watching,
        [],
      ),
      says: /^Parked \| Disabled \| it is switched off by the annotation polykind\.dev\/disabled: no controller runs, nothing is written/,
    },
    {
      why: "one that is switched off while it still stops",
      is: judged({ crd: { ...crd, annotations: { "polykind.dev/disabled": "true" } } }, watching, [
        { phase: "stopping", target, epoch: 1, reason: "Disabled" },
      ]),
      says: /^Stopping \| Disabled$/,
    },
    {
      why: "one that a word that is none was to switch off",
      is: judged({ crd: { ...crd, annotations: { "polykind.dev/disabled": "yes" } } }),
      says: /^Running \| the annotation polykind\.dev\/disabled .* is "yes", which is neither "true" nor "false": it switches nothing off$/,
    },
    {
      why: "one that this process leaves alone, with the selector",
      is: judged({ selector: { text: "own=yes", requirements: [{ key: "own", operator: "In", values: ["yes"] }] } }, watching, []),
      says: /^Pending \| NotSelected \| this process leaves .* own=yes selects it$/,
    },
    {
      why: "one that it leaves alone because its labels may not be read",
      is: judged(
        { crd: { ...crd, isAssumed: true }, selector: { text: "own", requirements: [{ key: "own", operator: "Exists", values: [] }] } },
        watching,
        [],
      ),
      says: /^Pending \| NotSelected \| .* its labels may not be read, so that nobody knows whether own selects it$/,
    },
    {
      why: "one that is deleted and waits because it is switched off",
      is: judged({ crd: { ...crd, isTerminating: true, annotations: { "polykind.dev/disabled": "true" } } }, watching, []),
      says: /^Draining \| Terminating \| .* is being deleted; it is switched off by the annotation/,
    },
    {
      why: "one whose deletion takes too long",
      is: judged({ crd: { ...crd, isTerminating: true }, isBlocked: true }),
      says: /^Draining \| TerminationBlocked/,
    },
    {
      why: "one that runs on although Established was taken back",
      is: judged({ crd: { ...crd, isEstablished: false } }),
      says: /^Running$/,
    },
  ]) {
    test(`tells ${why}`, () => assert.match(is, says));
  }
});
