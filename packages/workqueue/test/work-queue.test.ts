import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SeriesGroup } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import { type AddOptions, QUEUE_METRICS, WorkQueue, type WorkQueueOptions } from "@polykind/workqueue";

interface Opened {
  readonly clock: ManualClock;
  readonly queue: WorkQueue;
}

function open(options: Partial<WorkQueueOptions> = {}): Opened {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, random: () => 0, ...options }) };
}

async function takeAll(queue: WorkQueue): Promise<readonly string[]> {
  const taken: string[] = [];
  while (queue.facts.ready > 0) taken.push((await queue.get()) ?? "");
  return taken;
}

describe("the order of a WorkQueue", () => {
  const cases: readonly {
    readonly why: string;
    readonly adds: readonly (readonly [string, AddOptions?])[];
    readonly order: readonly string[];
  }[] = [
    { why: "first in, first out within a namespace", adds: [["a/2"], ["a/1"], ["a/3"]], order: ["a/2", "a/1", "a/3"] },
    {
      why: "namespaces take turns, so a big one does not hold up a small one",
      adds: [["a/1"], ["a/2"], ["a/3"], ["b/1"], ["b/2"]],
      order: ["a/1", "b/1", "a/2", "b/2", "a/3"],
    },
    { why: "keys without a namespace are a share of their own", adds: [["a/1"], ["a/2"], ["x"]], order: ["a/1", "x", "a/2"] },
    { why: "a higher priority goes first", adds: [["a/1", { priority: -100 }], ["a/2"]], order: ["a/2", "a/1"] },
    {
      why: "a key that is added again with a higher priority rises",
      adds: [["a/1", { priority: -100 }], ["a/2", { priority: -100 }], ["a/2"]],
      order: ["a/2", "a/1"],
    },
    {
      why: "a key that is added again with a lower priority stays",
      adds: [["a/1"], ["a/2"], ["a/1", { priority: -100 }]],
      order: ["a/1", "a/2"],
    },
  ];
  for (const { why, adds, order } of cases) {
    test(why, async () => {
      const { queue } = open();
      for (const [key, options] of adds) queue.add(key, options);
      assert.deepEqual(await takeAll(queue), order);
    });
  }

  test("a priority that was passed over often enough is served in between", async () => {
    const { queue } = open({ bypass: 2 });
    for (const n of [1, 2]) queue.add(`low/${n}`, { priority: -100 });
    for (const n of [1, 2, 3, 4]) queue.add(`high/${n}`);
    assert.deepEqual(await takeAll(queue), ["high/1", "high/2", "low/1", "high/3", "high/4", "low/2"]);
  });

  test("what shares are is a parameter", async () => {
    const { queue } = open({ shareOf: (key) => key.slice(-1) });
    for (const key of ["1a", "2a", "1b"]) queue.add(key);
    assert.deepEqual(await takeAll(queue), ["1a", "1b", "2a"]);
  });

  test("a mark of higher priority goes first after the run", async () => {
    const { queue } = open();
    queue.add("a/1");
    assert.equal(await queue.get(), "a/1");
    queue.add("a/1", { priority: -1 });
    queue.add("a/1", { priority: 1 });
    queue.add("a/2");
    queue.done("a/1");
    assert.deepEqual(await takeAll(queue), ["a/1", "a/2"]);
  });
});

