import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PolykindError } from "@polykind/core";
import { silentLog } from "@polykind/telemetry";
import { ManualClock, settle } from "@polykind/testing";
import fc from "fast-check";
import { Supervisor } from "../../src/kind/supervisor.ts";
import { crd, version } from "../support/crds.ts";
import { FakeControllers } from "../support/fake-controllers.ts";
import { bound } from "../support/lives.ts";

const RUNS = Number(process.env["POLYKIND_RUNS"] ?? 300);
const PATIENT_MS = 600_000;

/** One life of a slot over controllers that come, fail and end as the numbers say. */
class Slot {
  readonly clock = new ManualClock();
  readonly below = new FakeControllers();
  readonly supervisor: Supervisor;
  #life = 0;
  #at = 10;
  #served: "v1" | "v1beta1" = "v1";
  #isThere = false;
  #isBound = true;
  #isLeading = true;

  constructor() {
    const { clock, below } = this;
    this.supervisor = new Supervisor({
      name: "sessions.demo.example.com",
      clock,
      log: silentLog,
      start: (call) => below.start(call),
      acquire: (_, target) => below.acquire(target),
      confirm: (uid) => Promise.resolve(this.#isThere && uid === `u${this.#life}` ? "there" : "absent"),
      diagnose: ({ of }) => Promise.resolve(of === "rights" ? { is: "forbidden", verbs: ["list"] } : { is: "itself" }),
      expectDisconnect: () => {},
      onChange: () => {},
    });
  }

  async act(number: number): Promise<void> {
    const acts: readonly (() => void | Promise<void>)[] = [
      () => this.#create(),
      () => this.#edit(),
      () => this.#delete(),
      () => this.#bind(),
      () => this.#lead(),
      () => this.below.starts.at(-1)?.come(),
      () => this.below.starts.at(-1)?.fail(new PolykindError("PLUGIN_FAILED", "no bucket")),
      () => this.#eachInformer((informer) => informer.fill()),
      () => this.#eachInformer((informer) => informer.fail(new PolykindError("KIND_NOT_SERVED", "404"))),
      () => this.#eachInformer((informer) => informer.fail(new PolykindError("API_FORBIDDEN", "403"))),
      () => this.clock.advance(300),
      () => this.clock.advance(6_000),
      () => this.clock.advance(120_000),
    ];
    await acts[number % acts.length]?.();
    // An even number lets follow whatever can without time; an odd one lets the next act come between.
    if (number % 2 === 0) await settle();
    assert.ok(this.below.up <= 1, "two controllers of one plugin run");
  }

  /** Everything comes up from now on: then what should run does, and nothing else. */
  async rest(): Promise<void> {
    for (let round = 0; round < 8; round += 1) {
      await settle();
      for (const start of this.below.starts) start.come();
      this.#eachInformer((informer) => informer.fill());
      await settle();
      await this.clock.advance(PATIENT_MS);
    }
    assert.equal(this.below.up, Number(this.#isThere && this.#isBound && this.#isLeading), this.supervisor.report().message);
    assert.deepEqual(this.below.held, [], "a cache is held at rest");
  }

  async end(): Promise<void> {
    await this.supervisor.shutDown();
    await settle();
    assert.deepEqual([this.below.up, this.below.held, this.below.listeners, this.clock.pending], [0, [], 0, 0]);
  }

  #create(): void {
    this.#life += 1;
    this.#isThere = true;
    this.#served = "v1";
    this.#see();
  }

  #edit(): void {
    if (!this.#isThere) return;
    this.#served = this.#served === "v1" ? "v1beta1" : "v1";
    this.#see();
  }

  #delete(): void {
    this.#isThere = false;
    this.supervisor.lose(`u${this.#life}`);
  }

  #bind(): void {
    this.#isBound = !this.#isBound;
    if (this.#isThere) this.supervisor.rejudge(this.#verdict);
  }

  #lead(): void {
    this.#isLeading = !this.#isLeading;
    this.supervisor.lead(this.#isLeading);
  }

  #see(): void {
    this.#at += 1;
    const versions = ["v1", "v1beta1"].map((name) => version(name, { isServed: name === this.#served }));
    this.supervisor.observe(crd({ uid: `u${this.#life}`, resourceVersion: String(this.#at), versions }), this.#verdict);
  }

  get #verdict(): ReturnType<typeof bound> {
    return this.#isBound ? bound(["ttl"], { version: this.#served }) : { type: "none" };
  }

  #eachInformer(tell: (informer: ReturnType<FakeControllers["informerOf"]>) => void): void {
    for (const informer of this.below.informers.values()) if (informer.leases > 0) tell(informer);
  }
}

describe("any life of a supervisor", () => {
  test("runs one controller at a time, comes to what should run, and ends with nothing left", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(25), { maxLength: 40 }), async (numbers) => {
        const slot = new Slot();
        for (const number of numbers) await slot.act(number);
        await slot.rest();
        await slot.end();
      }),
      { numRuns: RUNS },
    );
  });

  test("may end in the midst of everything with nothing left", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(25), { maxLength: 40 }), async (numbers) => {
        const slot = new Slot();
        for (const number of numbers) await slot.act(number);
        await slot.end();
      }),
      { numRuns: RUNS },
    );
  });
});
