import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Input, type KindState, type Run, unknownKind } from "../../src/kind/state.ts";
import { awaitedOf } from "../../src/kind/timers.ts";
import { version } from "../support/crds.ts";
import { bound, failure, live, observed, told } from "../support/lives.ts";

const news = (type: "started" | "stopped" | "warmed" | "cooled" | "notServed" | "uprooted", epoch: number): Input => ({
  type,
  plugin: "ttl",
  epoch,
});
const failed = (epoch: number): Input => ({ type: "failed", plugin: "ttl", epoch, error: failure });
const waited = (timer: "forgive" | "hold" | "quiet" | "blocked", serial: number): Input => ({ type: "waited", timer, serial });
const gone = (uid: string): Input => ({ type: "gone", uid });
const led = (isLeading: boolean): Input => ({ type: "led", isLeading });
const confirmed = (is: "there" | "absent" | "unknown", uid = "u1"): Input => ({ type: "confirmed", uid, is });

const versions = (served: readonly string[]): Parameters<typeof observed>[0] => ({
  versions: ["v1", "v1beta1"].map((name) => version(name, { isServed: served.includes(name) })),
});
const atBeta = bound(["ttl"], { version: "v1beta1" });
/** It runs v1beta1, and then only v1 is served. */
const moved = [observed(versions(["v1beta1"]), atBeta), news("started", 1), observed({ resourceVersion: "11", ...versions(["v1"]) })];
const WARMED = ["start ttl 1 u1 v1beta1", "edited VERSION", "warm ttl 2 u1 v1", "wait quiet 1 250"];

interface Row {
  readonly why: string;
  readonly inputs: readonly Input[];
  readonly effects: readonly string[];
}

function check(rows: readonly Row[]): void {
  for (const { why, inputs, effects } of rows) test(why, () => assert.deepEqual(told(live(inputs).effects), effects));
}

describe("a switch to another version", () => {
  check([
    { why: "leaves the old one running until the new cache holds what is there", inputs: moved, effects: WARMED },
    {
      why: "then stops the old one, and starts the new one in the epoch of its cache",
      inputs: [...moved, news("warmed", 2), news("stopped", 1)],
      effects: [...WARMED, "stop ttl 1 Switched", "start ttl 2 u1 v1"],
    },
    {
      why: "that fails leaves the old one running, and is tried again, each time later and in an epoch of its own",
      inputs: [...moved, failed(2), news("cooled", 2), failed(3)],
      effects: [...WARMED, "cool ttl 2 5000", "warm ttl 3 u1 v1", "cool ttl 3 10000"],
    },
    {
      why: "is given up when the old version is served again",
      inputs: [...moved, observed({ resourceVersion: "12" }, atBeta)],
      effects: [...WARMED, "edited VERSION", "wait quiet 2 250", "release ttl 2"],
    },
    {
      why: "is given up with the life",
      inputs: [...moved, gone("u1")],
      effects: [...WARMED, "wait forgive 2 100000", "stop ttl 1 CRDGone", "release ttl 2"],
    },
    {
      why: "is given up when the life ends while the old one stops",
      inputs: [...moved, news("warmed", 2), gone("u1"), news("stopped", 1)],
      effects: [...WARMED, "stop ttl 1 Switched", "wait forgive 2 100000", "release ttl 2"],
    },
    {
      why: "drops what an old successor has to say",
      inputs: [...moved, failed(2), news("cooled", 2), news("warmed", 2), news("started", 2)],
      effects: [...WARMED, "cool ttl 2 5000", "warm ttl 3 u1 v1"],
    },
    {
      why: "waits when it follows another one too closely, for as long as edits go on",
      inputs: [
        ...moved,
        news("warmed", 2),
        news("stopped", 1),
        news("started", 2),
        observed({ resourceVersion: "12", ...versions(["v1beta1"]) }, atBeta),
        waited("quiet", 1),
        waited("quiet", 2),
      ],
      effects: [
        ...WARMED,
        "stop ttl 1 Switched",
        "start ttl 2 u1 v1",
        "edited VERSION",
        "wait quiet 2 250",
        "warm ttl 3 u1 v1beta1",
        "wait quiet 3 250",
      ],
    },
    {
      why: "tells the old one that the CRD is being deleted, and the new one too",
      inputs: [
        ...moved,
        observed({ resourceVersion: "12", isTerminating: true, ...versions(["v1"]) }),
        news("warmed", 2),
        news("stopped", 1),
        news("started", 2),
      ],
      effects: [
        ...WARMED,
        "edited TERMINATING",
        "wait blocked 2 60000",
        "drain ttl 1",
        "stop ttl 1 Switched",
        "start ttl 2 u1 v1",
        "drain ttl 2",
      ],
    },
    {
      why: "keeps the cache over a plugin's new code",
      inputs: [
        observed(),
        news("started", 1),
        { type: "judged", verdict: bound(["ttl"], { digest: "d2" }) },
        news("warmed", 2),
        news("stopped", 1),
      ],
      effects: ["start ttl 1 u1 v1", "warm ttl 2 u1 v1", "wait quiet 1 250", "stop ttl 1 Unbound", "start ttl 2 u1 v1"],
    },
  ]);

  test("waits for two seconds at most", () => {
    const edits = Array.from({ length: 20 }, (_, at) =>
      observed({ resourceVersion: String(20 + at), ...versions(at % 2 === 0 ? ["v1", "v1beta1"] : ["v1"]) }),
    );
    const waits = told(live([...moved, ...edits]).effects).filter((word) => word.startsWith("wait quiet"));
    assert.equal(waits.length, 9);
  });
});

