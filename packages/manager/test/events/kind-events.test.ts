import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PolykindError } from "@polykind/core";
import { KindEvents } from "../../src/events/kind-events.ts";
import { type Saying, sayingOf } from "../../src/events/saying.ts";
import type { KindExplanation } from "../../src/kind/explain.ts";
import type { CrdSelector } from "../../src/kind/exclusion.ts";
import type { Input } from "../../src/kind/state.ts";
import { lived } from "../support/explained.ts";
import { bound, observed } from "../support/lives.ts";

const started: Input = { type: "started", plugin: "ttl", epoch: 1 };
const forbidden = new PolykindError("API_FORBIDDEN", "cannot list sessions");

const OWN = { text: "own=yes", requirements: [{ key: "own", operator: "In", values: ["yes"] }] } as const;

function explained(inputs: readonly Input[], selector?: CrdSelector): KindExplanation {
  const { explanation, state } = lived(inputs, selector === undefined ? {} : { selector });
  const none = { reconciles: 0, errors: 0, queued: 0 };
  const runs = Array.from(state.runs.values(), ({ target: { plugin, version }, phase, epoch }) => ({
    plugin,
    phase,
    version,
    epoch,
    ...none,
  }));
  return { ...explanation, version: "v1", runs, ...(state.crd !== undefined && { incarnation: state.crd.uid }) };
}

const wordsOf = ({ type, reason, action }: Saying): string => `${type} ${reason} ${action}`;

describe("what an event says", () => {
  const running = [observed(), started];
  for (const { why, inputs, says, note } of [
    { why: "that a kind runs", inputs: running, says: "Normal Running Run", note: /^Running: Session\.demo\.example\.com in v1 by ttl$/ },
    {
      why: "why it cannot, and who must act",
      inputs: [observed(), { type: "failed", plugin: "ttl", epoch: 1, error: forbidden }],
      says: "Warning Forbidden Retry",
      note: /^Degraded: ttl: cannot list sessions; awaits the right to .* \(a cluster administrator\); the next attempt/,
    },
    {
      why: "that the CRD is being deleted",
      inputs: [...running, observed({ resourceVersion: "11", isTerminating: true })],
      says: "Normal Terminating Finalize",
      note: /^Draining: .* is being deleted/,
    },
    {
      why: "that a removed plugin is still needed",
      inputs: [...running, { type: "judged", verdict: { type: "none" } }],
      says: "Warning FinalizersLeft Finalize",
      note: /^Draining: ttl does not manage this kind any more.*put the plugin back/,
    },
    {
      why: "that its names are taken",
      inputs: [observed({ isEstablished: false, namesAccepted: { status: "False", reason: "KindConflict", message: "taken" } })],
      says: "Warning NamesConflict Wait",
      note: /^Pending: taken; awaits its names to be free/,
    },
    { why: "nothing of a CRD that is being installed", inputs: [observed({ isEstablished: false })], says: undefined, note: /^/ },
    { why: "nothing of a start, which comes to something", inputs: [observed()], says: undefined, note: /^/ },
    { why: "nothing of a process that does not lead", inputs: [observed(), { type: "led", isLeading: false }], says: undefined, note: /^/ },
    {
      why: "that a person has switched the kind off, and how it is switched on",
      inputs: [observed({ annotations: { "polykind.dev/disabled": "true" } })],
      says: "Normal Disabled Park",
      note: /^Parked: it is switched off .*kubectl annotate crd sessions\.demo\.example\.com polykind\.dev\/disabled- \(whoever/,
    },
    { why: "nothing of a kind that no plugin ever managed", inputs: [observed({}, { type: "none" })], says: undefined, note: /^/ },
  ] as readonly { readonly why: string; readonly inputs: readonly Input[]; readonly says: string | undefined; readonly note: RegExp }[]) {
    test(`is ${why}`, () => {
      const saying = sayingOf(explained(inputs), { isFirst: true });
      assert.equal(saying && wordsOf(saying), says);
      assert.match(saying?.note ?? "", note);
    });
  }

  test("is cut where the server takes no more", () => {
    for (const [text, bytes] of [
      ["x", 1024],
      ["é", 1024],
      ["語", 1023],
    ] as const) {
      const { note = "" } = sayingOf({ ...explained(running), message: text.repeat(5_000) }, { isFirst: true }) ?? {};
      assert.deepEqual([Buffer.byteLength(note), note.at(-1), note.includes("\uFFFD")], [bytes, "…", false]);
    }
  });
});

describe("the events of kinds", () => {
  /** What was told when a kind was looked at after each of these. */
  function toldOf(lives: readonly (readonly Input[])[], selector?: CrdSelector): readonly string[] {
    const told: string[] = [];
    let now = explained([]);
    const recorder = {
      record: (saying: Saying) => void told.push(`${saying.uid} ${saying.reason}`),
      forget: (uid: string) => void told.push(`forget ${uid}`),
    };
    const events = new KindEvents(recorder, () => now);
    for (const inputs of lives) {
      now = explained(inputs, selector);
      events.look([now]);
      if (now.state === "Absent") events.lose([now.crd]);
    }
    return told;
  }

  const removed: Input = { type: "judged", verdict: { type: "none" } };
  const vacated: Input = { type: "vacated", plugin: "ttl", epoch: 1 };
  const stopped: Input = { type: "stopped", plugin: "ttl", epoch: 1 };
  const back: Input = { type: "judged", verdict: bound(["ttl"]) };
  const one = [observed(), started];

  test("are none while nothing happens", () => {
    assert.deepEqual(toldOf([one, one, [...one, observed({ resourceVersion: "12" })], one]), ["u1 Running"]);
  });

  test("tell of each change once, and that nobody manages the kind where somebody did", () => {
    const left = [...one, removed, vacated, stopped];
    assert.deepEqual(toldOf([one, [...one, removed], left, left, [...left, back, { type: "started", plugin: "ttl", epoch: 2 }]]), [
      "u1 Running",
      "u1 FinalizersLeft",
      "u1 NoPlugin",
      "u1 Running",
    ]);
  });

  test("tell that a kind is none of this process's only where it was", () => {
    const marked = [observed({ labels: { own: "yes" } }), started];
    const unmarked = observed({ resourceVersion: "11" });
    assert.deepEqual(toldOf([[observed()]], OWN), []);
    assert.deepEqual(toldOf([marked, [...marked, unmarked, stopped]], OWN), ["u1 Running", "u1 NotSelected"]);
  });

  test("forget a life of the CRD when it is over, be it seen with the next one or as gone", () => {
    const next = [...one, observed({ uid: "u2" }), stopped, { type: "started", plugin: "ttl", epoch: 2 } as const];
    assert.deepEqual(toldOf([one, next]), ["u1 Running", "forget u1", "u2 Running"]);
    assert.deepEqual(toldOf([one, [...one, { type: "gone", uid: "u1" }, stopped]]), ["u1 Running", "forget u1"]);
  });
});
