import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PolykindError, type PolykindErrorCode } from "@polykind/core";
import type { InformerState } from "@polykind/informer";
import { explainAbsent } from "../../src/kind/explain.ts";
import type { Input, Verdict } from "../../src/kind/state.ts";
import { version } from "../support/crds.ts";
import { awaitLines, evidenceLines, lived, type Seen, T0 } from "../support/explained.ts";
import { bound, failure, observed } from "../support/lives.ts";

const started = (epoch = 1): Input => ({ type: "started", plugin: "ttl", epoch });
const stopped = (epoch = 1): Input => ({ type: "stopped", plugin: "ttl", epoch });
const failed = (epoch = 1, error = failure): Input => ({ type: "failed", plugin: "ttl", epoch, error });
const gone: Input = { type: "gone", uid: "u1" };
const waiting = (code: PolykindErrorCode, message: string, failures = 3): InformerState => ({
  phase: "waiting",
  since: T0,
  retryAt: T0 + 7_000,
  error: new PolykindError(code, message),
  failures,
});
const notEstablished = { isEstablished: false } as const;
const terminating = { isTerminating: true, resourceVersion: "11" } as const;
const onlyBeta = { resourceVersion: "11", versions: [version("v1", { isServed: false }), version("v1beta1")] };
const noneServed = { ...notEstablished, versions: [version("v1", { isServed: false })] };
const lost = { resourceVersion: "11", versions: [version("v1", { isServed: false })] };
const flaps: readonly Input[] = ["a", "b", "c"].flatMap((uid): readonly Input[] => [
  observed({ uid }, { type: "none" }),
  { type: "gone", uid },
]);

