import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { settle } from "@polykind/testing";
import { Stop } from "@polykind/core";
import { Limiter } from "../../src/transport/limiter.ts";

const open = new Stop();

describe("Limiter", () => {
  test("lets only so many of one key run, and others all the same", async () => {
    const limiter = new Limiter({ total: 10, perKey: 2 });
    await limiter.acquire("a", open);
    const second = await limiter.acquire("a", open);
    let hasRun = false;
    const third = limiter.acquire("a", open).then(() => (hasRun = true));
    await limiter.acquire("b", open);
    await settle();
    assert.equal(hasRun, false);
    second();
    await third;
  });

  test("lets keys take turns, so that a flood of one does not hold up another", async () => {
    const limiter = new Limiter({ total: 1, perKey: 1 });
    const order: string[] = [];
    const run = async (key: string, name: string): Promise<void> => {
      const end = await limiter.acquire(key, open);
      order.push(name);
      await settle();
      end();
    };
    await Promise.all([run("a", "a1"), run("a", "a2"), run("a", "a3"), run("b", "b1")]);
    assert.deepEqual(order, ["a1", "a2", "b1", "a3"]);
  });

  test("forgets who aborts while waiting, and rejects with the reason", async () => {
    const limiter = new Limiter({ total: 1, perKey: 1 });
    const end = await limiter.acquire("a", open);
    const ending = new Stop();
    const waiting = limiter.acquire("a", ending);
    ending.abort("enough");
    await assert.rejects(waiting, (reason) => reason === "enough");
    assert.equal(limiter.size, 1);
    const patient = new Stop();
    const second = limiter.acquire("a", patient);
    end();
    (await second)();
    assert.equal(limiter.size, 0);
    assert.equal(patient.listeners, 0);
  });

  test("counts an end once, however often it is told", async () => {
    const limiter = new Limiter({ total: 1, perKey: 1 });
    const end = await limiter.acquire("a", open);
    end();
    end();
    await limiter.acquire("a", open);
    let hasRun = false;
    void limiter.acquire("a", open).then(() => (hasRun = true));
    await settle();
    assert.equal(hasRun, false);
  });

  test("fills every place that falls free", async () => {
    const limiter = new Limiter({ total: 3, perKey: 3 });
    const ends = await Promise.all([1, 2, 3].map(() => limiter.acquire("a", open)));
    let started = 0;
    for (let i = 0; i < 3; i += 1) void limiter.acquire("a", open).then(() => (started += 1));
    for (const end of ends) end();
    await settle();
    assert.equal(started, 3);
  });
});