describe("delays of a WorkQueue", () => {
  test("a key waits for its time, and all of them share one timer", async () => {
    const { clock, queue } = open();
    for (let n = 100; n > 0; n -= 1) queue.add(`a/${n}`, { afterMs: n });
    assert.equal(clock.pending, 1);
    await clock.advance(50);
    assert.deepEqual((await takeAll(queue)).length, 50);
    await clock.advance(50);
    assert.equal(clock.pending, 0);
  });

  test("an add for now ends a wait for later, which does not come on top", async () => {
    const { clock, queue } = open();
    queue.add("x", { afterMs: 100, priority: 3 });
    queue.add("x");
    queue.done((await queue.get()) ?? "");
    await clock.advance(1000);
    assert.equal(queue.facts.ready, 0);
  });

  for (const afterMs of [Number.NaN, -5, 0]) {
    test(`a delay of ${afterMs} is none`, () => {
      const { queue } = open();
      queue.add("x", { afterMs });
      assert.equal(queue.facts.ready, 1);
    });
  }

  test("debounced adds wait for quiet, but not longer than the longest wait after the first", async () => {
    const { clock, queue } = open({ debounce: { quietMs: 10, mostMs: 25 } });
    for (let at = 0; at < 24; at += 6) {
      queue.add("busy");
      await clock.advance(6);
    }
    queue.add("quiet");
    assert.equal(queue.facts.ready, 0);
    await clock.advance(1);
    assert.deepEqual(await takeAll(queue), ["busy"]);
    await clock.advance(8);
    assert.equal(queue.facts.ready, 0);
    await clock.advance(1);
    assert.deepEqual(await takeAll(queue), ["quiet"]);
  });

  test("an add that says when is not debounced, and debounce does not postpone it", async () => {
    const { clock, queue } = open({ debounce: { quietMs: 10, mostMs: 25 } });
    queue.add("now", { afterMs: 0 });
    assert.deepEqual(await takeAll(queue), ["now"]);
    queue.add("soon", { afterMs: 4 });
    await clock.advance(3);
    queue.add("soon");
    await clock.advance(1);
    assert.deepEqual(await takeAll(queue), ["soon"]);
  });
});

describe("debounce of a WorkQueue", () => {
  test("never moves a key beyond the earliest time that was asked for, also when a later one was", async () => {
    const { clock, queue } = open({ debounce: { quietMs: 10, mostMs: 1000 } });
    queue.add("x", { afterMs: 4 });
    queue.add("x", { afterMs: 100 });
    await clock.advance(3);
    queue.add("x");
    await clock.advance(1);
    assert.deepEqual(await takeAll(queue), ["x"]);
  });
});

describe("retries of a WorkQueue", () => {
  test("wait longer with each failure, up to the longest delay, and from the start after a success", () => {
    const { queue } = open({ backoff: { leastMs: 5, mostMs: 100 } });
    const delays = [1, 2, 3, 4, 5, 6, 7].map(() => queue.retry("x"));
    assert.deepEqual(delays, [5, 10, 20, 40, 80, 100, 100]);
    assert.equal(queue.failuresOf("x"), 7);
    queue.forget("x");
    assert.equal(queue.retry("x"), 5);
    assert.equal(queue.retry("y"), 5);
  });

  test("never shrink before they are near the longest, whatever chance does, and never exceed it", () => {
    const randoms = [0, 0.999, 0.5, 0.999, 0, 0.999, 0.999, 0, 0.1, 0.999, 0, 0.5, 0.999, 0.2, 0, 0.999, 0, 0.999, 0.3, 0];
    const { queue } = open({ random: () => randoms.shift() ?? 0.5, backoff: { perSecond: 1e9 } });
    const delays = Array.from({ length: 18 }, () => queue.retry("x"));
    for (const [at, delay] of delays.entries()) assert.ok(delay > (delays[at - 1] ?? 0), delays.join());
    for (let n = 0; n < 20; n += 1) {
      const delay = queue.retry("x");
      assert.ok(delay >= 900_000 && delay <= 1_000_000, `${delay}`);
    }
  });

  test("of all keys together keep to the overall rate, after a burst", async () => {
    const { clock, queue } = open({ backoff: { leastMs: 1, perSecond: 10, burst: 3 } });
    assert.deepEqual(
      ["a", "b", "c", "d", "e"].map((key) => queue.retry(key)),
      [1, 1, 1, 100, 200],
    );
    await clock.advance(1000);
    assert.equal(queue.retry("f"), 1);
  });

  test("wait at least as long as the server asks for", () => {
    const { queue } = open();
    assert.equal(queue.retry("x", { atLeastMs: 2000 }), 2000);
    assert.equal(queue.retry("x", { atLeastMs: 1 }), 10);
  });

  test("of a key that was marked meanwhile need no delay", async () => {
    const { queue } = open();
    queue.add("x");
    await queue.get();
    queue.add("x");
    queue.retry("x");
    queue.done("x");
    assert.equal(queue.facts.ready, 1);
    assert.equal(queue.facts.waiting, 0);
  });
});

