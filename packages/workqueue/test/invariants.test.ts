import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock, settle } from "@polykind/testing";
import { WorkQueue } from "@polykind/workqueue";
import fc from "fast-check";
import { Player, schedules, type Step } from "./support/schedule.ts";

const holds = (check: (steps: readonly Step[]) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(schedules, check), { numRuns: 300 });

/** The rules as three sets and the earliest times, written down once more, without any order. */
class Model {
  readonly dirty = new Set<string>();
  readonly processing = new Set<string>();
  readonly dueAt = new Map<string, number>();

  get ready(): ReadonlySet<string> {
    return this.dirty.difference(this.processing);
  }

  add(key: string, nowMs: number, afterMs: number): void {
    if (this.dirty.has(key)) return;
    if (afterMs > 0) this.dueAt.set(key, Math.min(this.dueAt.get(key) ?? Infinity, nowMs + afterMs));
    else this.want(key);
  }

  want(key: string): void {
    this.dirty.add(key);
    this.dueAt.delete(key);
  }

  tick(nowMs: number): void {
    for (const [key, dueAt] of this.dueAt) if (dueAt <= nowMs) this.want(key);
  }
}

describe("WorkQueue keeps its invariants in every schedule:", () => {
  test("it holds exactly the keys that the three sets and the earliest times say", () =>
    holds(async (all) => {
      const steps = all.filter((step) => step.do !== "retry");
      const player = new Player();
      const model = new Model();
      let seen = 0;
      const give = (): void => {
        for (const happening of player.happenings.slice(seen)) {
          if (happening.what !== "given") continue;
          assert.ok(model.ready.has(happening.key), `${happening.key} was given without being ready`);
          model.dirty.delete(happening.key);
          model.processing.add(happening.key);
        }
        seen = player.happenings.length;
      };
      await player.play(steps, (step) => {
        if (step.do === "add") model.add(step.key, player.clock.elapsed(), step.afterMs ?? 0);
        for (const happening of player.happenings.slice(seen)) if (happening.what === "done") model.processing.delete(happening.key);
        model.tick(player.clock.elapsed());
        give();
        const { ready, marked, waiting, processing } = player.queue.facts;
        assert.deepEqual(
          { ready, marked, waiting, processing },
          {
            ready: model.ready.size,
            marked: model.dirty.intersection(model.processing).size,
            waiting: model.dueAt.size,
            processing: model.processing.size,
          },
        );
      });
    }));

  test("1. a ready key is dirty and not processing, so a worker never waits beside it", () =>
    holds(async (steps) => {
      const player = new Player();
      await player.play(steps, () => assert.ok(player.waiting === 0 || player.queue.facts.ready === 0));
    }));

  test("2. adding a dirty key changes nothing: what is ready stays one entry, in its place", () =>
    holds(async (steps) => {
      const [once, twice] = [new Player(), new Player()];
      const plain = steps.filter(isPlain);
      const doubled: Step[] = [];
      for (const step of plain) doubled.push(...(step.do === "add" ? [step, { ...step, afterMs: step.afterMs ?? 7 }] : [step]));
      await once.play(plain);
      await twice.play(doubled);
      assert.deepEqual(givenKeys(twice), givenKeys(once));
    }));

  test("3. however often a key is added while it is processing, that is exactly one further run", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(undefined, 0), { minLength: 1, maxLength: 20 }), async (adds) => {
        const player = new Player();
        const add = (afterMs: number | undefined): Step => ({ do: "add", key: "a/1", priority: 0, afterMs });
        await player.play([add(undefined), { do: "get" }, ...adds.map(add), { do: "done", which: 0 }]);
        await player.finish();
        assert.equal(givenKeys(player).length, 2);
      }),
    ));

  test("4. what is added after a worker was given a key is not lost in the run that has begun", () =>
    holds(async (steps) => {
      const player = await new Player().play(steps);
      await player.finish();
      for (const [at, happening] of player.happenings.entries()) {
        if (happening.what !== "added" || !happening.wasProcessing) continue;
        assert.ok(player.happenings.slice(at).some(({ what, key }) => what === "given" && key === happening.key));
      }
    }));

  test("5. one key is never with two workers", () =>
    // The player itself asserts it at each key that it is given.
    holds(async (steps) => void (await new Player().play(steps))));

  test("6. after the shut-down adds are refused, what is dirty drains, what waits is dropped, and every worker is let go", () =>
    holds(async (steps) => {
      const player = await new Player().play(steps);
      const { ready, marked } = player.queue.facts;
      const before = givenKeys(player).length;
      player.queue.shutDown();
      assert.equal(player.queue.facts.waiting, 0);
      assert.equal(player.queue.add("late"), false);
      await player.finish();
      await settle();
      assert.equal(givenKeys(player).length - before, ready + marked);
      assert.equal(player.waiting, 0);
      assert.equal(player.clock.pending, 0);
    }));

  test("7. a delayed add keeps the earliest time", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.record({ at: fc.nat(100), afterMs: fc.nat(100) }), { minLength: 1 }), async (adds) => {
        const player = new Player();
        const sorted = adds.toSorted((a, b) => a.at - b.at);
        const dueAt = Math.min(...sorted.map(({ at, afterMs }) => at + afterMs));
        await player.play([{ do: "get" }]);
        for (const { at, afterMs } of sorted.filter(({ at }) => at <= dueAt)) {
          await player.play([
            { do: "advance", byMs: at - player.clock.elapsed() },
            { do: "add", key: "a/1", priority: 0, afterMs },
          ]);
        }
        await player.play([{ do: "advance", byMs: 300 }]);
        assert.equal(player.happenings.find(({ what }) => what === "given")?.at, dueAt);
      }),
    ));

  test("8. nothing is lost: every add is followed by a run of that key, not before its time if it had to wait", () =>
    holds(async (steps) => {
      const player = await new Player().play(steps);
      await player.finish();
      for (const [at, added] of player.happenings.entries()) {
        if (added.what !== "added") continue;
        const isPending = player.happenings.slice(at).some(({ what, key }) => what === "given" && key === added.key);
        assert.ok(isPending, `${added.key}, added at ${added.at}, was never given`);
      }
    }));

  test("the ledger always balances, also through a shut-down and a close", () =>
    fc.assert(
      fc.asyncProperty(schedules, schedules, async (before, after) => {
        const player = new Player({ debounce: { quietMs: 5, mostMs: 20 } });
        const balances = (): void => {
          const { adds, merged, finished, dropped, ready, marked, waiting, processing } = player.queue.facts;
          assert.equal(adds, merged + finished + dropped + ready + marked + waiting + processing);
        };
        await player.play(before, balances);
        player.queue.shutDown();
        balances();
        await player.play(after, balances);
        player.queue.close();
        balances();
        assert.equal(player.clock.pending, 0);
      }),
    ));
});

