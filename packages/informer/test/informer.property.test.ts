import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type HandlerRegistration, type Informer, openInformerPool } from "@polykind/informer";
import { type Log, silentLog } from "@polykind/telemetry";
import { ManualClock } from "@polykind/testing";
import fc from "fast-check";
import { GIZMOS } from "./support/objects.ts";
import { type ListFault, linesOf, ModelServer, type WatchFault } from "./support/model-server.ts";
import { CacheCheck, Mirror } from "./support/trace-checker.ts";

const LIST_FAULTS: readonly ListFault[] = ["refused", "429", "500", "403", "404", "garbage", "no items", "stale", "slow", "expired token"];
const WATCH_FAULTS: readonly WatchFault[] = [
  "close",
  "reset",
  "garbage",
  "unknown type",
  "wrong kind",
  "error 500",
  "410 left open",
  "410 status",
  "429",
  "404",
  "replay",
  "silence",
  "not accepted",
];
const NAMES = ["a", "b", "c", "d", "__proto__", "constructor"];

type Act =
  | { readonly do: "put" | "delete"; readonly name: string }
  | { readonly do: "break list"; readonly fault: ListFault }
  | { readonly do: "break watch"; readonly fault: WatchFault }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "compact" | "bookmark" | "retry" | "expect" | "expect same" | "expect changed" | "expire" | "join" | "leave" };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), name: fc.constantFrom(...NAMES) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), name: fc.constantFrom(...NAMES) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("break list" as const), fault: fc.constantFrom(...LIST_FAULTS) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("break watch" as const), fault: fc.constantFrom(...WATCH_FAULTS) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 1, 60, 200, 1_500, 40_000, 700_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("compact", "bookmark", "retry", "expect", "expect same", "expect changed", "expire", "join", "leave"),
    }),
  },
);

interface World {
  readonly clock: ManualClock;
  readonly server: ModelServer;
  readonly informer: Informer;
  readonly cache: CacheCheck;
  readonly mirrors: Map<Mirror, HandlerRegistration>;
  /** What handlers threw: an informer keeps it from everybody else. */
  readonly thrown: unknown[];
}

/** A log whose errors with a cause are kept in `thrown`. */
function catching(thrown: unknown[]): Log {
  const log: Log = {
    ...silentLog,
    child: () => log,
    error: (_, { cause } = {}) => cause instanceof assert.AssertionError && thrown.push(cause),
  };
  return log;
}

function join({ informer, server, mirrors }: World): void {
  const mirror = new Mirror(server);
  mirrors.set(mirror, informer.addHandler(mirror));
}

function leave({ mirrors }: World): void {
  for (const [mirror, registration] of mirrors) {
    registration.remove();
    mirror.isOver = true;
    mirrors.delete(mirror);
    return;
  }
}

async function play(world: World, step: Act): Promise<void> {
  const { server, informer, clock } = world;
  switch (step.do) {
    case "put":
      return server.put(step.name);
    case "delete":
      return server.delete(step.name);
    case "break list":
      return server.breakList(step.fault);
    case "break watch":
      return server.breakWatch(step.fault);
    case "wait":
      return await clock.advance(step.ms);
    case "compact":
      return server.compact();
    case "bookmark":
      return server.bookmark();
    case "retry":
      return informer.retryNow();
    case "expect":
      return informer.expectDisconnect();
    case "expect same":
      return informer.expectDisconnect({ bodies: "same" });
    case "expect changed":
      server.causesForList += 1;
      return informer.expectDisconnect({ bodies: "changed" });
    case "expire":
      // As when a CRD is edited: all versions are gone, and the watch ends.
      informer.expectDisconnect({ bodies: "same" });
      server.compact();
      return server.breakWatch("close");
    case "join":
      return join(world);
    case "leave":
      return leave(world);
  }
}

/** With the faults off, the cache and every handler come to the state of the server within some minutes. */
async function settleDown(world: World): Promise<void> {
  const { server, informer, clock, mirrors, cache, thrown } = world;
  server.heal();
  // The longest silence of a watch that was broken, and the longest waits after it and after a version that was compacted meanwhile.
  await clock.advance(1_000_000);
  cache.check(informer, server);
  for (const cause of thrown) throw cause;
  const expected = server.stateAt(String(server.version));
  assert.deepEqual(linesOf(informer.store.list()), expected, "W3: the cache is the server's state");
  assert.equal(informer.state.phase, "watching");
  for (const [mirror, registration] of mirrors) {
    assert.ok(registration.hasSynced, "W6: whoever joined has been told of all initial objects");
    assert.deepEqual(linesOf(mirror.objects.values()), expected, "W3: what a handler was told adds up to the server's state");
  }
}

async function run({
  acts,
  offersWatchList,
  pageSize,
  seed,
}: {
  acts: readonly Act[];
  offersWatchList: boolean;
  pageSize: number;
  seed: number;
}): Promise<void> {
  const clock = new ManualClock();
  const server = new ModelServer(clock, { offersWatchList, pageSize });
  const thrown: unknown[] = [];
  const pool = openInformerPool({ open: () => server, clock, random: randomOf(seed), log: catching(thrown) });
  const { informer } = await pool.acquire({ resource: GIZMOS });
  const world: World = { clock, server, informer, cache: new CacheCheck(), mirrors: new Map(), thrown };
  server.onWatch = (version) => assert.equal(version, informer.store.resourceVersion, "W7: a watch resumes where the cache is");
  join(world);
  for (const step of acts) {
    await play(world, step);
    world.cache.check(informer, server);
    for (const cause of thrown) throw cause;
    assert.ok(server.mostOpenCalls <= 1, "W9: one call at a time");
  }
  await settleDown(world);
  assert.ok(server.completeLists <= 1 + server.causesForList, `W11: ${server.completeLists} lists for ${server.causesForList} causes`);
  assert.ok(busiestSecond(server.callTimes) <= 25, "W13: no hot loop");
  await pool[Symbol.asyncDispose]();
  await beSilent(world);
}

/** After the stop there are no calls, no timers, and nothing is told, whatever the server does. */
async function beSilent({ clock, server, mirrors }: World): Promise<void> {
  assert.equal(server.openCalls, 0, "W10: nothing is open");
  assert.equal(clock.pending, 0, "W10: no timer is left");
  const calls = server.callTimes.length;
  for (const mirror of mirrors.keys()) mirror.isOver = true;
  server.put("a");
  server.bookmark();
  await clock.advance(100_000);
  assert.equal(server.callTimes.length, calls, "W10: no request after the stop");
}

function busiestSecond(times: readonly number[]): number {
  return Math.max(0, ...times.map((from, index) => times.filter((at, other) => other >= index && at < from + 1_000).length));
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("an informer against a server with faults", () => {
  test("keeps W1–W12 and W15–W18 in every schedule, and comes to rest", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          acts: fc.array(act, { maxLength: 40, size: "max" }),
          offersWatchList: fc.boolean(),
          pageSize: fc.constantFrom(1, 2, 500),
          seed: fc.nat(),
        }),
        run,
      ),
      // Other schedules by POLYKIND_SEED, more by POLYKIND_RUNS.
      { numRuns: Number(process.env["POLYKIND_RUNS"] ?? 300), seed: Number(process.env["POLYKIND_SEED"] ?? 7) },
    );
  });
});