describe("the end of a WorkQueue", () => {
  test("a drain resolves as soon as workers have finished what was dirty", async () => {
    const { clock, queue } = open();
    for (const key of ["x", "y"]) queue.add(key);
    assert.equal(await queue.get(), "x");
    queue.add("x");
    const drained = queue.drain({ withinMs: 1000 });
    for (const key of ["x", "y", "x"]) {
      queue.done(key);
      await queue.get();
    }
    assert.deepEqual(await drained, { left: 0 });
    assert.equal(clock.pending, 0);
    assert.equal(await queue.get(), undefined);
  });

  test("a drain that takes too long tells how many keys are left", async () => {
    const { clock, queue } = open();
    for (const key of ["x", "y", "z"]) queue.add(key);
    await queue.get();
    const drained = queue.drain({ withinMs: 1000 });
    await clock.advance(1000);
    assert.deepEqual(await drained, { left: 3 });
  });

  test("a retry after the shut-down counts nothing and takes nothing in", () => {
    const { queue } = open();
    queue.shutDown();
    assert.equal(queue.retry("x"), 0);
    assert.deepEqual([queue.failuresOf("x"), queue.facts.waiting, queue.facts.dropped], [0, 0, 1]);
  });

  test("an abort ends the wait for a key with its reason, and the next worker is given the key", async () => {
    const { queue } = open();
    const abort = new AbortController();
    const first = queue.get(abort.signal);
    const second = queue.get();
    const reason = new Error("enough");
    abort.abort(reason);
    await assert.rejects(first, reason);
    queue.add("x");
    assert.equal(await second, "x");
  });

  test("a key handed over before the abort stays with the worker, so that it is not lost", async () => {
    const { queue } = open();
    const abort = new AbortController();
    const got = queue.get(abort.signal);
    queue.add("x");
    abort.abort(new Error("late"));
    assert.equal(await got, "x");
    assert.equal(queue.facts.processing, 1);
  });

  test("done of a key that no worker has is without effect", () => {
    const { queue } = open();
    queue.add("x");
    queue.done("x");
    assert.equal(queue.facts.ready, 1);
  });

  test("a close drops what is ready and what is marked, and lets workers go", async () => {
    const { clock, queue } = open();
    for (const key of ["x", "y"]) queue.add(key);
    await queue.get();
    queue.add("x");
    queue.close();
    queue.done("x");
    assert.equal(await queue.get(), undefined);
    const { dropped, ready, processing } = queue.facts;
    assert.deepEqual({ dropped, ready, processing, timers: clock.pending }, { dropped: 2, ready: 0, processing: 0, timers: 0 });
  });
});

describe("the metrics of a WorkQueue", () => {
  test("tell of depth, adds, durations, retries, and while a worker has a key, of its age", async () => {
    const seen = new Map<string, number[]>();
    const note = (name: string, value: number): void => void seen.set(name, [...(seen.get(name) ?? []), value]);
    const series: SeriesGroup = {
      add: ({ name }, by = 1) => note(name, by),
      set: ({ name }, value) => note(name, value),
      observe: ({ name }, value) => note(name, value),
      clear: () => {},
      close: () => {},
      size: 0,
    };
    const { clock, queue } = open({ series });
    queue.add("x");
    await clock.advance(2000);
    await queue.get();
    await clock.advance(6000);
    queue.retry("x");
    queue.done("x");
    await settle();
    assert.deepEqual(Object.fromEntries(seen), {
      [QUEUE_METRICS.depth.name]: [1, 0],
      [QUEUE_METRICS.adds.name]: [1],
      [QUEUE_METRICS.queued.name]: [2],
      [QUEUE_METRICS.unfinished.name]: [5, 0],
      [QUEUE_METRICS.longest.name]: [5, 0],
      [QUEUE_METRICS.retries.name]: [1],
      [QUEUE_METRICS.worked.name]: [6],
    });
  });
});
