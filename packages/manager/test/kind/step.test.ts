import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Effect, type Input, type KindState, type Run, type SlotTimer, unknownKind, type Verdict } from "../../src/kind/state.ts";
import { step } from "../../src/kind/step.ts";
import { version } from "../support/crds.ts";
import { bound, failure, live, observed, told } from "../support/lives.ts";

/** What is to be done with runs; what is done for the slot as a whole is another test's. */
const ofRuns = (effects: readonly Effect[]): readonly string[] =>
  told(effects).filter((word) => !/^(?:wait|edited|confirm|survey)/.test(word));

const started: Input = { type: "started", plugin: "ttl", epoch: 1 };
const stopped: Input = { type: "stopped", plugin: "ttl", epoch: 1 };

const removed: Input = { type: "judged", verdict: { type: "none" } };
const vacated = (epoch: number): Input => ({ type: "vacated", plugin: "ttl", epoch });
const outgrown = (epoch: number): Input => ({ type: "outgrown", plugin: "ttl", epoch });
const waited = (timer: SlotTimer, serial: number): Input => ({ type: "waited", timer, serial });
const news = (type: "started" | "warmed", epoch: number): Input => ({ type, plugin: "ttl", epoch });

describe("the life of a kind", () => {
  for (const { why, inputs, effects } of [
    { why: "waits for a CRD that is not established", inputs: [observed({ isEstablished: false })], effects: [] },
    {
      why: "starts when the CRD is established",
      inputs: [observed({ isEstablished: false }), observed({ resourceVersion: "11" })],
      effects: ["start ttl 1 u1 v1"],
    },
    { why: "starts nothing when no plugin manages the kind", inputs: [observed({}, { type: "none" })], effects: [] },
    {
      why: "starts when the plugin comes after the CRD",
      inputs: [observed({}, { type: "none" }), { type: "judged", verdict: bound(["ttl"]) }],
      effects: ["start ttl 1 u1 v1"],
    },
    {
      why: "starts each of the plugins that share a kind",
      inputs: [observed({}, bound(["ttl", "inventory"]))],
      effects: ["start ttl 1 u1 v1", "start inventory 2 u1 v1"],
    },
    {
      why: "does nothing when the same CRD is seen again",
      inputs: [observed(), started, observed(), observed({ resourceVersion: "12" })],
      effects: ["start ttl 1 u1 v1"],
    },
    {
      why: "tells a plugin what has changed of its version, and only that",
      inputs: [
        observed(),
        started,
        observed({ resourceVersion: "11", versions: [version("v1", { schemaHash: "s", bodyHash: "b" }), version("v1beta1")] }),
        observed({
          resourceVersion: "12",
          versions: [version("v1", { schemaHash: "s", bodyHash: "b" }), version("v1beta1", { hasStatus: true })],
        }),
        observed({ resourceVersion: "13", versions: [version("v1", { schemaHash: "s", bodyHash: "b", hasScale: true })] }),
      ],
      effects: ["start ttl 1 u1 v1", "reshape ttl 1 schema,bodies", "reshape ttl 1 subresources"],
    },
    {
      why: "tells a plugin what has changed while it started, when it has come up",
      inputs: [observed(), observed({ resourceVersion: "11", versions: [version("v1", { schemaHash: "s" })] }), started],
      effects: ["start ttl 1 u1 v1", "reshape ttl 1 schema"],
    },
    {
      why: "sets a plugin up anew that asks for it, on a cache that is full, and only once",
      inputs: [observed(), started, outgrown(1), outgrown(1), news("warmed", 2), stopped, news("started", 2), outgrown(1)],
      effects: ["start ttl 1 u1 v1", "warm ttl 2 u1 v1", "stop ttl 1 Switched", "start ttl 2 u1 v1"],
    },
    {
      why: "sets a plugin up anew each time that it asks for it",
      inputs: [observed(), started, outgrown(1), news("warmed", 2), stopped, news("started", 2), waited("quiet", 1), outgrown(2)],
      effects: ["start ttl 1 u1 v1", "warm ttl 2 u1 v1", "stop ttl 1 Switched", "start ttl 2 u1 v1", "warm ttl 3 u1 v1"],
    },
    {
      why: "tells nothing of the schema to a plugin that is to be set up anew: its successor will know",
      inputs: [
        observed(),
        started,
        outgrown(1),
        observed({ resourceVersion: "11", versions: [version("v1", { schemaHash: "s" })] }),
        news("warmed", 2),
        stopped,
        news("started", 2),
      ],
      effects: ["start ttl 1 u1 v1", "warm ttl 2 u1 v1", "stop ttl 1 Switched", "start ttl 2 u1 v1"],
    },
    {
      why: "stops when the CRD has gone",
      inputs: [observed(), started, { type: "gone", uid: "u1" }],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 CRDGone"],
    },
    {
      why: "does not stop for the end of a former life that is told late",
      inputs: [observed(), started, { type: "gone", uid: "u0" }],
      effects: ["start ttl 1 u1 v1"],
    },
    {
      why: "starts the next life only when the former has stopped, although delete and create came as one update",
      inputs: [observed(), started, observed({ uid: "u2" }), stopped],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 Replaced", "start ttl 2 u2 v1"],
    },
    {
      why: "starts only the latest of many lives that came while it stopped",
      inputs: [
        observed(),
        started,
        observed({ uid: "u2" }),
        { type: "gone", uid: "u2" },
        observed({ uid: "u3", resourceScope: "Cluster" }),
        stopped,
      ],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 Replaced", "start ttl 2 u3 v1"],
    },
    {
      why: "goes on while the CRD is terminating, and is told of it once",
      inputs: [
        observed(),
        started,
        observed({ resourceVersion: "11", isTerminating: true }),
        observed({ resourceVersion: "12", isTerminating: true }),
      ],
      effects: ["start ttl 1 u1 v1", "drain ttl 1"],
    },
    {
      why: "starts on a CRD that is terminating already, since its objects may wait for our finalizer",
      inputs: [observed({ isTerminating: true }), started],
      effects: ["start ttl 1 u1 v1", "drain ttl 1"],
    },
    {
      why: "stops what is still starting when the CRD goes, and takes its failure for its end",
      inputs: [observed(), { type: "gone", uid: "u1" }, { type: "failed", plugin: "ttl", epoch: 1, error: failure }],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 CRDGone"],
    },
    {
      why: "stops a plugin that was taken away, and no other",
      inputs: [observed({}, bound(["ttl", "inventory"])), { type: "judged", verdict: bound(["inventory"]) }],
      effects: ["start ttl 1 u1 v1", "start inventory 2 u1 v1", "stop ttl 1 Unbound"],
    },
    {
      why: "tries a start that failed again, each time later and in an epoch of its own",
      inputs: [
        observed(),
        { type: "failed", plugin: "ttl", epoch: 1, error: failure },
        { type: "cooled", plugin: "ttl", epoch: 1 },
        { type: "failed", plugin: "ttl", epoch: 2, error: failure },
        { type: "cooled", plugin: "ttl", epoch: 2 },
      ],
      effects: ["start ttl 1 u1 v1", "cool ttl 1 5000", "start ttl 2 u1 v1", "cool ttl 2 10000", "start ttl 3 u1 v1"],
    },
    {
      why: "does not sit out a cool-down when the plugin's code has changed",
      inputs: [
        observed(),
        { type: "failed", plugin: "ttl", epoch: 1, error: failure },
        { type: "judged", verdict: { type: "bound", bindings: [{ plugin: "ttl", digest: "d2", version: "v1" }] } },
      ],
      effects: ["start ttl 1 u1 v1", "cool ttl 1 5000", "start ttl 2 u1 v1"],
    },
    {
      why: "forgets a cool-down when the CRD goes",
      inputs: [
        observed(),
        { type: "failed", plugin: "ttl", epoch: 1, error: failure },
        { type: "gone", uid: "u1" },
        { type: "cooled", plugin: "ttl", epoch: 1 },
      ],
      effects: ["start ttl 1 u1 v1", "cool ttl 1 5000"],
    },
    {
      why: "stays at its version when a better one comes",
      inputs: [
        observed({}, { type: "bound", bindings: [{ plugin: "ttl", digest: "d1", version: "v1beta1" }] }),
        started,
        { type: "judged", verdict: bound(["ttl"]) },
      ],
      effects: ["start ttl 1 u1 v1beta1"],
    },
    {
      why: "leaves a version that is not served any more",
      inputs: [
        observed({}, { type: "bound", bindings: [{ plugin: "ttl", digest: "d1", version: "v1beta1" }] }),
        started,
        observed({ resourceVersion: "11", versions: [version("v1"), version("v1beta1", { isServed: false })] }),
        { type: "warmed", plugin: "ttl", epoch: 2 },
        stopped,
      ],
      effects: ["start ttl 1 u1 v1beta1", "warm ttl 2 u1 v1", "stop ttl 1 Switched", "start ttl 2 u1 v1"],
    },
    {
      why: "does not act on an older look at the same life",
      inputs: [observed({ resourceVersion: "11", isTerminating: true }), started, observed({ resourceVersion: "9" })],
      effects: ["start ttl 1 u1 v1", "drain ttl 1"],
    },
    {
      why: "goes on when Established is taken back, which a server does only by mistake",
      inputs: [observed(), started, observed({ resourceVersion: "11", isEstablished: false })],
      effects: ["start ttl 1 u1 v1"],
    },
    {
      why: "starts anew when a kind that it stands on was replaced",
      inputs: [observed(), started, { type: "uprooted", plugin: "ttl", epoch: 1 }, stopped],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 Replaced", "start ttl 2 u1 v1"],
    },
    {
      why: "stops at the shutdown, and starts nothing after it",
      inputs: [observed(), started, { type: "shutdown" }, stopped, observed({ uid: "u2" })],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 Shutdown"],
    },
    {
      why: "drops what an old epoch has to say",
      inputs: [
        observed(),
        started,
        observed({ uid: "u2" }),
        stopped,
        started,
        stopped,
        { type: "failed", plugin: "ttl", epoch: 1, error: failure },
      ],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 Replaced", "start ttl 2 u2 v1"],
    },
    {
      why: "only finalizes when two plugins quarrel over the kind, and stops when no object carries its finalizer",
      inputs: [observed(), started, { type: "judged", verdict: { type: "conflict", message: "ttl and other" } }, vacated(1)],
      effects: ["start ttl 1 u1 v1", "retire ttl 1", "stop ttl 1 Unbound"],
    },
    {
      why: "only finalizes when its plugin is removed, and serves in full when that is put back",
      inputs: [observed(), started, removed, vacated(2), { type: "judged", verdict: bound(["ttl"]) }, vacated(1)],
      effects: ["start ttl 1 u1 v1", "retire ttl 1", "resume ttl 1"],
    },
    {
      why: "finalizes on while the CRD is being deleted, and ends with it",
      inputs: [
        observed(),
        started,
        removed,
        observed({ resourceVersion: "11", isTerminating: true }, { type: "none" }),
        { type: "gone", uid: "u1" },
      ],
      effects: ["start ttl 1 u1 v1", "retire ttl 1", "drain ttl 1", "stop ttl 1 CRDGone"],
    },
    {
      why: "owes nothing to the next life of the CRD",
      inputs: [observed(), started, removed, observed({ uid: "u2" }, { type: "none" }), stopped],
      effects: ["start ttl 1 u1 v1", "retire ttl 1", "stop ttl 1 Replaced"],
    },
    {
      why: "comes up again, only to finalize, when the lead is won again, and after a kind that it stands on was replaced",
      inputs: [
        observed(),
        started,
        removed,
        { type: "led", isLeading: false },
        stopped,
        { type: "led", isLeading: true },
        { type: "started", plugin: "ttl", epoch: 2 },
        { type: "uprooted", plugin: "ttl", epoch: 2 },
        { type: "stopped", plugin: "ttl", epoch: 2 },
      ],
      effects: [
        "start ttl 1 u1 v1",
        "retire ttl 1",
        "stop ttl 1 NotLeader",
        "start retiring ttl 2 u1 v1",
        "stop ttl 2 Replaced",
        "start retiring ttl 3 u1 v1",
      ],
    },
    {
      why: "ends at once when it is let go of by force, and not when it manages the kind",
      inputs: [observed(), started, { type: "letGo", plugin: "ttl" }, removed, { type: "letGo", plugin: "ttl" }],
      effects: ["start ttl 1 u1 v1", "retire ttl 1", "stop ttl 1 Unbound"],
    },
    {
      why: "ends at once when the process ends",
      inputs: [observed(), started, removed, { type: "shutdown" }],
      effects: ["start ttl 1 u1 v1", "retire ttl 1", "stop ttl 1 Shutdown"],
    },
    {
      why: "ends at once when it has not come up: no object can carry its finalizer by it",
      inputs: [observed(), removed],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 Unbound"],
    },
    {
      why: "drops the next code of a plugin that is removed while it is being replaced, and finalizes by the code that has come up",
      inputs: [observed(), started, { type: "judged", verdict: bound(["ttl"], { digest: "d2" }) }, removed],
      effects: ["start ttl 1 u1 v1", "warm ttl 2 u1 v1", "release ttl 2", "retire ttl 1"],
    },
    {
      why: "takes the version that it works with besides when the one it watches is served no more",
      inputs: [
        observed({ versions: [version("v1"), version("v2")] }),
        started,
        { type: "judged", verdict: bound(["ttl"], { version: "v2" }) },
        removed,
        observed({ resourceVersion: "11", versions: [version("v2")] }, { type: "none" }),
      ],
      effects: ["start ttl 1 u1 v1", "retire ttl 1", "warm ttl 2 u1 v2"],
    },
    {
      why: "ends when no version is served that it works with",
      inputs: [observed(), started, removed, observed({ resourceVersion: "11", versions: [version("v2")] }, { type: "none" })],
      effects: ["start ttl 1 u1 v1", "retire ttl 1", "stop ttl 1 Unbound"],
    },
  ] as readonly { readonly why: string; readonly inputs: readonly Input[]; readonly effects: readonly string[] }[]) {
    test(why, () => assert.deepEqual(ofRuns(live(inputs).effects), effects));
  }

  test("lets a plugin go as soon as it does not manage the kind any more, where nothing else is wished for", () => {
    const { effects } = live([observed(), started, removed], { ...unknownKind, unbinding: "letGo" });
    assert.deepEqual(ofRuns(effects), ["start ttl 1 u1 v1", "stop ttl 1 Unbound"]);
  });

  test("counts the lives of the CRD", () => {
    assert.equal(live([observed(), observed({ resourceVersion: "11" }), observed({ uid: "u2" })]).state.incarnations, 2);
  });

  test("leaves an input without effect the same state, so that nobody is told of nothing", () => {
    const { state } = live([observed(), started]);
    for (const input of [started, { type: "gone", uid: "u0" }, { type: "cooled", plugin: "other", epoch: 9 }] as const)
      assert.equal(step(state, input)[0], state);
  });
});

