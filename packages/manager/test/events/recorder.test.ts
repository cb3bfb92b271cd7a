import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { describe, test } from "node:test";
import type { Client } from "@polykind/client";
import { PolykindError } from "@polykind/core";
import { silentLog } from "@polykind/telemetry";
import { ManualClock } from "@polykind/testing";
import { Recorder } from "../../src/events/recorder.ts";
import type { Saying } from "../../src/events/saying.ts";

const saying = (overrides: Partial<Saying> = {}): Saying => ({
  crd: "balls.x.example.com",
  uid: "u1",
  type: "Warning",
  reason: "Forbidden",
  action: "Retry",
  note: "Degraded: no right",
  ...overrides,
});

interface Stand extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly recorder: Recorder;
  /** What was sent, as `create NAME` and `patch NAME COUNT`. */
  readonly sent: string[];
  readonly manifests: Record<string, unknown>[];
  readonly warnings: string[];
  readonly outcomes: { sent: number; dropped: number };
  /** Thrown in the place of an answer. */
  failure: PolykindError | undefined;
  /** While it is set, the server takes its time. */
  gate: Promise<void> | undefined;
}

function stand(): Stand {
  const clock = new ManualClock();
  const at = {
    clock,
    sent: [],
    manifests: [],
    warnings: [],
    outcomes: { sent: 0, dropped: 0 },
    failure: undefined,
    gate: undefined,
  } as unknown as Stand; // Filled in below.
  const answer = async (signal: AbortSignal | undefined): Promise<void> => {
    const aborted = new Promise<never>((_, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
    );
    await Promise.race([at.gate ?? turn(), aborted]);
    if (at.failure !== undefined) throw at.failure;
  };
  const client = {
    create: async (
      _: unknown,
      manifest: Record<string, unknown> & { readonly metadata: { readonly name: string } },
      options: { signal?: AbortSignal },
    ) => {
      at.sent.push(`create ${manifest.metadata.name.split(".")[0]}`);
      at.manifests.push(manifest);
      await answer(options.signal);
    },
    patch: async (
      _: unknown,
      { name }: { name: string },
      { body }: { body: { series: { count: number } } },
      options: { signal?: AbortSignal },
    ) => {
      at.sent.push(`patch ${name.split(".")[0]} ${body.series.count}`);
      await answer(options.signal);
    },
  } as unknown as Pick<Client, "create" | "patch">; // What a recorder calls.
  const log = { ...silentLog, warn: (text: string) => void at.warnings.push(text), debug: () => {} };
  const recorder = new Recorder({
    client,
    clock,
    random: () => 0.5,
    log,
    instance: "polykind-test",
    onOutcome: (outcome, count) => void (at.outcomes[outcome] += count),
  });
  return Object.assign(at, {
    recorder,
    async [Symbol.asyncDispose]() {
      await recorder.stop();
      assert.equal(clock.pending, 0, "a timer is left");
    },
  });
}

/** Lets everything happen that waits for no timer. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 200; turns += 1) await turn();
}

describe("a recorder of events", () => {
  test("writes an event that regards the CRD, of this controller, with an instant of six digits", async () => {
    await using at = stand();
    at.recorder.record(saying());
    await settle();
    assert.deepEqual(at.manifests, [
      {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: "balls.x.example.com.19b76daa8008000", namespace: "default" },
        eventTime: "2026-01-01T00:00:00.000000Z",
        reportingController: "polykind",
        reportingInstance: "polykind-test",
        type: "Warning",
        reason: "Forbidden",
        action: "Retry",
        note: "Degraded: no right",
        regarding: {
          apiVersion: "apiextensions.k8s.io/v1",
          kind: "CustomResourceDefinition",
          name: "balls.x.example.com",
          uid: "u1",
        },
      },
    ]);
    assert.deepEqual(at.outcomes, { sent: 1, dropped: 0 });
  });

  test("counts what happens again into the event that there is, once a minute at most", async () => {
    await using at = stand();
    for (let times = 0; times < 5; times += 1) at.recorder.record(saying());
    await settle();
    at.recorder.record(saying());
    await settle();
    assert.deepEqual(at.sent, ["create balls"]);
    await at.clock.advance(59_999);
    await settle();
    assert.equal(at.sent.length, 1);
    await at.clock.advance(1);
    await settle();
    assert.deepEqual([at.sent, at.outcomes.sent], [["create balls", "patch balls 6"], 6]);
    await at.clock.advance(600_000);
    await settle();
    assert.equal(at.sent.length, 2, "nothing happened, and nothing is written");
  });

  test("takes another reason and another life of the CRD for another event", async () => {
    await using at = stand();
    at.recorder.record(saying());
    at.recorder.record(saying({ reason: "Running", action: "Run", type: "Normal" }));
    at.recorder.record(saying({ uid: "u2" }));
    await settle();
    assert.equal(at.manifests.length, 3);
  });

  test("begins a new event when the server has forgotten the one that there was", async () => {
    await using at = stand();
    at.recorder.record(saying());
    await settle();
    at.recorder.record(saying());
    at.failure = new PolykindError("API_NOT_FOUND", "expired");
    await at.clock.advance(60_000);
    await turn();
    at.failure = undefined;
    await settle();
    assert.deepEqual(at.sent, ["create balls", "patch balls 2", "create balls"]);
    assert.ok(!("series" in (at.manifests[1] ?? {})), "it has happened once since");
  });

  test("writes so many at once, and the rest in the course of time", async () => {
    await using at = stand();
    for (let crd = 0; crd < 30; crd += 1) at.recorder.record(saying({ uid: `u${crd}` }));
    await settle();
    assert.equal(at.sent.length, 25);
    await at.clock.advance(200);
    await settle();
    assert.equal(at.sent.length, 26);
    for (let more = 0; more < 10; more += 1) {
      await at.clock.advance(200);
      await settle();
    }
    assert.equal(at.sent.length, 30);
  });

  test("drops and counts what the server refuses, says so once, and asks again only after ten minutes", async () => {
    await using at = stand();
    at.failure = new PolykindError("API_FORBIDDEN", "may not create events");
    for (let crd = 0; crd < 3; crd += 1) at.recorder.record(saying({ uid: `u${crd}` }));
    await settle();
    at.recorder.record(saying({ uid: "u9" }));
    await at.clock.advance(599_000);
    await settle();
    assert.deepEqual([at.sent.length, at.outcomes, at.warnings.length], [1, { sent: 0, dropped: 4 }, 1]);
    await at.clock.advance(1_000);
    at.recorder.record(saying());
    await settle();
    assert.deepEqual([at.sent.length, at.outcomes.dropped, at.warnings.length], [2, 5, 1]);
    at.failure = undefined;
    await at.clock.advance(600_000);
    at.recorder.record(saying());
    await settle();
    assert.equal(at.outcomes.sent, 1);
  });

  test("tries again what the server could not take, with growing pauses, and gives up in the end", async () => {
    await using at = stand();
    at.failure = new PolykindError("API_UNREACHABLE", "no answer");
    at.recorder.record(saying());
    await settle();
    const attempts: number[] = [];
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 60_000]) {
      await at.clock.advance(pauseMs - 1);
      await settle();
      attempts.push(at.sent.length);
      await at.clock.advance(1);
      await settle();
    }
    assert.deepEqual([attempts, at.sent.length, at.outcomes], [[1, 2, 3, 4, 5], 5, { sent: 0, dropped: 1 }]);
  });

  test("ends what is being told of a life of a CRD that is over, drops the rest, and then knows nothing of it", async () => {
    await using at = stand();
    at.recorder.record(saying());
    at.recorder.record(saying({ reason: "Running" }));
    at.recorder.forget("u1");
    await settle();
    assert.deepEqual([at.sent.length, at.outcomes, at.recorder.size], [1, { sent: 1, dropped: 1 }, 0]);
  });

  test("holds nothing of lives that come and go faster than it may write, and no timer", async () => {
    await using at = stand();
    for (let life = 0; life < 1_000; life += 1) {
      at.recorder.record(saying({ uid: `u${life}` }));
      at.recorder.forget(`u${life}`);
      await turn();
    }
    await settle();
    assert.deepEqual([at.recorder.size, at.clock.pending, at.sent.length], [0, 0, 25]);
    assert.equal(at.outcomes.sent + at.outcomes.dropped, 1_000);
  });

  test("sends nothing once it is stopped, and ends what is being sent", async () => {
    await using at = stand();
    at.gate = new Promise(() => {});
    at.recorder.record(saying());
    at.recorder.record(saying({ uid: "u2" }));
    await settle();
    await at.recorder.stop();
    at.recorder.record(saying({ uid: "u3" }));
    await at.clock.advance(600_000);
    await settle();
    assert.deepEqual([at.sent, at.outcomes], [["create balls"], { sent: 0, dropped: 0 }]);
  });

  test("gives a long name of a CRD as much room as the name of an event has", async () => {
    await using at = stand();
    at.recorder.record(saying({ crd: `${"b".repeat(219)}.${"x".repeat(33)}` }));
    await settle();
    const [manifest = {}] = at.manifests;
    const { name } = manifest["metadata"] as { readonly name: string }; // It has one.
    assert.match(name, /^b{219}\.[0-9a-f]+$/);
    assert.ok(name.length <= 253);
  });
});