interface Row {
  readonly why: string;
  readonly moments: readonly (Input | number)[];
  readonly seen?: Seen;
  /** State and reason. */
  readonly is: string;
  /** Lines that must be among the evidence. */
  readonly because: readonly string[];
  /** All that is awaited. */
  readonly awaits: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    why: "a kind that never had a CRD",
    moments: [],
    is: "Absent(NoCrd)",
    because: ["CRD Installed False"],
    awaits: ["whoever installs it: a CustomResourceDefinition of this kind"],
  },
  {
    why: "a kind whose CRD has gone, and which life that was",
    moments: [observed(), started(), gone, stopped()],
    is: "Absent(NoCrd)",
    because: ["CRD Installed False its last life, u1, is over"],
    awaits: ["whoever installs it: a CustomResourceDefinition of this kind"],
  },
  {
    why: "a CRD that the server is still looking at",
    moments: [observed({ ...notEstablished, establishing: { reason: "Installing", message: "the initial names have been accepted" } })],
    is: "Pending(Installing)",
    because: ["CRD Established False Installing: the initial names have been accepted"],
    awaits: ["the API server: the CRD to be established"],
  },
  {
    why: "names that another CRD holds",
    moments: [
      observed({ ...notEstablished, namesAccepted: { status: "False", reason: "KindConflict", message: '"Session" is already in use' } }),
    ],
    is: "Pending(NamesConflict)",
    because: ['CRD NamesAccepted False KindConflict: "Session" is already in use', "CRD Established False"],
    awaits: ["the owner of the CRD that holds them, or of this one: its names to be free; it is then established without an edit"],
  },
  {
    why: "whose CRD holds the names, where that is known",
    moments: [observed({ ...notEstablished, namesAccepted: { status: "False", reason: "KindConflict", message: "" } })],
    seen: { rivals: ["meetings.demo.example.com"] },
    is: "Pending(NamesConflict)",
    because: ["CRD NamesAccepted False KindConflict"],
    awaits: ["the owner of meetings.demo.example.com, or of this one: its names to be free; it is then established without an edit"],
  },
  {
    why: "a CRD of which no version is served",
    moments: [observed(noneServed)],
    is: "Pending(NoServedVersion)",
    because: ["CRD HasServedVersion False no version is served"],
    awaits: ["the CRD's owner: a version with `served: true`"],
  },
  {
    why: "a CRD that lost the version in which a plugin finalizes: it is the CRD's owner who must act, and nobody took the plugin away",
    moments: [observed(), started(), observed(lost, { type: "incompatible", message: "no version of it is served" }), stopped()],
    is: "Pending(NoServedVersion)",
    because: ["CRD HasServedVersion False no version is served"],
    awaits: [
      "the CRD's owner: a version with `served: true`",
      "the CRD's owner: v1 to be served again, or the end of the objects that carry its finalizer",
    ],
  },
  {
    why: "a webhook's certificates that are none",
    moments: [observed({ ...notEstablished, establishing: { reason: "InvalidCABundle", message: "no PEM block" } })],
    is: "Pending(InvalidCABundle)",
    because: ["CRD Established False InvalidCABundle: no PEM block"],
    awaits: ["the CRD's owner: a valid `spec.conversion.webhook.clientConfig.caBundle`"],
  },
  {
    why: "a kind that nobody manages",
    moments: [observed({}, { type: "none" })],
    is: "Dormant(NoPlugin)",
    because: ["CRD HasServedVersion True v1, v1beta1", "manager Managed False no plugin manages this kind"],
    awaits: ["whoever runs polykind: a plugin that manages this kind"],
  },
  {
    why: "a start that is under way",
    moments: [observed()],
    is: "Starting",
    because: ["manager Managed True ttl in v1", "ttl Up False v1 (epoch 1) is starting"],
    awaits: ["polykind: ttl to come up in v1"],
  },
  {
    why: "a start whose first list is refused, before it has failed",
    moments: [observed()],
    seen: { filling: waiting("API_FORBIDDEN", "cannot list sessions: forbidden", 1) },
    is: "Starting",
    because: ["ttl CacheLive False cannot list sessions: forbidden; 1 failure in a row"],
    awaits: [
      "a cluster administrator: the right to get, list, watch and patch this kind",
      "polykind: the next attempt to list and watch +7",
    ],
  },
  {
    why: "a start that failed, and cools down",
    moments: [observed(), 1_000, failed()],
    is: "Degraded(PluginFailing)",
    because: ["ttl Up False v1 (epoch 1) failed 1 time: cannot set up"],
    awaits: ["the author of ttl: a version of ttl that works", "polykind: the next attempt to start ttl in v1 +6"],
  },
  {
    why: "the attempt after a cool-down",
    moments: [observed(), failed(), 5_000, { type: "cooled", plugin: "ttl", epoch: 1 }],
    is: "Starting",
    because: ["ttl Up False v1 (epoch 2) is starting, after 1 failed attempt"],
    awaits: ["polykind: ttl to come up in v1"],
  },
  {
    why: "a second failure, after which the rest is twice as long",
    moments: [observed(), failed(), 5_000, { type: "cooled", plugin: "ttl", epoch: 1 }, failed(2)],
    is: "Degraded(PluginFailing)",
    because: ["ttl Up False v1 (epoch 2) failed 2 times: cannot set up"],
    awaits: ["the author of ttl: a version of ttl that works", "polykind: the next attempt to start ttl in v1 +15"],
  },
  {
    why: "a plugin that failed too often",
    moments: [
      observed(),
      ...[1, 2, 3, 4].flatMap((epoch): readonly Input[] => [failed(epoch), { type: "cooled", plugin: "ttl", epoch }]),
      failed(5),
    ],
    is: "Parked(Quarantined)",
    because: ["ttl Up False v1 (epoch 5) failed 5 times: cannot set up"],
    awaits: ["the author of ttl: a version of ttl that works", "polykind: the next attempt to start ttl in v1 +300"],
  },
  {
    why: "a kind that is as it should be, which waits for nothing",
    moments: [observed(), started()],
    is: "Running",
    because: ["CRD Installed True uid u1, generation 1", "ttl Up True v1 (epoch 1)", "ttl CacheLive True", "manager Leading True"],
    awaits: [],
  },
  {
    why: "the last thing that a plugin could not do",
    moments: [observed(), started()],
    seen: { lastError: { at: T0, message: "no bucket", key: "default/red" } },
    is: "Running",
    because: ["ttl LastError True default/red at 2026-01-01T00:00:00.000Z: no bucket"],
    awaits: [],
  },
  ...(
    [
      ["API_FORBIDDEN", "Forbidden", "a cluster administrator: the right to get, list, watch and patch this kind"],
      ["API_UNAUTHORIZED", "Unauthorized", "whoever runs polykind: credentials that the API server accepts"],
      ["API_UNREACHABLE", "Unreachable", "a cluster administrator: an API server that answers"],
      ["API_THROTTLED", "Throttled", "the API server: an API server with less to do"],
      ["KIND_NOT_SERVED", "NotServed", "whoever installs their CRDs: every kind that the plugin takes objects of to be served"],
      ["API_UNAVAILABLE", "ListFailing", "the API server: a list that succeeds"],
    ] as const
  ).map(
    ([code, reason, remedy]): Row => ({
      why: `a watch that ended with ${code}, and who must act`,
      moments: [observed(), started()],
      seen: { informer: waiting(code, "cannot watch") },
      is: `Degraded(${reason})`,
      because: ["ttl CacheLive False cannot watch; 3 failures in a row"],
      awaits: [remedy, "polykind: the next attempt to list and watch +7"],
    }),
  ),
  {
    why: "a conversion webhook that is down",
    moments: [observed(), started()],
    seen: { informer: waiting("API_UNAVAILABLE", "conversion webhook for sessions failed") },
    is: "Degraded(ConversionFailed)",
    because: ["ttl CacheLive False conversion webhook for sessions failed; 3 failures in a row"],
    awaits: ["the CRD's owner: a conversion webhook that answers", "polykind: the next attempt to list and watch +7"],
  },
  {
    why: "a 404, about which the server is being asked",
    moments: [observed(), started(), { type: "notServed", plugin: "ttl", epoch: 1 }],
    is: "Running",
    because: ["CRD Confirmed Unknown the server had no such collection, and is being asked whether the CRD is still there"],
    awaits: ["the API server: the answer whether the CRD is still there"],
  },
  {
    why: "a version that is left for another, whose cache fills",
    moments: [observed(), started(), observed(onlyBeta, bound(["ttl"], { version: "v1beta1" }))],
    seen: { filling: { phase: "listing", since: T0 } },
    is: "Switching",
    because: ["ttl Up True v1 (epoch 1)", "ttl SuccessorReady False v1beta1 (epoch 2)", "ttl SuccessorCacheLive False it is being listed"],
    awaits: ["polykind: the cache of ttl in v1beta1"],
  },
  {
    why: "the same when the cache is full and the old one ends",
    moments: [
      observed(),
      started(),
      observed(onlyBeta, bound(["ttl"], { version: "v1beta1" })),
      { type: "warmed", plugin: "ttl", epoch: 2 },
    ],
    is: "Switching",
    because: ["ttl Up False v1 (epoch 1) is being stopped: Switched", "ttl SuccessorReady True v1beta1 (epoch 2)"],
    awaits: ["polykind: the end of ttl in v1 (epoch 1), with all it holds"],
  },
  {
    why: "a switch that failed, while the old version serves",
    moments: [
      observed(),
      started(),
      observed(onlyBeta, bound(["ttl"], { version: "v1beta1" })),
      failed(2, new PolykindError("API_FORBIDDEN", "no")),
    ],
    is: "Running(SwitchFailed)",
    because: ["ttl Up True v1 (epoch 1)", "ttl SuccessorReady False v1beta1 (epoch 2): no"],
    awaits: [
      "a cluster administrator: the right to get, list, watch and patch this kind",
      "polykind: the next attempt to fill the cache of ttl in v1beta1 +75",
    ],
  },
  {
    why: "a deletion that waits for our finalizer",
    moments: [observed(), started(), observed(terminating)],
    seen: { finalizersHeld: 2 },
    is: "Draining(Terminating)",
    because: ["CRD Terminating True", "ttl HoldsFinalizers True its finalizer stands on 2 objects"],
    awaits: [
      "the API server: the end of 3 objects",
      "polykind: ttl to finish with 2 objects and take its finalizer off",
      "the API server: the end of the CRD",
      "polykind: a look at what holds it, if it is still there +60",
    ],
  },
  {
    why: "a deletion that is blocked, and who holds what",
    moments: [observed(), started(), observed(terminating), 60_000, { type: "waited", timer: "blocked", serial: 1 }],
    seen: {
      objects: 1,
      finalizersHeld: 1,
      holders: new Map([
        ["else.example.com/hold", 1],
        ["ttl.polykind.dev/finalizer", 1],
      ]),
    },
    is: "Draining(TerminationBlocked)",
    because: [
      "CRD Terminating True for longer than a minute",
      "ttl WaitsForFinalizer True else.example.com/hold stands on 1 object whose deletion was asked for",
    ],
    awaits: [
      "the API server: the end of 1 object",
      "polykind: ttl to finish with 1 object and take its finalizer off",
      "whoever put it there: else.example.com/hold to be taken off 1 object",
      "the API server: the end of the CRD",
      "polykind: another look at what holds it +120",
    ],
  },
  {
    why: "a life too many, and when it begins",
    moments: [...flaps, 2_000, observed()],
    is: "Settling(Flapping)",
    because: ["manager Held True 3 lives ended in short order; 3 may before the next one is held"],
    awaits: ["polykind: the end of the hold +3", "whoever does so: an end to deleting and creating the CRD"],
  },
  {
    why: "two plugins that each want it",
    moments: [observed({}, { type: "conflict", message: "a and b" })],
    is: "Parked(PluginConflict)",
    because: ["manager Managed False a and b"],
    awaits: ["whoever runs polykind: one of the plugins to go, or all of them to be shared"],
  },
  {
    why: "a plugin that another one is in the way of",
    moments: [observed({}, { ...bound(["ttl"]), conflict: "a and b" } as Verdict), started()],
    is: "Parked(PluginConflict)",
    because: ["manager Undisputed False a and b", "ttl Up True v1 (epoch 1)"],
    awaits: ["whoever runs polykind: one of the plugins to go, or all of them to be shared"],
  },
  {
    why: "a plugin that does not fit",
    moments: [observed({}, { type: "incompatible", message: "ttl knows v2 only" })],
    is: "Parked(Incompatible)",
    because: ["manager Managed False ttl knows v2 only"],
    awaits: ["whoever installs them: another version of the plugin or of the CRD, so that they fit"],
  },
  {
    why: "a process that does not lead",
    moments: [observed(), started(), { type: "led", isLeading: false }, stopped()],
    is: "Parked(NotLeader)",
    because: ["manager Leading False"],
    awaits: ["the process that leads: the lead of this process"],
  },
  {
    why: "a controller that is being stopped",
    moments: [observed(), started(), gone],
    is: "Stopping(CRDGone)",
    because: ["CRD Installed False its last life, u1, is over", "ttl Up False v1 (epoch 1) is being stopped: CRDGone"],
    awaits: ["polykind: the end of ttl in v1 (epoch 1), with all it holds"],
  },
];

