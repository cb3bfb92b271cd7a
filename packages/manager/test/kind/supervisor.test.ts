import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CrdDescriptor, KubeObject } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { InformerState } from "@polykind/informer";
import { type Log, type LogFields, silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { Supervisor, type SupervisorOptions } from "../../src/kind/supervisor.ts";
import { crd, version } from "../support/crds.ts";
import { type FakeStart, FakeControllers } from "../support/fake-controllers.ts";
import { bound } from "../support/lives.ts";

interface Stand {
  readonly clock: ManualClock;
  readonly below: FakeControllers;
  readonly supervisor: Supervisor;
  /** The lives that were asked for. */
  readonly asked: string[];
  /** The ends of watches that were announced. */
  readonly announced: string[];
  answer: Answer | Promise<Answer>;
}

type Answer = "there" | "absent" | "unknown";

const changed: Pick<CrdDescriptor, "versions"> = { versions: [version("v1", { schemaHash: "other" }), version("v1beta1")] };

/** A log of which warnings and errors are read. */
function openHeard(): { readonly log: Log; readonly heard: string[] } {
  const heard: string[] = [];
  const hear = (message: string, { cause }: LogFields = {}): void =>
    void heard.push(cause === undefined ? message : `${message}: ${String(cause)}`);
  return { log: { ...silentLog, warn: hear, error: hear }, heard };
}

function stand(log: Log = silentLog, told: Pick<SupervisorOptions, "onTurn"> & { readonly onChange?: () => void } = {}): Stand {
  const clock = new ManualClock();
  const below = new FakeControllers();
  const asked: string[] = [];
  const announced: string[] = [];
  const made: Omit<Stand, "supervisor"> = { clock, below, asked, announced, answer: "there" };
  const supervisor = new Supervisor({
    name: "sessions.demo.example.com",
    clock,
    log,
    start: (call) => below.start(call),
    acquire: (_, target) => below.acquire(target),
    confirm: (uid) => {
      asked.push(uid);
      return Promise.resolve(made.answer);
    },
    diagnose: ({ of }) => Promise.resolve(of === "rights" ? { is: "forbidden", verbs: ["list"] } : { is: "itself" }),
    expectDisconnect: (uid, { bodies }) => void announced.push(`${uid} ${bodies}`),
    onChange: () => {},
    ...told,
  });
  return Object.assign(made, { supervisor });
}

const see = ({ supervisor }: Stand, overrides: Partial<CrdDescriptor> = {}, at = "v1"): void =>
  supervisor.observe(crd(overrides), bound(["ttl"], { version: at }));

/** The start that was asked for last, come up. */
async function comeUp({ below }: Stand): Promise<FakeStart> {
  await settle();
  const start = below.starts.at(-1);
  assert.ok(start !== undefined);
  start.informer.fill();
  start.come();
  await settle();
  return start;
}

const only = (served: string): Pick<CrdDescriptor, "versions"> => ({
  versions: ["v1", "v1beta1"].map((name) => version(name, { isServed: name === served })),
});
const notServed = new PolykindError("KIND_NOT_SERVED", "404 page not found");

/** After it nothing may be left: no run, no lease, no listener, no timer. */
async function end({ supervisor, below, clock }: Stand): Promise<void> {
  await supervisor.shutDown();
  assert.deepEqual([supervisor.state.runs.size, below.held, below.listeners, clock.pending], [0, [], 0, 0]);
}

describe("a supervisor", () => {
  test("warns once of each word that switches nothing off", async () => {
    const warnings: string[] = [];
    const it = stand({ ...silentLog, warn: (message) => void warnings.push(/"[^"]*"/.exec(message)?.[0] ?? message) });
    const say = (resourceVersion: string, word: string): void =>
      see(it, { resourceVersion, annotations: { "polykind.dev/disabled": word } });
    for (const [at, word] of ["yes", "yes", "no", "false", "no"].entries()) say(String(11 + at), word);
    assert.deepEqual(warnings, ['"yes"', '"no"', '"no"']);
    await end(it);
  });

  test("holds the cache from before the start until the controller has its own", async () => {
    const at = stand();
    see(at);
    await settle();
    assert.deepEqual(at.below.held, ["u1 v1"]);
    await comeUp(at);
    assert.deepEqual([at.below.held, at.supervisor.report().state], [[], "Running"]);
    await end(at);
  });

  test("asks for the CRD when its collection is not served, already while it starts", async () => {
    const at = stand();
    see(at);
    await settle();
    at.below.informerOf({ uid: "u1", version: "v1" }).fail(notServed);
    await settle();
    assert.deepEqual([at.asked, at.supervisor.report().state], [["u1"], "Starting"]);
    await end(at);
  });

  test("ends the life of a CRD that is not there when it is asked for", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    at.answer = "absent";
    start.informer.fail(notServed);
    await settle();
    assert.deepEqual([start.told, at.supervisor.report().state], [["stop CRDGone"], "Absent"]);
    await end(at);
  });

  test("hears no 404 of a controller that was stopped", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    at.supervisor.lose("u1");
    await settle();
    start.informer.fail(notServed);
    await settle();
    assert.deepEqual(at.asked, []);
    await end(at);
  });

  test("tries a start that failed again when its time has come, not before", async () => {
    const at = stand();
    see(at);
    await settle();
    at.below.starts[0]?.fail(new PolykindError("API_FORBIDDEN", "cannot list"));
    await settle();
    assert.deepEqual([at.supervisor.report().state, at.supervisor.report().reason, at.below.held], ["Degraded", "Forbidden", []]);
    await at.clock.advance(74_999);
    assert.equal(at.below.starts.length, 1);
    await at.clock.advance(1);
    assert.equal(at.below.starts.length, 2);
    await end(at);
  });

  test("is degraded from a failure until the cache is live again, also while it is listed anew", async () => {
    const at = stand();
    see(at);
    const { informer } = await comeUp(at);
    const turn = async (state: InformerState): Promise<string> => {
      await at.clock.advance(1_000);
      informer.state = state;
      informer.notices.tell("state", state);
      const { state: is, since } = at.supervisor.report();
      return `${is} ${(at.clock.now() - Date.parse(since)) / 1000}`;
    };
    const error = new PolykindError("API_UNREACHABLE", "nothing answers");
    const told = [
      await turn({ phase: "watching", since: 0 }),
      await turn({ phase: "listing", since: 0 }),
      await turn({ phase: "waiting", since: 0, retryAt: 0, error, failures: 3 }),
      await turn({ phase: "listing", since: 0 }),
      await turn({ phase: "waiting", since: 0, retryAt: 0, error, failures: 4 }),
      await turn({ phase: "watching", since: 0 }),
      await turn({ phase: "listing", since: 0 }),
    ];
    assert.deepEqual(told, ["Running 1", "Running 2", "Degraded 0", "Degraded 1", "Degraded 2", "Running 0", "Running 1"]);
    await end(at);
  });

  test("counts the hooks that a start has left behind when it failed", async () => {
    const at = stand();
    see(at);
    await settle();
    at.below.starts[0]?.fail(new PolykindError("PLUGIN_FAILED", "no bucket", { facts: { leaked: 2 } }));
    await settle();
    assert.equal(at.supervisor.leaked, 2);
    await end(at);
  });

  test("explains itself: what is awaited, until when, and what was released", async () => {
    const at = stand();
    const now = at.clock.now();
    see(at);
    await settle();
    at.below.informerOf({ uid: "u1", version: "v1" }).state = {
      phase: "waiting",
      since: now,
      retryAt: now + 500,
      error: new PolykindError("API_FORBIDDEN", "cannot list"),
      failures: 1,
    };
    assert.equal(at.supervisor.explain([]).nextAttempt, new Date(now + 500).toISOString());
    at.below.starts[0]?.fail(new PolykindError("PLUGIN_FAILED", "no bucket"));
    await settle();
    assert.equal(at.supervisor.explain([]).nextAttempt, new Date(now + 5_000).toISOString());
    await at.clock.advance(5_000);
    await comeUp(at);
    await at.clock.advance(2_000);
    at.supervisor.lose("u1");
    const { state: last, name } = at.supervisor.report();
    assert.deepEqual([last, name], ["Stopping", "Session.demo.example.com"], "it is called otherwise once its CRD has gone");
    await settle();
    const { state, lives, awaits } = at.supervisor.explain([]);
    assert.deepEqual(
      [state, awaits.length, lives[0]?.releases.map(({ epoch, reason, objects }) => [epoch, reason, objects])],
      ["Absent", 1, [[2, "CRDGone", 2]]],
    );
    await end(at);
  });

  test("leaves a plugin alone that fails again and again", async () => {
    const at = stand();
    see(at);
    for (const waitMs of [5_000, 10_000, 20_000, 40_000]) {
      await settle();
      at.below.starts.at(-1)?.fail(new PolykindError("PLUGIN_FAILED", "no bucket"));
      await at.clock.advance(waitMs);
    }
    at.below.starts.at(-1)?.fail(new PolykindError("PLUGIN_FAILED", "no bucket"));
    await settle();
    const { state, reason, message } = at.supervisor.report();
    assert.deepEqual([state, reason], ["Parked", "Quarantined"]);
    assert.match(message ?? "", /no bucket; it has failed 5 times/);
    await at.clock.advance(299_999);
    assert.equal(at.below.starts.length, 5);
    await at.clock.advance(1);
    assert.equal(at.below.starts.length, 6);
    await end(at);
  });

  test("fills the cache of another version beside what runs, and starts on it", async () => {
    const at = stand();
    see(at, only("v1beta1"), "v1beta1");
    const old = await comeUp(at);
    see(at, { resourceVersion: "11", ...only("v1") });
    await settle();
    assert.deepEqual([at.below.held, at.below.starts.length, at.supervisor.report().state, old.told], [["u1 v1"], 1, "Switching", []]);
    at.below.informerOf({ uid: "u1", version: "v1" }).fill();
    await settle();
    assert.deepEqual([old.told, at.below.starts.length, at.below.held], [["stop Switched"], 2, ["u1 v1"]]);
    await comeUp(at);
    assert.deepEqual([at.below.held, at.supervisor.report().state, at.supervisor.report().version], [[], "Running", "v1"]);
    await end(at);
  });

  test("runs on when the cache of another version cannot be filled, and says so", async () => {
    const at = stand();
    see(at, only("v1beta1"), "v1beta1");
    const old = await comeUp(at);
    see(at, { resourceVersion: "11", ...only("v1") });
    await settle();
    at.below.informerOf({ uid: "u1", version: "v1" }).fail(new PolykindError("API_FORBIDDEN", "cannot list"));
    await settle();
    const { state, reason, message } = at.supervisor.report();
    assert.deepEqual([state, reason, old.told, at.below.held], ["Running", "SwitchFailed", [], []]);
    assert.match(message ?? "", /ttl from v1beta1 to v1: cannot list/);
    await end(at);
  });

  test("gives a half-filled cache up for a list that has been failing for half a minute, not for one that is slow", async () => {
    const at = stand();
    see(at, only("v1beta1"), "v1beta1");
    await comeUp(at);
    see(at, { resourceVersion: "11", ...only("v1") });
    const { below } = at;
    const fail = (): void => below.informerOf({ uid: "u1", version: "v1" }).fail(new PolykindError("API_UNAVAILABLE", "cannot list"));
    await at.clock.advance(29_000);
    fail();
    await settle();
    assert.equal(at.supervisor.report().state, "Switching");
    await at.clock.advance(1_000);
    fail();
    await settle();
    assert.equal(at.supervisor.report().reason, "SwitchFailed");
    await end(at);
  });

  test("is not settled before a cache that nobody wants any more is given back", async () => {
    const at = stand();
    see(at, only("v1beta1"), "v1beta1");
    await comeUp(at);
    see(at, { resourceVersion: "11", ...only("v1") });
    await settle();
    const released = Promise.withResolvers<void>();
    at.below.releasing = released.promise;
    let isDown = false;
    const down = at.supervisor.shutDown().then(() => {
      isDown = true;
    });
    await settle();
    assert.deepEqual([isDown, at.below.held], [false, ["u1 v1"]]);
    released.resolve();
    await down;
    await end(at);
  });

  test("stops what comes up although it was told to stop while it started", async () => {
    const at = stand();
    see(at);
    await settle();
    const [start] = at.below.starts;
    const late = Promise.withResolvers<void>();
    at.below.releasing = late.promise;
    start?.come();
    await settle();
    at.supervisor.lose("u1");
    await settle();
    late.resolve();
    await settle();
    assert.deepEqual([start?.told, at.supervisor.isOver], [["stop CRDGone"], true]);
    await end(at);
  });

  test("says what holds a deletion that takes long, counted once a minute", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    const held = (...finalizers: readonly string[]): KubeObject => ({
      apiVersion: "demo.example.com/v1",
      kind: "Session",
      metadata: {
        name: "a",
        uid: "o1",
        resourceVersion: "1",
        creationTimestamp: "2026-01-01T00:00:00Z",
        deletionTimestamp: "2026-01-01T00:00:00Z",
        finalizers,
      },
    });
    const kept = held("not.asked.example.com/hold");
    const { deletionTimestamp: _, ...metadata } = kept.metadata;
    start.informer.objects = [
      { ...kept, metadata },
      held("else.example.com/hold"),
      held("else.example.com/hold", "ttl.polykind.dev/finalizer"),
    ];
    see(at, { resourceVersion: "11", isTerminating: true });
    assert.deepEqual([start.told, at.supervisor.report().reason], [["drain"], "Terminating"]);
    await at.clock.advance(60_000);
    const { state, reason, message } = at.supervisor.report();
    assert.deepEqual([state, reason], ["Draining", "TerminationBlocked"]);
    assert.match(message ?? "", /what holds them: else.example.com\/hold \(2\), ttl.polykind.dev\/finalizer \(1\)/);
    start.informer.objects = [held("else.example.com/hold")];
    await at.clock.advance(60_000);
    assert.match(at.supervisor.report().message ?? "", /what holds them: else.example.com\/hold \(1\)$/);
    await end(at);
  });

  test("explains which finalizers keep objects that none of its plugins serves, such as one of a version that is forgotten", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    const metadata = { name: "a", uid: "o1", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
    const object = { apiVersion: "demo.example.com/v1", kind: "Session" };
    const finalizers = ["old.example.com/hold", "ttl.polykind.dev/finalizer"];
    start.informer.objects = [
      { ...object, metadata: { ...metadata, finalizers } },
      { ...object, metadata: { ...metadata, finalizers, deletionTimestamp: "2026-01-01T00:00:00Z" } },
    ];
    const waits = at.supervisor.explain([]).evidence.filter(({ type }) => type === "WaitsForFinalizer");
    assert.deepEqual(
      waits.map(({ message }) => message),
      ["old.example.com/hold stands on 1 object whose deletion was asked for"],
    );
    await end(at);
  });

  test("counts and names the objects that carry the finalizer of a plugin that was removed, and says who must act", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    start.carriers.push("n/a", "n/b");
    at.supervisor.rejudge({ type: "none" });
    const { state, reason, message, runs, awaits } = at.supervisor.explain([]);
    assert.deepEqual(
      [start.told, state, reason, runs[0]?.retiring],
      [["retire"], "Draining", "FinalizersLeft", { objects: 2, some: ["n/a", "n/b"] }],
    );
    assert.equal(
      message,
      "ttl does not manage this kind any more, and it only finalizes, for 2 objects that carry its finalizer (n/a, n/b): " +
        "delete them, put the plugin back, or let go of it by force",
    );
    assert.deepEqual(awaits, [
      { what: "the end of 2 objects that carry its finalizer (n/a, n/b), or ttl back", who: "whoever took ttl away" },
    ]);
    start.vacate();
    await settle();
    assert.deepEqual([start.told.at(-1), at.supervisor.report().state], ["stop Unbound", "Dormant"]);
    await end(at);
  });

  test("starts a removed plugin again only to finalize, and lets go of it when there is nothing to finalize", async () => {
    const at = stand();
    see(at);
    (await comeUp(at)).carriers.push("n/a");
    at.supervisor.rejudge({ type: "none" });
    at.supervisor.lead(false);
    await settle();
    at.supervisor.lead(true);
    const again = await comeUp(at);
    assert.deepEqual([again.call.isRetiring, again.told], [true, ["retire", "stop Unbound"]]);
    await end(at);
  });

  test("tells of what is left beside all else when another plugin manages the kind", async () => {
    const at = stand();
    see(at);
    (await comeUp(at)).carriers.push("n/a");
    at.supervisor.rejudge(bound(["next"]));
    await comeUp(at);
    const { state, reason, message } = at.supervisor.report();
    assert.deepEqual([state, reason], ["Running", "FinalizersLeft"]);
    assert.match(message ?? "", /^ttl does not manage .* 1 object that carries its finalizer \(n\/a\)/);
    await end(at);
  });

  test("announces the end of all watches when the CRD was edited, and whether objects read as before", async () => {
    const at = stand();
    see(at);
    await comeUp(at);
    see(at, { resourceVersion: "11" });
    assert.deepEqual(at.announced, []);
    see(at, { resourceVersion: "12", generation: 2 });
    see(at, { resourceVersion: "13", generation: 3, conversion: { strategy: "Webhook", hash: "w" } });
    assert.deepEqual(at.announced, ["u1 same", "u1 changed"]);
    await end(at);
  });

  test("announces nothing over an old look at the CRD", async () => {
    const at = stand();
    see(at, { resourceVersion: "12", generation: 2 });
    await comeUp(at);
    see(at, { resourceVersion: "11", generation: 1 });
    assert.deepEqual(at.announced, []);
    await end(at);
  });

  test("is not forgotten while a question to the server is open: who came next would ask a second one", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    const { promise, resolve } = Promise.withResolvers<Answer>();
    at.answer = promise;
    start.informer.fail(notServed);
    at.supervisor.lose("u1");
    await at.clock.advance(100_000);
    assert.deepEqual([at.supervisor.isOver, at.supervisor.isBlank], [true, false]);
    resolve("absent");
    await settle();
    assert.equal(at.supervisor.isBlank, true);
    await end(at);
  });

  test("remembers former lives for as long as they count, and then nothing", async () => {
    const at = stand();
    see(at);
    await comeUp(at);
    at.supervisor.lose("u1");
    await settle();
    assert.deepEqual([at.supervisor.isOver, at.supervisor.isBlank], [true, false]);
    await at.clock.advance(100_000);
    assert.deepEqual([at.supervisor.isBlank, at.clock.pending], [true, 0]);
    await end(at);
  });

  test("is parked while the process does not lead", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    at.supervisor.lead(false);
    await settle();
    assert.deepEqual(
      [start.told, at.supervisor.report().state, at.supervisor.report().reason],
      [["stop NotLeader"], "Parked", "NotLeader"],
    );
    at.supervisor.lead(true);
    await comeUp(at);
    assert.equal(at.supervisor.report().state, "Running");
    await end(at);
  });

  for (const { why, word, hurt } of [
    { why: "a drain", word: "drain", hurt: (at: Stand) => see(at, { resourceVersion: "11", isTerminating: true }) },
    {
      why: "news of the schema",
      word: "reshape schema",
      hurt: (at: Stand) => see(at, { resourceVersion: "11", generation: 2, ...changed }),
    },
    { why: "that it only finalizes", word: "retire", hurt: ({ supervisor }: Stand) => supervisor.rejudge({ type: "none" }) },
    { why: "a stop", word: "stop CRDGone", hurt: ({ supervisor }: Stand) => supervisor.lose("u1") },
  ]) {
    test(`lives on when a controller fails at ${why}, and says so`, async () => {
      const { log, heard } = openHeard();
      const at = stand(log);
      see(at);
      const start = await comeUp(at);
      start.failing.add(word);
      hurt(at);
      await settle();
      assert.deepEqual([start.told.includes(word), heard.filter((line) => line.endsWith(`: cannot ${word}`)).length], [true, 1]);
      at.supervisor.lose("u1");
      await settle();
      assert.equal(at.supervisor.report().state, "Absent");
      await end(at);
    });
  }

  test("lives on when its log and whoever listens to it fail", async () => {
    const fail = (): never => assert.fail("ENOSPC");
    const at = stand({ ...silentLog, debug: fail, info: fail, warn: fail }, { onChange: fail, onTurn: fail });
    see(at);
    await comeUp(at);
    see(at, { resourceVersion: "11", generation: 2 });
    assert.deepEqual(at.announced, ["u1 same"]);
    see(at, { resourceVersion: "12", annotations: { "polykind.dev/disabled": "maybe" } });
    at.below.starts[0]?.carriers.push("n/a");
    at.supervisor.rejudge({ type: "none" });
    assert.deepEqual(at.below.starts[0]?.told, ["retire"]);
    at.supervisor.letGo("ttl");
    await settle();
    assert.deepEqual(at.below.starts[0]?.told, ["retire", "stop Unbound"]);
    at.supervisor.lose("u1");
    await settle();
    assert.equal(at.supervisor.report().state, "Absent");
    await end(at);
  });

  test("is not left with an open question when it cannot be asked", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    at.answer = Promise.reject(new Error("no"));
    start.informer.fail(notServed);
    await settle();
    assert.equal(at.supervisor.state.confirming, undefined);
    await end(at);
  });

  test("tells a note that is no text as one, since it goes over a wire", async () => {
    const at = stand();
    see(at);
    const start = await comeUp(at);
    const notes = [5n, { a: 1n }, Symbol("s"), "3 of 4"].map((note) => {
      start.facts.note = note;
      return at.supervisor.report().runs[0]?.note;
    });
    assert.deepEqual(notes, ["5", "[object Object]", "Symbol(s)", "3 of 4"]);
    await end(at);
  });

  test("warns in the log of why a kind does not run, once for each trouble, with what is awaited", async () => {
    const { log, heard } = openHeard();
    const at = stand(log);
    see(at);
    const forbid = async (): Promise<void> => {
      await settle();
      at.below.starts.at(-1)?.fail(new PolykindError("API_FORBIDDEN", "cannot list"));
      await settle();
    };
    await forbid();
    await at.clock.advance(75_000);
    await forbid();
    assert.equal(heard.length, 1, heard.join("\n"));
    assert.match(heard[0] ?? "", /^Degraded: ttl: cannot list.*; awaits .*\(a cluster administrator\)/);
    await at.clock.advance(150_000);
    await comeUp(at);
    at.supervisor.rejudge({ type: "incompatible", message: "ttl works with v7" });
    at.supervisor.rejudge({ type: "incompatible", message: "ttl works with v7" });
    await settle();
    assert.deepEqual(
      heard.map((line) => line.replace(/:.*/, "")),
      ["Degraded", "Parked"],
    );
    await end(at);
  });

  test("does not warn of what is as it should be: that another process leads, or that the kind was switched off", async () => {
    const { log, heard } = openHeard();
    const at = stand(log);
    see(at, { isEstablished: false });
    see(at, { resourceVersion: "11" });
    await comeUp(at);
    at.supervisor.lead(false);
    await settle();
    at.supervisor.lead(true);
    await comeUp(at);
    see(at, { resourceVersion: "12", annotations: { "polykind.dev/disabled": "true" } });
    await settle();
    assert.deepEqual(heard, []);
    await end(at);
  });
});
