import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BUGS } from "./seeded-bugs.ts";
import { hunt, plant, StaleBugError } from "./bugs.ts";
import { playSeeds, PRODUCTION } from "./part.ts";
import { scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { textOfViolation } from "./story.ts";
import { simulate } from "./world.ts";

const SEEDS = Number(process.env["POLYKIND_SEEDS"] ?? 300);

describe("the simulation of the informer", () => {
  test("finds no violation in any schedule", { timeout: 60_000 }, async () => {
    const { failed, schedules } = await playSeeds({ from: 1, to: SEEDS, step: 1 });
    const [first] = failed;
    const violations = first === undefined ? [] : (await simulate(scheduleOf(first), PRODUCTION)).violations;
    assert.deepEqual(failed, [], `npm run sim:watch -- --seed ${first}\n${violations.map(textOfViolation).join("\n")}`);
    assert.equal(schedules, SEEDS);
  });

  test("comes to the same trace each time, so that a seed is all that must be told", async () => {
    for (const seed of [7, 77, 777]) {
      const [one, other] = [await simulate(scheduleOf(seed), PRODUCTION), await simulate(scheduleOf(seed), PRODUCTION)];
      assert.deepEqual(one.trace, other.trace);
      assert.ok(one.trace.length > 20);
    }
  });
});

describe("the seeded bugs", () => {
  test("all fit the source as it is", async () => {
    for (const bug of BUGS) assert.notEqual(await plant(bug), "");
    assert.ok(BUGS.length >= 20);
  });

  test("say which of them does not fit any more", async () => {
    const [bug] = BUGS;
    assert.ok(bug !== undefined);
    await assert.rejects(
      plant({ ...bug, find: "what nobody wrote" }),
      (error) => error instanceof StaleBugError && error.message.includes(bug.name),
    );
  });

  for (const bug of BUGS.filter(({ isRare }) => isRare !== true)) {
    test(`${bug.name}: caught by ${bug.caughtBy.join(" or ")}`, { timeout: 60_000 }, async () => {
      assert.ok((await hunt(bug, { seeds: 400 })) !== undefined, "not caught in 400 seeds");
    });
  }
});

describe("a failing schedule", () => {
  test("is made shorter, and still fails by the same invariant", async () => {
    const subject = PRODUCTION;
    const schedule = scheduleOf(3);
    const kept = await shrink(schedule, { invariant: "W3", subject, tries: 3 });
    assert.equal(kept.acts.length, schedule.acts.length, "one that does not fail is left as it is");
  });
});