describe("explainKind", () => {
  for (const { why, moments, seen, is, because, awaits } of ROWS) {
    test(`explains ${why}`, () => {
      const { explanation } = lived(moments, seen);
      const { state, reason } = explanation;
      assert.equal(reason === undefined ? state : `${state}(${reason})`, is);
      const lines = evidenceLines(explanation);
      assert.deepEqual(
        because.filter((line) => !lines.includes(line)),
        [],
        lines.join("\n"),
      );
      assert.deepEqual(awaitLines(explanation), awaits);
    });
  }

  test("says of finalizers that nobody serves for want of a version that it is the version that is missing", () => {
    const { explanation } = lived([
      observed(),
      started(),
      observed(lost, { type: "incompatible", message: "no version of it is served" }),
      stopped(),
    ]);
    assert.equal(
      explanation.message,
      "no version of the CustomResourceDefinition is served; v1, in which ttl works with this kind, is not served any more: " +
        "nobody serves the objects that carry its finalizer",
    );
  });

  test("knows a finalizer of a plugin's own for its own, and does not send anybody after it", () => {
    const plugin = "ttl (example.com/ttl)";
    const { explanation } = lived(
      [observed({}, bound([plugin])), { type: "started", plugin, epoch: 1 }, observed(terminating, bound([plugin]))],
      { finalizersHeld: 1, holders: new Map([["example.com/ttl", 1]]) },
    );
    const lines = awaitLines(explanation);
    assert.deepEqual(
      lines.filter((line) => line.includes("finalizer") || line.includes("example.com")),
      ["polykind: ttl to finish with 1 object and take its finalizer off"],
    );
  });

  test("tells the earliest time at which something is tried again, and none where nothing is", () => {
    const two = observed({}, bound(["ttl", "backup"]));
    const { explanation } = lived([two, { type: "failed", plugin: "backup", epoch: 2, error: failure }, 2_000, failed()]);
    assert.equal(explanation.nextAttempt, new Date(T0 + 5_000).toISOString());
    assert.equal("nextAttempt" in lived([observed(), started()]).explanation, false);
  });

  test("has only text, numbers and lists in it, so that it goes over a wire as it is", () => {
    const { explanation } = lived([observed(), started(), gone, stopped(), observed({ uid: "u2" })]);
    assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation);
  });
});

describe("explainAbsent", () => {
  test("says that a plugin wants the kind, and who can bring it", () => {
    const report = {
      name: "Ball.x.dev",
      group: "x.dev",
      kind: "Ball",
      crd: "",
      incarnations: 0,
      epoch: 0,
      state: "Absent",
      message: "a plugin wants it",
      since: "",
      runs: [],
    } as const;
    const explanation = explainAbsent(report);
    assert.deepEqual(evidenceLines(explanation), ["CRD Installed False", "manager Wanted True a plugin wants it"]);
    assert.deepEqual(awaitLines(explanation), ["whoever installs it: a CustomResourceDefinition of this kind"]);
  });
});
