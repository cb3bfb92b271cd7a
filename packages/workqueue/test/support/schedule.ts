import assert from "node:assert/strict";
import { ManualClock, settle } from "@polykind/testing";
import { WorkQueue, type WorkQueueOptions } from "@polykind/workqueue";
import fc from "fast-check";

/** One step of a random schedule. */
export type Step =
  | { readonly do: "add"; readonly key: string; readonly priority: number; readonly afterMs: number | undefined }
  | { readonly do: "retry"; readonly key: string }
  | { readonly do: "get" }
  | { readonly do: "done"; readonly which: number }
  | { readonly do: "advance"; readonly byMs: number };

/** What happened, in order. */
export type Happening =
  | { readonly what: "added"; readonly key: string; readonly at: number; readonly dueAt: number; readonly wasProcessing: boolean }
  | { readonly what: "given"; readonly key: string; readonly at: number }
  | { readonly what: "done"; readonly key: string; readonly at: number };

const key = fc.constantFrom("a/1", "a/2", "a/3", "b/1", "b/2", "c");

/** Schedules of up to 60 steps over six keys. */
export const schedules: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("add" as const),
        key,
        priority: fc.constantFrom(-1, 0, 0, 0, 2),
        afterMs: fc.option(fc.nat(50), { nil: undefined }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("retry" as const), key }) },
    { weight: 4, arbitrary: fc.constant({ do: "get" as const }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("done" as const), which: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), byMs: fc.nat(40) }) },
  ),
  { maxLength: 60 },
);

/** Plays schedules on a real queue and writes down what happens. */
export class Player {
  readonly clock = new ManualClock();
  readonly queue: WorkQueue;
  readonly processing: string[] = [];
  readonly happenings: Happening[] = [];
  /** Workers that wait for a key. */
  waiting = 0;
  /** Workers that were told that nothing comes any more. */
  ended = 0;

  constructor(options: Partial<WorkQueueOptions> = {}) {
    this.queue = new WorkQueue({ clock: this.clock, random: () => 0.5, ...options });
  }

  async play(steps: readonly Step[], afterEach: (step: Step) => void = () => {}): Promise<this> {
    for (const step of steps) {
      await this.#take(step);
      afterEach(step);
    }
    return this;
  }

  /** Gives every key that is or becomes ready to workers, and finishes it, until nothing is left. */
  async finish(): Promise<this> {
    do {
      for (const _ of this.processing.slice()) await this.#take({ do: "done", which: 0 });
      while (this.queue.facts.ready > 0) {
        await this.#take({ do: "get" });
        await this.#take({ do: "done", which: 0 });
      }
    } while ((this.queue.facts.waiting > 0 && (await this.clock.advanceToNext())) || this.processing.length > 0);
    return this;
  }

  async #take(step: Step): Promise<void> {
    const at = this.clock.elapsed();
    switch (step.do) {
      case "add":
        this.#note(step.key, at + (step.afterMs ?? 0), () =>
          this.queue.add(step.key, { priority: step.priority, ...(step.afterMs !== undefined && { afterMs: step.afterMs }) }),
        );
        break;
      case "retry":
        this.#note(step.key, Infinity, () => this.queue.retry(step.key));
        break;
      case "get":
        this.#get();
        break;
      case "done": {
        const [key] = this.processing.splice(step.which % Math.max(1, this.processing.length), 1);
        if (key === undefined) break;
        this.happenings.push({ what: "done", key, at });
        this.queue.done(key);
        break;
      }
      case "advance":
        await this.clock.advance(step.byMs);
        break;
    }
    await settle();
  }

  #note(key: string, dueAt: number, add: () => unknown): void {
    this.happenings.push({ what: "added", key, at: this.clock.elapsed(), dueAt, wasProcessing: this.processing.includes(key) });
    add();
  }

  #get(): void {
    this.waiting += 1;
    void this.queue.get().then((key) => {
      this.waiting -= 1;
      if (key === undefined) {
        this.ended += 1;
        return;
      }
      assert.ok(!this.processing.includes(key), `${key} is with two workers`);
      this.processing.push(key);
      this.happenings.push({ what: "given", key, at: this.clock.elapsed() });
    });
  }
}