describe("a collection that is not served", () => {
  const running = [observed(), news("started", 1)];
  check([
    {
      why: "is a hint: the CRD itself is asked for",
      inputs: [...running, news("notServed", 1)],
      effects: ["start ttl 1 u1 v1", "confirm u1"],
    },
    {
      why: "is asked about once at a time",
      inputs: [...running, news("notServed", 1), news("notServed", 1)],
      effects: ["start ttl 1 u1 v1", "confirm u1"],
    },
    {
      why: "is asked about while it starts, too",
      inputs: [observed(), news("notServed", 1)],
      effects: ["start ttl 1 u1 v1", "confirm u1"],
    },
    {
      why: "stops nothing when the CRD is there",
      inputs: [...running, news("notServed", 1), confirmed("there")],
      effects: ["start ttl 1 u1 v1", "confirm u1"],
    },
    {
      why: "stops nothing when nobody answers, and is asked about at the next hint",
      inputs: [...running, news("notServed", 1), confirmed("unknown"), news("notServed", 1)],
      effects: ["start ttl 1 u1 v1", "confirm u1", "confirm u1"],
    },
    {
      why: "ends the life when the CRD is not there, whatever late looks at it still come",
      inputs: [...running, news("notServed", 1), confirmed("absent"), observed({ resourceVersion: "12", isTerminating: true }), gone("u1")],
      effects: ["start ttl 1 u1 v1", "confirm u1", "wait forgive 1 100000", "stop ttl 1 CRDGone"],
    },
    {
      why: "says nothing of the next life when the answer comes late",
      inputs: [...running, news("notServed", 1), observed({ uid: "u2" }), confirmed("absent"), news("stopped", 1)],
      effects: ["start ttl 1 u1 v1", "confirm u1", "wait forgive 1 100000", "stop ttl 1 Replaced", "start ttl 2 u2 v1"],
    },
    {
      why: "is not asked about while the question about a former life is open",
      inputs: [
        ...running,
        news("notServed", 1),
        observed({ uid: "u2" }),
        news("stopped", 1),
        news("notServed", 2),
        confirmed("absent"),
        news("notServed", 2),
      ],
      effects: ["start ttl 1 u1 v1", "confirm u1", "wait forgive 1 100000", "stop ttl 1 Replaced", "start ttl 2 u2 v1", "confirm u2"],
    },
    {
      why: "says nothing when a former epoch heard it",
      inputs: [...running, news("uprooted", 1), news("stopped", 1), news("notServed", 1)],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 Replaced", "start ttl 2 u1 v1"],
    },
    { why: "is asked about when a successor hears it", inputs: [...moved, news("notServed", 2)], effects: [...WARMED, "confirm u1"] },
  ]);
});

describe("a kind that flaps", () => {
  const lives = (count: number): readonly Input[] =>
    Array.from({ length: count }, (_, at) => [
      observed({ uid: `u${at + 1}` }),
      news("started", at + 1),
      gone(`u${at + 1}`),
      news("stopped", at + 1),
    ]).flat();
  const fourth = observed({ uid: "u4" });

  test("starts three lives at once, and holds the fourth", () => {
    assert.deepEqual(
      told(live([...lives(3), fourth]).effects).filter((word) => /^(?:start|wait hold)/.test(word)),
      ["start ttl 1 u1 v1", "start ttl 2 u2 v1", "start ttl 3 u3 v1", "wait hold 2 1000"],
    );
  });

  test("starts what it held when the time is over", () => {
    const { effects } = live([...lives(3), fourth, waited("hold", 2)]);
    assert.equal(told(effects).at(-1), "start ttl 4 u4 v1");
  });

  test("is held longer each time", () => {
    const held = live([...lives(3), fourth, gone("u4"), observed({ uid: "u5" }), gone("u5"), observed({ uid: "u6" })]);
    assert.deepEqual(
      told(held.effects).filter((word) => word.startsWith("wait hold")),
      ["wait hold 2 1000", "wait hold 3 2000", "wait hold 4 4000"],
    );
  });

  test("is held for five minutes at most", () => {
    const many = Array.from({ length: 50 }, (_, at) => observed({ uid: `u${at}` }));
    assert.equal(
      told(live(many).effects)
        .findLast((word) => word.startsWith("wait hold"))
        ?.split(" ")
        .at(-1),
      "300000",
    );
  });

  test("stops what is of a former life at once, held or not", () => {
    const { effects } = live([...lives(3), waited("forgive", 1), fourth, news("started", 4), observed({ uid: "u5" })]);
    assert.deepEqual(told(effects).slice(-2), ["wait hold 3 1000", "stop ttl 4 Replaced"]);
  });

  test("is forgiven one life after the other, and then nothing is remembered", () => {
    const { state } = live([...lives(3), waited("forgive", 1), waited("forgive", 2), waited("forgive", 3)]);
    assert.deepEqual([state.flaps, state.waits.size], [0, 0]);
  });

  test("is held no longer and remembered no longer, however often it has flapped", () => {
    const many = Array.from({ length: 50 }, (_, at) => observed({ uid: `u${at}` }));
    assert.equal(live(many).state.flaps, 12);
  });

  test("may be let alone, and then nothing of it is remembered", () => {
    const { state, effects } = live([...lives(9), observed({ uid: "u10" })], { ...unknownKind, livesAllowed: Number.POSITIVE_INFINITY });
    assert.equal(told(effects).at(-1), "start ttl 10 u10 v1");
    assert.deepEqual([state.flaps, state.waits.size], [0, 0]);
  });
});

