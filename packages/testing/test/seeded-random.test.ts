import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "@polykind/testing";

function draws(seed: number, count: number): readonly number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
}

describe("seededRandom", () => {
  test("draws the same numbers of the same seed, and others of another", () => {
    assert.deepEqual(draws(1, 100), draws(1, 100));
    assert.notDeepEqual(draws(1, 100), draws(2, 100));
    assert.deepEqual(draws(2 ** 32 + 1, 10), draws(1, 10), "seeds are 32 bits");
  });

  test("draws from 0 to below 1, evenly", () => {
    const all = draws(3, 20_000);
    assert.ok(all.every((draw) => draw >= 0 && draw < 1));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const count = all.filter((draw) => Math.floor(draw * 10) === tenth).length;
      assert.ok(count > 1_800 && count < 2_200, `${count} of 20,000 in tenth ${tenth}`);
    }
  });
});
