import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KindExplanation } from "../../src/kind/explain.ts";
import { MOST_LIVES, MOST_RELEASES, turnsOf } from "../../src/kind/explain-history.ts";
import type { Input } from "../../src/kind/state.ts";
import { step } from "../../src/kind/step.ts";
import { version } from "../support/crds.ts";
import { lived, T0 } from "../support/explained.ts";
import { bound, failure, live, observed } from "../support/lives.ts";

const of = (type: "started" | "stopped", epoch: number): Input => ({ type, plugin: "ttl", epoch });
const lose = (uid: string): Input => ({ type: "gone", uid });
const at = (text: string): number => (Date.parse(text) - T0) / 1000;

/** Lives as `uid from..until end`, in seconds. */
function lives({ lives: all }: KindExplanation): readonly string[] {
  return all.map(({ incarnation, since, until, end }) =>
    [incarnation, `${at(since)}..${until === undefined ? "" : at(until)}`, end].filter((part) => part !== undefined).join(" "),
  );
}

/** Releases as `plugin version epoch reason`, what they took with them, and when. */
function releases({ lives: all }: KindExplanation): readonly string[] {
  return all.flatMap(({ incarnation, releases: each }) =>
    each.map(
      ({ plugin, version: served, epoch, reason, objects, reconciles, at: when, tookMs, leaked }) =>
        `${incarnation}: ${plugin} ${served} ${epoch} ${reason}, ${objects} objects, ${reconciles} reconciles, ${leaked} leaked, at ${at(when)} after ${tookMs}`,
    ),
  );
}

describe("the history of a kind", () => {
  test("tells of each life when it was seen, when it ended, and what was released then", () => {
    const { explanation } = lived(
      [observed(), of("started", 1), 10_000, lose("u1"), 250, of("stopped", 1), 5_000, observed({ uid: "u2" })],
      { objects: 7, reconciles: 9, leaked: 1 },
    );
    assert.deepEqual(lives(explanation), ["u1 0..10 CRDGone", "u2 15.25.."]);
    assert.deepEqual(releases(explanation), ["u1: ttl v1 1 CRDGone, 7 objects, 9 reconciles, 1 leaked, at 10.25 after 250"]);
  });

  test("tells a life that was replaced at once from one that was gone", () => {
    const { explanation } = lived([observed(), of("started", 1), 1_000, observed({ uid: "u2" }), 100, of("stopped", 1)]);
    assert.deepEqual(lives(explanation), ["u1 0..1 Replaced", "u2 1.."]);
    assert.deepEqual(releases(explanation), ["u1: ttl v1 1 Replaced, 3 objects, 5 reconciles, 0 leaked, at 1.1 after 100"]);
  });

  test("counts what leaked with the release that leaked it", () => {
    const moments = [
      observed(),
      of("started", 1),
      lose("u1"),
      of("stopped", 1),
      observed({ uid: "u2" }),
      of("started", 2),
      lose("u2"),
      of("stopped", 2),
    ];
    const { lives: all } = lived(moments, { leaked: 2 }).explanation;
    assert.deepEqual(
      all.map(({ releases: each }) => each.map(({ leaked }) => leaked)),
      [[2], [2]],
    );
  });

  test("tells of what ends while the life goes on: a version that was left", () => {
    const onlyBeta = { resourceVersion: "11", versions: [version("v1", { isServed: false }), version("v1beta1")] };
    const { explanation } = lived([
      observed(),
      of("started", 1),
      observed(onlyBeta, bound(["ttl"], { version: "v1beta1" })),
      { type: "warmed", plugin: "ttl", epoch: 2 },
      30,
      of("stopped", 1),
    ]);
    assert.deepEqual(lives(explanation), ["u1 0.."]);
    assert.deepEqual(releases(explanation), ["u1: ttl v1 1 Switched, 3 objects, 5 reconciles, 0 leaked, at 0.03 after 30"]);
  });

  test("knows of no objects of what was stopped before it had come up", () => {
    const { explanation } = lived([observed(), lose("u1"), of("stopped", 1)]);
    assert.deepEqual(
      explanation.lives[0]?.releases.map((release) => ["objects" in release, release.reconciles]),
      [[false, 0]],
    );
  });

  test("forgets no start and no stop for one that failed: those were never up", () => {
    const { explanation, history } = lived([observed(), { type: "failed", plugin: "ttl", epoch: 1, error: failure }, lose("u1")]);
    assert.deepEqual([releases(explanation), history.stops.size], [[], 0]);
  });

  test("keeps the last lives only, and the number of the others", () => {
    const ids = Array.from({ length: MOST_LIVES + 3 }, (_, index) => `u${index}`);
    const moments = ids.flatMap((uid): readonly Input[] => [observed({ uid }, { type: "none" }), lose(uid)]);
    const { explanation } = lived(moments, { livesAllowed: Infinity });
    assert.deepEqual(
      explanation.lives.map(({ incarnation }) => incarnation),
      ids.slice(3),
    );
    assert.equal(explanation.livesBefore, 3);
  });

  test("keeps the last releases of a life only, and the number of the others", () => {
    const moments: Input[] = [observed()];
    for (let epoch = 1; epoch <= MOST_RELEASES + 2; epoch += 1)
      moments.push(of("started", epoch), { type: "led", isLeading: false }, of("stopped", epoch), { type: "led", isLeading: true });
    const [life] = lived(moments).explanation.lives;
    assert.deepEqual([life?.releases.length, life?.releases[0]?.epoch, life?.releasesBefore], [MOST_RELEASES, 3, 2]);
  });

  test("remembers nothing of timers and stops that are over", () => {
    const { history } = lived(
      [
        observed(),
        { type: "failed", plugin: "ttl", epoch: 1, error: failure },
        { type: "cooled", plugin: "ttl", epoch: 1 },
        of("started", 2),
        lose("u1"),
        of("stopped", 2),
      ],
      { livesAllowed: Infinity },
    );
    assert.deepEqual([history.dueAt.size, history.stops.size], [0, 0]);
  });

  test("knows the names of a kind whose CRD has gone", () =>
    assert.equal(lived([observed(), of("started", 1), lose("u1")]).explanation.name, "Session.demo.example.com"));
});

describe("turnsOf", () => {
  for (const { why, before, input, turns } of [
    { why: "what came up", before: [observed()], input: of("started", 1), turns: ["started 1"] },
    { why: "what ended", before: [observed(), of("started", 1), lose("u1")], input: of("stopped", 1), turns: ["stopped 1"] },
    {
      why: "nothing of a start that failed",
      before: [observed()],
      input: { type: "failed", plugin: "ttl", epoch: 1, error: failure } as const,
      turns: [],
    },
    {
      why: "nothing of a draining that begins",
      before: [observed(), of("started", 1)],
      input: observed({ isTerminating: true }),
      turns: [],
    },
    {
      why: "what ended while its follower begins",
      before: [observed(), of("started", 1), observed({ uid: "u2" })],
      input: of("stopped", 1),
      turns: ["stopped 1"],
    },
  ]) {
    test(`tells ${why}`, () => {
      const { state } = live(before);
      const [after] = step(state, input);
      assert.deepEqual(
        turnsOf(state, after).map(({ type, run }) => `${type} ${run.epoch}`),
        turns,
      );
    });
  }
});