describe("a CRD that is being deleted", () => {
  const draining = [observed(), news("started", 1), observed({ resourceVersion: "11", isTerminating: true })];
  test("is looked into after a minute, and again each minute", () => {
    const { state, effects } = live([...draining, waited("blocked", 1)]);
    assert.deepEqual(told(effects).slice(-4), ["wait blocked 1 60000", "drain ttl 1", "wait blocked 2 60000", "survey ttl 1"]);
    assert.ok(state.isBlocked);
  });

  test("is not blocked any more when it is gone", () => {
    const { state } = live([...draining, waited("blocked", 1), gone("u1")]);
    assert.deepEqual([state.isBlocked, state.waits.has("blocked")], [false, false]);
  });
});

describe("an edit of the CRD", () => {
  test("is told to what runs when the server will close its watches", () => {
    const { effects } = live([observed(), news("started", 1), observed({ resourceVersion: "11", generation: 2 })]);
    assert.deepEqual(told(effects), ["start ttl 1 u1 v1", "edited COSMETIC closes"]);
  });

  test("of the status alone is told to nobody", () => {
    const { effects } = live([observed(), news("started", 1), observed({ resourceVersion: "11" })]);
    assert.deepEqual(told(effects), ["start ttl 1 u1 v1"]);
  });
});

describe("leadership", () => {
  check([
    {
      why: "that is lost stops what runs",
      inputs: [observed(), news("started", 1), led(false)],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 NotLeader"],
    },
    {
      why: "that is lost gives up what was to follow",
      inputs: [...moved, led(false)],
      effects: [...WARMED, "stop ttl 1 NotLeader", "release ttl 2"],
    },
    {
      why: "that is won starts what should run, when what was there before has stopped",
      inputs: [observed(), news("started", 1), led(false), led(true), news("stopped", 1)],
      effects: ["start ttl 1 u1 v1", "stop ttl 1 NotLeader", "start ttl 2 u1 v1"],
    },
    { why: "is what a start needs", inputs: [led(false), observed()], effects: [] },
    { why: "that is told again is nothing new", inputs: [observed(), led(true)], effects: ["start ttl 1 u1 v1"] },
    {
      why: "does not matter to a CRD that goes: what of it is over is told as such",
      inputs: [observed(), news("started", 1), gone("u1"), led(false)],
      effects: ["start ttl 1 u1 v1", "wait forgive 1 100000", "stop ttl 1 CRDGone"],
    },
  ]);
});

describe("the shutdown of a kind", () => {
  test("waits for no timer, and hears of nothing but the end of what runs", () => {
    const { state, effects } = live([
      ...moved,
      { type: "shutdown" },
      observed({ uid: "u2" }),
      gone("u1"),
      waited("quiet", 1),
      led(false),
      news("stopped", 1),
    ]);
    assert.deepEqual(told(effects).slice(-2), ["stop ttl 1 Shutdown", "release ttl 2"]);
    assert.deepEqual([state.runs.size, awaitedOf(state).size], [0, 0]);
  });
});

describe("awaitedOf", () => {
  test("names the timers of the slot, of runs that rest, and of successors that rest", () => {
    const cooling = (state: KindState): KindState => ({ ...state, runs: new Map(state.runs).set("other", restingRun) });
    assert.deepEqual([...awaitedOf(cooling(live([...moved, failed(2)]).state))].toSorted(), ["cool 2", "cool 7", "quiet 1"]);
    assert.deepEqual([...awaitedOf(live([observed(), news("started", 1)]).state)], []);
  });
});

const restingRun: Run = {
  phase: "cooling",
  target: { plugin: "other", digest: "d1", version: "v1", uid: "u1" },
  epoch: 7,
  attempt: 0,
  error: failure,
};
