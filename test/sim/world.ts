import type { Resource, WatchCall, WatchedLines } from "@polykind/apimachinery";
import type { LineFramer } from "@polykind/client";
import type { InformerKey, InformerPool, openInformerPool } from "@polykind/informer";
import { checkTrace, ManualClock, settle, type TraceEvent, type Violation } from "@polykind/testing";
import { ApiServer } from "./api-server.ts";
import { CountedTimers } from "./counted-timers.ts";
import { stampOf } from "./etcd.ts";
import { flowing } from "./flowing.ts";
import { Journal } from "./journal.ts";
import { Lists } from "./lists.ts";
import { Lives } from "./lives.ts";
import { Parser } from "./parser.ts";
import { Draws } from "./random.ts";
import { type Act, FLEET, type Schedule } from "./schedule.ts";
import { Users } from "./users.ts";
import { Watches } from "./watches.ts";

/** What is simulated: informers and what cuts their watches into lines, or a copy of them with a bug. */
export interface Subject {
  readonly openInformerPool: typeof openInformerPool;
  readonly LineFramer: typeof LineFramer;
}

/** What came of a schedule. */
export interface Outcome {
  readonly trace: readonly TraceEvent[];
  readonly violations: readonly Violation[];
  readonly virtualMs: number;
}

const GIZMOS: Resource = { group: "sim.example.com", version: "v1", plural: "gizmos", kind: "Gizmo", resourceScope: "Namespaced" };
const GADGETS: Resource = { ...GIZMOS, plural: "gadgets", kind: "Gadget" };
const FIRST_KEY: InformerKey = { resource: GIZMOS, incarnation: "crd-1" };
const KEYS: readonly InformerKey[] = [
  FIRST_KEY,
  { resource: GADGETS, incarnation: "crd-2" },
  { ...FIRST_KEY, namespace: "web" },
  { ...FIRST_KEY, shape: "metadata" },
  ...FLEET.map((plural) => ({ resource: { ...GADGETS, plural }, incarnation: `crd-${plural}` })),
];

/** With the faults off, everything has come to rest after so long: the longest silence of a watch, and the longest waits after it. */
const LIVENESS_MS = 1_100_000;
/** What has just been written has arrived after so long, also where one watch follows another: some answers, each of which may take a second. */
const SETTLED_MS = 10_000;
const SILENT_AFTER_STOP_MS = 700_000;

/** Plays `schedule` with `subject`, first with its faults, then without, and checks what happened. The same schedule always comes to the same outcome. */
export async function simulate(schedule: Schedule, subject: Subject): Promise<Outcome> {
  const world = new World(schedule, subject);
  return await world.run();
}

class World {
  readonly #clock = new ManualClock();
  readonly #journal = new Journal(this.#clock);
  readonly #lives = new Lives(this.#journal, KEYS);
  readonly #timers = new CountedTimers(this.#clock);
  readonly #schedule: Schedule;
  readonly #server: ApiServer;
  readonly #pool: InformerPool;
  readonly #users: Users;

