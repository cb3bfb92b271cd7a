import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock, settle } from "@polykind/testing";
import { Latch } from "../src/latch.ts";
import { AdaptiveListGate, type ListPlace } from "../src/pool/list-gate.ts";

describe("a latch", () => {
  test("lets those who wait go when it opens, and those who come later at once", async () => {
    const latch = new Latch();
    const waiting = latch.wait();
    latch.open();
    latch.fail(new Error("too late"));
    await Promise.all([waiting, latch.wait()]);
    assert.equal(latch.isOpen, true);
  });

  test("fails those who wait, and those who come later", async () => {
    const latch = new Latch();
    const waiting = assert.rejects(latch.wait(), /over/);
    latch.fail(new Error("over"));
    latch.open();
    await waiting;
    await assert.rejects(latch.wait(), /over/);
    assert.equal(latch.isOpen, false);
  });

  test("gives the reason of a signal that aborts, before or while it waits", async () => {
    const latch = new Latch();
    await assert.rejects(latch.wait(AbortSignal.abort("before")), (reason) => reason === "before");
    const abort = new AbortController();
    const waiting = assert.rejects(latch.wait(abort.signal), (reason) => reason === "while");
    abort.abort("while");
    await waiting;
  });
});

describe("the gate of lists", () => {
  const enterAll = async (gate: AdaptiveListGate, count: number): Promise<ListPlace[]> => {
    const inside: ListPlace[] = [];
    for (let n = 0; n < count; n += 1) {
      const place = gate.ask();
      void place.admitted.then(() => inside.push(place));
    }
    await settle();
    return inside;
  };

  test("lets in so many, and the next in the order in which they came", async () => {
    const gate = new AdaptiveListGate({ most: 2, clock: new ManualClock() });
    const inside = await enterAll(gate, 5);
    assert.deepEqual(gate.load, { inside: 2, waiting: 3 });
    inside[0]?.leave();
    inside[0]?.leave();
    await settle();
    assert.deepEqual(gate.load, { inside: 2, waiting: 2 });
  });

  test("halves when the server throttles, once a second, and never below one", async () => {
    const clock = new ManualClock();
    const gate = new AdaptiveListGate({ most: 10, clock });
    const [place] = await enterAll(gate, 1);
    for (const expected of [5, 5]) {
      place?.report({ tookMs: 0, isThrottled: true });
      assert.equal(gate.limit, expected);
    }
    for (const expected of [2, 1, 1]) {
      await clock.advance(1_000);
      place?.report({ tookMs: 0, isThrottled: true });
      assert.equal(gate.limit, expected);
    }
  });

  test("lets in one more with each good answer, until there is trouble", async () => {
    const clock = new ManualClock();
    const gate = new AdaptiveListGate({ most: 54, clock });
    const [place] = await enterAll(gate, 60);
    assert.deepEqual(gate.load, { inside: 50, waiting: 10 });
    place?.report({ tookMs: 5, isThrottled: false });
    await settle();
    assert.deepEqual(gate.load, { inside: 51, waiting: 9 });
    for (let n = 0; n < 9; n += 1) place?.report({ tookMs: 5, isThrottled: false });
    assert.equal(gate.limit, 54);
    place?.report({ tookMs: 0, isThrottled: true });
    assert.equal(gate.limit, 27);
    place?.report({ tookMs: 5, isThrottled: false });
    assert.equal(gate.limit, 27, "a whole round adds one");
    for (let n = 0; n < 27; n += 1) place?.report({ tookMs: 5, isThrottled: false });
    assert.equal(gate.limit, 28);
  });

  test("halves when answers take far longer than usual, and grows back with good ones", async () => {
    const clock = new ManualClock();
    const gate = new AdaptiveListGate({ most: 10, clock });
    const [place] = await enterAll(gate, 1);
    for (let n = 0; n < 20; n += 1) place?.report({ tookMs: 50, isThrottled: false });
    place?.report({ tookMs: 450, isThrottled: false });
    assert.equal(gate.limit, 10, "not so long that it matters");
    place?.report({ tookMs: 2_000, isThrottled: false });
    assert.equal(gate.limit, 5);
    for (let n = 0; n < 60; n += 1) place?.report({ tookMs: 50, isThrottled: false });
    assert.equal(gate.limit, 10);
  });

  test("forgets one who goes away while waiting", async () => {
    const gate = new AdaptiveListGate({ most: 1, clock: new ManualClock() });
    const [inside] = await enterAll(gate, 1);
    const [going, staying] = [gate.ask(), gate.ask()];
    going.leave();
    await going.admitted;
    assert.deepEqual(gate.load, { inside: 1, waiting: 1 });
    inside?.leave();
    await staying.admitted;
    assert.deepEqual(gate.load, { inside: 1, waiting: 0 });
    going.leave();
    staying.leave();
    assert.deepEqual(gate.load, { inside: 0, waiting: 0 });
  });
});
