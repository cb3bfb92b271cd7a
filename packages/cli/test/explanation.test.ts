import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KindExplanation } from "@polykind/manager";
import { parse } from "yaml";
import { printExplanation } from "../src/output/explanation.ts";

const at = Date.UTC(2026, 0, 1, 1);
const explanation: KindExplanation = {
  name: "Session.demo.example.com",
  group: "demo.example.com",
  kind: "Session",
  crd: "sessions.demo.example.com",
  incarnation: "u2",
  incarnations: 14,
  epoch: 3,
  resourceScope: "Namespaced",
  version: "v1",
  state: "Degraded",
  reason: "PluginFailing",
  message: "ttl: no\nbucket",
  since: "2026-01-01T00:59:30.123Z",
  objects: 2,
  nextAttempt: "2026-01-01T01:00:12.000Z",
  runs: [{ plugin: "ttl", phase: "cooling", version: "v1", epoch: 3, reconciles: 5, errors: 1, queued: 0, note: "busy" }],
  evidence: [
    { of: "CRD", type: "Established", status: "True" },
    { of: "ttl", type: "Up", status: "False", message: "no \u001b[2Jbucket" },
  ],
  awaits: [
    { what: "a version of ttl that works", who: "the author of ttl" },
    { what: "the next attempt", who: "polykind", at: "2026-01-01T01:00:12.000Z" },
    { what: "an attempt whose time has come", who: "polykind", at: "2026-01-01T00:59:00.000Z" },
  ],
  lives: [
    {
      incarnation: "u0",
      resourceScope: "Cluster",
      since: "2026-01-01T00:00:00.000Z",
      until: "2026-01-01T00:10:00.000Z",
      end: "Replaced",
      releases: [],
      releasesBefore: 0,
    },
    {
      incarnation: "u1",
      resourceScope: "Namespaced",
      since: "2026-01-01T00:10:00.000Z",
      until: "2026-01-01T00:50:00.000Z",
      end: "CRDGone",
      releases: [
        { plugin: "ttl", version: "v1", epoch: 1, reason: "Unbound", at: "2026-01-01T00:20:00.000Z", tookMs: 3, reconciles: 0, leaked: 0 },
        {
          plugin: "ttl",
          version: "v1",
          epoch: 2,
          reason: "CRDGone",
          at: "2026-01-01T00:50:00.000Z",
          tookMs: 40,
          objects: 1,
          reconciles: 9,
          leaked: 2,
        },
      ],
      releasesBefore: 4,
    },
    { incarnation: "u2", resourceScope: "Namespaced", since: "2026-01-01T00:59:00.000Z", releases: [], releasesBefore: 0 },
  ],
  livesBefore: 11,
};
const text = printExplanation(explanation, "text", at);
const { runs: _, ...withoutRuns } = explanation;

describe("printExplanation", () => {
  test("says what is, since when, why, what is awaited of whom and until when, and what was before", () => {
    assert.deepEqual(text.split("\n"), [
      "Kind      Session.demo.example.com",
      "CRD       sessions.demo.example.com",
      "State     Degraded(PluginFailing), for 29s (since 2026-01-01T00:59:30Z)",
      "          ttl: no bucket",
      "Life      u2, number 14, Namespaced",
      "Version   v1",
      "Objects   2",
      "Next      in 12s (2026-01-01T01:00:12Z)",
      "",
      "Why",
      "  OF    FACT          IS      MESSAGE",
      "  CRD   Established   True",
      "  ttl   Up            False   no  [2Jbucket",
      "",
      "Awaited",
      "  WHEN     WHAT                             BY WHOM",
      "  -        a version of ttl that works      the author of ttl",
      "  in 12s   the next attempt                 polykind",
      "  now      an attempt whose time has come   polykind",
      "",
      "Plugins",
      "  PLUGIN   PHASE     VERSION   EPOCH   RECONCILES   ERRORS   QUEUED   NOTE",
      "  ttl      cooling   v1        3       5            1        0        busy",
      "",
      "Lives (oldest first)",
      "  11 before",
      "  u0, Cluster, since 2026-01-01T00:00:00Z: until 2026-01-01T00:10:00Z, when another took its place",
      "    nothing to release: no plugin ran",
      "  u1, Namespaced, since 2026-01-01T00:10:00Z: until 2026-01-01T00:50:00Z, when it was gone",
      "    4 releases before",
      "    released ttl in v1 (epoch 1), Unbound, at 2026-01-01T00:20:00Z within 3 ms: it had not come up; nothing left behind",
      "    released ttl in v1 (epoch 2), CRDGone, at 2026-01-01T00:50:00Z within 40 ms: its cache of 1 object, after 9 reconciles; 2 hooks LEFT BEHIND",
      "  u2, Namespaced, since 2026-01-01T00:59:00Z: it lasts",
      "",
    ]);
  });

  test("says that nothing is awaited, and leaves out what there is not", () => {
    const plain = printExplanation({ ...withoutRuns, runs: [], awaits: [], lives: [], livesBefore: 0, crd: "" }, "text", at);
    assert.match(plain, /\nAwaited\n {2}nothing\n$/);
    assert.doesNotMatch(plain, /Plugins|Lives|^CRD /m);
  });

  test("prints JSON and YAML that hold the explanation as it is", () => {
    assert.deepEqual(JSON.parse(printExplanation(explanation, "json", at)), explanation);
    assert.deepEqual(parse(printExplanation(explanation, "yaml", at)), explanation);
  });
});