  constructor(schedule: Schedule, subject: Subject) {
    const { seed, traits, users } = schedule;
    this.#schedule = schedule;
    this.#server = new ApiServer(this.#clock, { traits, draws: new Draws(seed + 0x5e77) });
    this.#server.etcd.onWrite = ({ plural, is, object }) => this.#journal.tell(plural, { type: "log.write", is, object: stampOf(object) });
    this.#pool = subject.openInformerPool({
      open: (key) => {
        const scope = this.#lives.begin(key);
        const parser = new Parser(subject.LineFramer, { server: this.#server, scope });
        const [lists, watches] = [new Lists(this.#server, scope), new Watches(this.#server, { scope, parser })];
        // Half of the watches flow, as those of the client do; the others are iterated, as those of others may be.
        let opened = seed;
        const watch = (call: WatchCall): WatchedLines =>
          (opened += 1) % 2 === 0 ? flowing((call) => watches.watch(call), call) : watches.watch(call);
        return { list: (call) => lists.list(call), watch };
      },
      clock: this.#timers,
      random: new Draws(seed + 0xa11).next,
      // Half of the worlds begin as those do whose servers do not offer WatchList.
      firstList: new Draws(seed + 0xf1).pick(["auto", "stream"] as const),
    });
    const keys = users.map((key) => KEYS[key] ?? FIRST_KEY);
    this.#users = new Users({ keys, pool: this.#pool, lives: this.#lives, journal: this.#journal, clock: this.#clock });
  }

  async run(): Promise<Outcome> {
    this.#users.acquireAll();
    for (const act of this.#schedule.acts) {
      await this.#play(act);
      this.#sample();
    }
    await this.#rest();
    await this.#end();
    const { trace } = this.#journal;
    return { trace, violations: checkTrace(trace), virtualMs: this.#clock.elapsed() };
  }

  /** The liveness phase. */
  async #rest(): Promise<void> {
    this.#server.heal();
    this.#users.acquireAll();
    await this.#clock.advance(LIVENESS_MS);
    this.#server.etcd.put("gizmos", "web", "last");
    this.#server.etcd.put("gadgets", "db", "last");
    this.#server.news();
    await this.#clock.advance(SETTLED_MS);
    this.#sample();
    this.#journal.tell("", { type: "quiet" });
  }

  /** Everything stops, half of the time while the server is away, and the server goes on. */
  async #end(): Promise<void> {
    if (this.#schedule.seed % 2 === 0) {
      this.#server.restart(60_000);
      await this.#clock.advance(this.#schedule.seed % 900);
    }
    this.#users.releaseAll();
    const closed = this.#pool[Symbol.asyncDispose]();
    await this.#clock.advance(0);
    await settle();
    await Promise.race([closed, settle()]);
    this.#journal.tell("", { type: "pool.closed", timers: this.#timers.count });
    this.#server.etcd.put("gizmos", "web", "after");
    this.#server.breakWatch("replay");
    await this.#clock.advance(SILENT_AFTER_STOP_MS);
  }

  async #play(act: Act): Promise<void> {
    const { etcd } = this.#server;
    switch (act.is) {
      case "put":
      case "delete":
      case "recreate":
        return this.#write(act);
      case "touch":
        if (this.#mayWrite()) etcd.touch();
        return this.#server.news();
      case "bookmark":
        return this.#server.bookmark();
      case "compact":
        return etcd.compact(act.keep);
      case "restore":
        return this.#journal.tell("", { type: "log.restore", version: String(await this.#server.restore(act.back)) });
      case "restart":
        return this.#server.restart(act.forMs);
      case "lag":
        return this.#server.lag(act.replica, act.forMs);
      case "break list":
        return this.#server.breakList(act.fault);
      case "break watch":
        return this.#server.breakWatch(act.fault);
      case "grow":
        if (this.#mayWrite()) etcd.put(act.plural, act.namespace, act.name, act.bytes);
        return this.#server.news();
      case "break all":
        return this.#server.breakAll(act.fault);
      case "edit":
        return this.#edit(act);
      case "wait":
        return await this.#clock.advance(act.ms);
      case "tick":
        for (let left = act.times; left > 0; left -= 1) await Promise.resolve();
        return;
      default:
        return this.#users.play(act);
    }
  }

  #edit({ plurals, announced }: Extract<Act, { readonly is: "edit" }>): void {
    for (const plural of plurals) {
      const reading = this.#server.readingOf(plural) + (announced?.bodies === "changed" ? 1 : 0);
      if (announced !== undefined) this.#users.expectEnd(plural, { ...announced, reading });
      this.#server.editCrd(plural, { reading });
    }
  }

  #write({ is, plural, namespace, name }: Extract<Act, { readonly plural: string }>): void {
    if (!this.#mayWrite()) return;
    const { etcd } = this.#server;
    if (is !== "put") etcd.delete(plural, namespace, name);
    if (is !== "delete") etcd.put(plural, namespace, name);
    this.#server.news();
  }

  /** After a restore nothing is written until nobody holds a version from before it: that such a version was given twice could never be seen. */
  #mayWrite(): boolean {
    const { etcd } = this.#server;
    return etcd.version >= etcd.highest || !this.#lives.haveSeenPast(etcd.version);
  }

  #sample(): void {
    this.#lives.sample();
    for (const name of Object.getOwnPropertyNames(Object.prototype))
      if (!OWN.has(name)) this.#journal.tell("", { type: "pollution", name });
  }
}

const OWN: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));