/** Draws among choices by numbers: a schedule of them is one life, and a shorter one a simpler life. */
class Draw {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  get isOver(): boolean {
    return this.#at >= this.#numbers.length;
  }

  of<T>(...choices: readonly [T, ...T[]]): T {
    const number = this.#numbers[this.#at] ?? 0;
    this.#at += 1;
    return choices[number % choices.length] ?? choices[0];
  }
}

/** One life: inputs from outside, and answers of the supervisor, late ones among them. */
function anyLife(draw: Draw): void {
  let state = unknownKind;
  const startedEpochs = new Set<number>();
  for (let at = 0; !draw.isOver; at += 1) {
    const [next, effects] = step(state, drawInput(draw, state, at));
    checkStep(state, next, effects, startedEpochs);
    state = next;
  }
  checkEnd(state);
}

function drawInput(draw: Draw, state: KindState, at: number): Input {
  const runs = [...state.runs.values()];
  const [run] = runs.length > 1 ? [draw.of(...(runs as [Run, ...Run[]]))] : runs; // There is more than one.
  if (run === undefined || draw.of(true, false)) return drawFromOutside(draw, state, at);
  const successor = run.phase === "running" ? run.successor?.epoch : undefined;
  const epoch = draw.of(run.epoch, successor ?? run.epoch, Math.max(1, run.epoch - 1));
  const type = draw.of("started", "stopped", "cooled", "failed", "uprooted", "warmed", "vacated", "notServed");
  return type === "failed" ? { type, plugin: run.target.plugin, epoch, error: failure } : { type, plugin: run.target.plugin, epoch };
}

