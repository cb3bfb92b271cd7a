import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SMALL_EXTENTS } from "./budgets.ts";
import { explore } from "./explore.ts";
import { HashTable } from "./hash-table.ts";
import { keyOf } from "./key.ts";
import { MISTAKES } from "./mistakes.ts";
import { Model } from "./model.ts";
import { hunt, plant, production, StaleMistakeError } from "./plant.ts";
import { storyOf } from "./story.ts";

describe("the life of a kind, in every order in which things can happen", () => {
  for (const extent of SMALL_EXTENTS) {
    test(`breaks no invariant, and comes to rest as it should: ${extent.lives} lives, ${extent.total} other things`, {
      timeout: 60_000,
    }, async () => {
      const model = new Model(await production(), extent);
      const { failure, isComplete, states, rests } = explore(model);
      assert.equal(failure, undefined, failure && storyOf(model, failure));
      assert.ok(isComplete && states > 4_000 && rests > 10, `${states} states, ${rests} rests`);
    });
  }

  test("is the same each time it is explored", async () => {
    const [one, other] = await Promise.all([1, 2].map(async () => explore(new Model(await production(), { lives: 1, total: 1 }))));
    assert.deepEqual(one, other);
  });

  test("is not said to be whole when only a part of it was explored", async () => {
    const { isComplete, states } = explore(new Model(await production(), { lives: 2, total: 1 }), { most: 500 });
    assert.deepEqual([isComplete, states >= 500], [false, true]);
  });
});

describe("the planted mistakes", () => {
  test("all fit the source as it is", async () => {
    for (const mistake of MISTAKES) assert.notEqual(await plant(mistake), "");
    assert.ok(MISTAKES.length >= 12);
  });

  test("say which of them does not fit any more", async () => {
    const [mistake] = MISTAKES;
    assert.ok(mistake !== undefined);
    await assert.rejects(
      plant({ ...mistake, find: "what nobody wrote" }),
      (error) => error instanceof StaleMistakeError && error.message.includes(mistake.name),
    );
  });

  for (const mistake of MISTAKES) {
    test(`${mistake.name}: caught by ${mistake.caughtBy}`, { timeout: 60_000 }, async () => {
      const { exploration } = await hunt(mistake);
      assert.equal(exploration.failure?.invariant, mistake.caughtBy, exploration.failure?.why ?? `not in ${exploration.states} states`);
    });
  }

  test("are told as the shortest story that leads to them", async () => {
    const [mistake] = MISTAKES.filter(({ name }) => name.startsWith("a controller is stopped"));
    assert.ok(mistake !== undefined);
    const { model, exploration } = await hunt(mistake);
    const { failure } = exploration;
    assert.ok(failure !== undefined);
    const lines = storyOf(model, failure).split("\n");
    assert.equal(lines.length, failure.path.length + 1);
    assert.match(lines[0] ?? "", /the CRD is created, life 1/);
    assert.match(lines.at(-2) ?? "", /the watch tells: life 1, terminating/);
    assert.match(lines.at(-1) ?? "", /^I3 is broken: p is stopped/);
  });
});

describe("keyOf", () => {
  test("takes worlds for one that differ only in how epochs are numbered", async () => {
    const { initial } = new Model(await production(), { lives: 1, total: 0 });
    const held = { plugin: "p", life: 1, version: "v1", phase: "up", isDraining: false, isRetiring: false, isReshaped: false } as const;
    const at = (epoch: number): string => keyOf({ ...initial, held: [{ ...held, epoch }] });
    assert.equal(at(3), at(7));
    assert.notEqual(at(3), keyOf(initial));
  });
});

describe("HashTable", () => {
  test("numbers texts in the order in which they first come, over many growths", () => {
    const table = new HashTable();
    const count = 200_000;
    for (let at = 0; at < count; at += 1) assert.equal(table.add(`world ${at}`), at);
    for (let at = 0; at < count; at += 997) assert.equal(table.add(`world ${at}`), at);
    assert.equal(table.size, count);
  });
});