describe("WorkQueue starves nobody:", () => {
  test("a key is given within (k + 1) · S · (bypass + L) takes, whatever is added meanwhile", () =>
    fc.assert(
      fc.asyncProperty(fc.nat(4), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 10 }), async (keysBefore, shares, bypass) => {
        const queue = new WorkQueue({ clock: new ManualClock(), random: () => 0, bypass });
        for (let share = 0; share < shares; share += 1)
          for (let n = 0; n < keysBefore; n += 1) queue.add(`low${share}/${n}`, { priority: -1 });
        queue.add("low0/poor", { priority: -1 });
        const bound = (keysBefore + 1) * shares * (bypass + 2);
        for (let takes = 1; takes <= bound; takes += 1) {
          queue.add(`rich${takes}/x`, { priority: 5 });
          queue.add(`rich${takes}/y`, { priority: 5 });
          queue.add(`low${takes % shares}/new${takes}`, { priority: -1 });
          const key = await queue.get();
          if (key === "low0/poor") return;
        }
        assert.fail(`not given within ${bound} takes`);
      }),
    ));

  test("a worker that waits is given what comes, in the order in which workers came", async () => {
    const queue = new WorkQueue({ clock: new ManualClock(), random: () => 0 });
    const given: unknown[] = [];
    for (const worker of [1, 2]) void queue.get().then((key) => given.push([worker, key]));
    queue.add("x");
    queue.add("y");
    await settle();
    assert.deepEqual(given, [
      [1, "x"],
      [2, "y"],
    ]);
  });
});

function givenKeys(player: Player): readonly string[] {
  return player.happenings.flatMap((happening) => (happening.what === "given" ? [happening.key] : []));
}

/** Adds that are due at once, so that adding again is always adding a dirty key. */
function isPlain(step: Step): boolean {
  return step.do === "get" || step.do === "done" || (step.do === "add" && (step.afterMs === undefined || step.afterMs === 7));
}