function drawFromOutside(draw: Draw, state: KindState, at: number): Input {
  const uid = draw.of("u1", "u2", "u3");
  const type = draw.of("observed", "observed", "gone", "judged", "led", "letGo", "waited", "confirmed");
  if (type === "gone") return { type, uid };
  if (type === "letGo") return { type, plugin: draw.of("ttl", "inventory") };
  if (type === "led") return { type, isLeading: draw.of(true, false) };
  if (type === "confirmed") return { type, uid, is: draw.of("there", "absent", "unknown") };
  if (type === "waited") return { type, timer: draw.of("forgive", "hold", "quiet", "blocked"), serial: draw.of(0, state.serial) };
  const verdict = draw.of<Verdict>(
    bound(["ttl"]),
    bound(["ttl", "inventory"]),
    bound(["inventory"]),
    { type: "none" },
    { type: "conflict", message: "x" },
  );
  if (type === "judged") return { type, verdict };
  return observed(
    {
      uid,
      resourceVersion: String(10 + at),
      isEstablished: draw.of(true, true, false),
      isTerminating: draw.of(false, true),
      versions: ["v1", "v1beta1"].map((name) => version(name, { isServed: name === "v1" || draw.of(true, false) })),
    },
    verdict,
  );
}

function checkStep(before: KindState, after: KindState, effects: readonly Effect[], startedEpochs: Set<number>): void {
  assert.ok(after.epoch >= before.epoch, "an epoch has returned");
  for (const effect of effects) {
    if (effect.type !== "start") continue;
    assert.ok(!startedEpochs.has(effect.epoch), "an epoch was given out twice");
    startedEpochs.add(effect.epoch);
    const held = before.runs.get(effect.target.plugin);
    assert.ok(held === undefined || held.phase === "stopping" || held.phase === "cooling", "a successor started beside its predecessor");
  }
  for (const run of after.runs.values()) {
    if (run.phase === "stopping") continue;
    assert.equal(run.target.uid, after.crd?.uid, "a run is of another life than the CRD");
    if (run.phase === "running")
      assert.equal(run.successor?.target.uid ?? run.target.uid, run.target.uid, "a successor is of another life");
  }
}

/** Left alone, every kind comes to what it should be. */
function checkEnd(state: KindState): void {
  let at = state;
  const take = (input: Input): void => {
    [at] = step(at, input);
  };
  for (let round = 0; round < 30; round += 1) {
    for (const [timer, serial] of at.waits) if (timer !== "blocked") take({ type: "waited", timer, serial });
    for (const run of at.runs.values()) for (const input of answersTo(run)) take(input);
  }
  const isWanted = at.crd !== undefined && at.isLeading && at.verdict.type === "bound";
  const wanted = isWanted && at.verdict.type === "bound" ? at.verdict.bindings.map(({ plugin }) => plugin) : [];
  const running = [...at.runs.values()].flatMap((run) =>
    run.phase === "running" && run.successor === undefined ? [run.target.plugin] : [],
  );
  if (at.crd?.isEstablished === true || at.crd === undefined) assert.deepEqual(running.toSorted(), wanted.toSorted());
  else assert.ok(running.every((plugin) => wanted.includes(plugin)));
}

/** What the supervisor would say in the end, when nothing fails any more. */
function answersTo(run: Run): readonly Input[] {
  const { plugin } = run.target;
  const own = {
    type: run.phase === "stopping" ? "stopped" : run.phase === "cooling" ? "cooled" : "started",
    plugin,
    epoch: run.epoch,
  } as const;
  if (run.phase === "running" && run.isRetiring) return [{ type: "vacated", plugin, epoch: run.epoch }];
  if (run.phase !== "running" || run.successor === undefined) return [own];
  return [{ type: run.successor.phase === "cooling" ? "cooled" : "warmed", plugin, epoch: run.successor.epoch }];
}

describe("any life of a kind", () => {
  test("keeps one run of a plugin, of the present life, in epochs that grow; and comes to rest as it should", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(59), { maxLength: 200 }), (numbers) => anyLife(new Draw(numbers))),
      { numRuns: 3_000 },
    );
  });
});
