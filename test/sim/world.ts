import type { KubeObject, Resource } from "@polykind/apimachinery";
import type { Clock, Timer } from "@polykind/core";
import type { Handler, HandlerRegistration, Informer, InformerKey, InformerPool, Lease, openInformerPool } from "@polykind/informer";
import { checkTrace, ManualClock, settle, type Stamp, type TraceEvent, type TraceFact, type Violation } from "@polykind/testing";
import { ApiServer } from "./api-server.ts";
import { stampOf } from "./etcd.ts";
import { Draws } from "./random.ts";
import type { Act, Schedule } from "./schedule.ts";

/** What is simulated: the informer package, or a copy of it with a bug. */
export interface Subject {
  readonly openInformerPool: typeof openInformerPool;
}

/** What came of a schedule. */
export interface Outcome {
  readonly trace: readonly TraceEvent[];
  readonly violations: readonly Violation[];
  readonly virtualMs: number;
}

const GIZMOS: Resource = { group: "sim.example.com", version: "v1", plural: "gizmos", kind: "Gizmo", resourceScope: "Namespaced" };
const GADGETS: Resource = { ...GIZMOS, plural: "gadgets", kind: "Gadget" };
const KEYS: readonly InformerKey[] = [
  { resource: GIZMOS, incarnation: "crd-1" },
  { resource: GADGETS, incarnation: "crd-2" },
  { resource: GIZMOS, incarnation: "crd-1", namespace: "web" },
];

/** With the faults off, everything has come to rest after so long: the longest silence of a watch, and the longest waits after it. */
const LIVENESS_MS = 1_100_000;
const SILENT_AFTER_STOP_MS = 700_000;

/** Plays `schedule` with `subject`, first with its faults, then without, and checks what happened. The same schedule always comes to the same outcome. */
export async function simulate(schedule: Schedule, subject: Subject): Promise<Outcome> {
  const world = new World(schedule, subject);
  return await world.run();
}

interface User {
  readonly key: InformerKey;
  lease: Lease | undefined;
  instance: string;
  isAcquiring: boolean;
  readonly hooks: Map<string, HandlerRegistration>;
}

interface Instance {
  readonly name: string;
  readonly key: InformerKey;
  holders: number;
  probe: Probe | undefined;
}

class World {
  readonly #clock = new ManualClock();
  readonly #trace: TraceEvent[] = [];
  readonly #schedule: Schedule;
  readonly #server: ApiServer;
  readonly #pool: InformerPool;
  readonly #timers = new Set<object>();
  readonly #users: User[];
  readonly #instances = new Map<InformerKey, Instance>();
  #lives = 0;
  #hooks = 0;

  constructor(schedule: Schedule, subject: Subject) {
    this.#schedule = schedule;
    this.#server = new ApiServer(this.#clock, { traits: schedule.traits, draws: new Draws(schedule.seed + 0x5e77) });
    this.#server.etcd.onWrite = ({ plural, is, object }) => this.#tell(plural, { type: "log.write", is, object: stampOf(object) });
    this.#pool = subject.openInformerPool({
      open: (key) => this.#server.open(this.#open(key)),
      clock: this.#countingClock(),
      random: new Draws(schedule.seed + 0xa11).next,
    });
    this.#users = schedule.users.map((key) => ({
      key: KEYS[key] ?? KEYS[0]!, // There always is a first.
      lease: undefined,
      instance: "",
      isAcquiring: false,
      hooks: new Map(),
    }));
  }

  async run(): Promise<Outcome> {
    for (const user of this.#users) this.#acquire(user);
    for (const act of this.#schedule.acts) {
      await this.#play(act);
      this.#sample();
    }
    await this.#rest();
    await this.#end();
    const violations = checkTrace(this.#trace);
    return { trace: this.#trace, violations, virtualMs: this.#clock.elapsed() };
  }

  /** The liveness phase. */
  async #rest(): Promise<void> {
    this.#server.heal();
    for (const user of this.#users) this.#acquire(user);
    await this.#clock.advance(LIVENESS_MS);
    this.#server.etcd.put("gizmos", "web", "last");
    this.#server.etcd.put("gadgets", "db", "last");
    this.#server.news();
    await this.#clock.advance(1_000);
    this.#sample();
    this.#tell("", { type: "quiet" });
  }

  /** Everything stops, half of the time while the server is away, and the server goes on. */
  async #end(): Promise<void> {
    if (this.#schedule.seed % 2 === 0) {
      this.#server.restart(60_000);
      await this.#clock.advance(this.#schedule.seed % 900);
    }
    for (const user of this.#users) this.#release(user);
    const closed = this.#pool[Symbol.asyncDispose]();
    await this.#clock.advance(0);
    await settle();
    await Promise.race([closed, settle()]);
    this.#tell("", { type: "pool.closed", timers: this.#timers.size });
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
        return this.#tell("", { type: "log.restore", version: String(await this.#server.restore(act.back)) });
      case "restart":
        return this.#server.restart(act.forMs);
      case "lag":
        return this.#server.lag(act.replica, act.forMs);
      case "break list":
        return this.#server.breakList(act.fault);
      case "break watch":
        return this.#server.breakWatch(act.fault);
      case "wait":
        return await this.#clock.advance(act.ms);
      case "tick":
        for (let left = act.times; left > 0; left -= 1) await Promise.resolve();
        return;
      default:
        return this.#playUser(act);
    }
  }

  #playUser(act: Extract<Act, { readonly user: number }>): void {
    const user = this.#users[act.user];
    if (user === undefined) return;
    switch (act.is) {
      case "acquire":
        return this.#acquire(user);
      case "release":
        return this.#release(user);
      case "join":
        return this.#join(user, act.how);
      case "leave":
        return this.#leave(user);
      case "retry":
        if (user.lease !== undefined) this.#tellOf(user.instance, user.key, { type: "informer.retry" });
        return user.lease?.informer.retryNow();
      case "expect":
        return user.lease?.informer.expectDisconnect();
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
    if (etcd.version >= etcd.highest) return true;
    for (const { probe, holders } of this.#instances.values())
      if (holders > 0 && (probe === undefined || probe.version > etcd.version)) return false;
    return true;
  }

  #acquire(user: User): void {
    if (user.lease !== undefined || user.isAcquiring) return;
    user.isAcquiring = true;
    void this.#pool
      .acquire(user.key)
      .then((lease) => {
        const instance = this.#instances.get(user.key);
        if (instance === undefined) return;
        user.isAcquiring = false;
        user.lease = lease;
        user.instance = instance.name;
        instance.holders += 1;
        instance.probe ??= new Probe(lease.informer, (fact) => this.#tellOf(instance.name, user.key, fact));
        this.#join(user, "quick");
      })
      .catch((cause: unknown) => this.#tellOf(user.instance, user.key, { type: "lease.broken", why: String(cause) }));
  }

  #release(user: User): void {
    const { lease, instance: name } = user;
    if (lease === undefined) return;
    const instance = [...this.#instances.values()].find((one) => one.name === name);
    user.lease = undefined;
    instance?.probe?.sample();
    if (instance !== undefined) {
      instance.holders -= 1;
      if (instance.holders === 0) instance.probe = undefined;
    }
    const isLast = instance?.holders === 0;
    const released = lease.release();
    for (const hook of user.hooks.keys()) this.#tellOf(name, user.key, { type: "hook.close", hook });
    user.hooks.clear();
    if (isLast) void released.then(() => this.#tellOf(name, user.key, { type: "informer.stopped" }));
  }

  #join(user: User, how: "quick" | "slow" | "throwing" | "meddling"): void {
    const { lease, instance, key } = user;
    if (lease === undefined) return;
    const hook = `h${(this.#hooks += 1)}`;
    const tell = (fact: TraceFact): void => this.#tellOf(instance, key, fact);
    this.#probeOf(instance)?.sample();
    tell({ type: "hook.open", hook });
    const registration = this.#added(lease, new Recorder({ hook, how, tell, clock: this.#clock }), tell);
    if (registration === undefined) return;
    user.hooks.set(hook, registration);
    void registration.synced().then(
      () => user.hooks.has(hook) && tell({ type: "hook.synced", hook }),
      () => undefined,
    );
  }

  #added(lease: Lease, handler: Handler, tell: (fact: TraceFact) => void): HandlerRegistration | undefined {
    try {
      return lease.informer.addHandler(handler);
    } catch (cause) {
      tell({ type: "lease.broken", why: String(cause) });
      return undefined;
    }
  }

  #leave(user: User): void {
    for (const [hook, registration] of user.hooks) {
      registration.remove();
      user.hooks.delete(hook);
      this.#tellOf(user.instance, user.key, { type: "hook.close", hook });
      return;
    }
  }

  #open(key: InformerKey): Parameters<ApiServer["open"]>[0] {
    const known = KEYS.find((one) => one.resource.plural === key.resource.plural && one.namespace === key.namespace) ?? key;
    const instance: Instance = { name: `i${(this.#lives += 1)}`, key: known, holders: 0, probe: undefined };
    this.#instances.set(known, instance);
    this.#tellOf(instance.name, key, { type: "informer.open", namespace: key.namespace });
    return {
      plural: key.resource.plural,
      namespace: key.namespace,
      emit: (fact) => {
        instance.probe?.sample();
        this.#tellOf(instance.name, key, fact);
      },
    };
  }

  #probeOf(name: string): Probe | undefined {
    return [...this.#instances.values()].find((one) => one.name === name)?.probe;
  }

  #sample(): void {
    for (const { probe } of this.#instances.values()) probe?.sample();
    for (const name of Object.getOwnPropertyNames(Object.prototype)) if (!OWN.has(name)) this.#tell("", { type: "pollution", name });
  }

  #tell(resource: string, fact: TraceFact): void {
    this.#trace.push({ at: this.#clock.elapsed(), resource, epoch: "", instance: "", ...fact });
  }

  #tellOf(instance: string, key: InformerKey, fact: TraceFact): void {
    this.#trace.push({ at: this.#clock.elapsed(), resource: key.resource.plural, epoch: key.incarnation ?? "", instance, ...fact });
  }

  /** The clock of the informers, whose timers are counted. */
  #countingClock(): Clock {
    const clock = this.#clock;
    const timers = this.#timers;
    const setTimer = (afterMs: number, fire: () => void): Timer => {
      const mark = {};
      timers.add(mark);
      const timer = clock.setTimer(afterMs, () => {
        timers.delete(mark);
        fire();
      });
      return {
        cancel: () => {
          timers.delete(mark);
          timer.cancel();
        },
      };
    };
    return { now: () => clock.now(), elapsed: () => clock.elapsed(), setTimer, sleep: (forMs, signal) => clock.sleep(forMs, signal) };
  }
}

const OWN: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Looks at a cache whenever it may have changed, and tells what is new. */
class Probe {
  readonly #informer: Informer;
  readonly #tell: (fact: TraceFact) => void;
  #objects: ReadonlyMap<string, KubeObject> = new Map();
  #version = "";

  constructor(informer: Informer, tell: (fact: TraceFact) => void) {
    this.#informer = informer;
    this.#tell = tell;
    // An index is asked in the midst of every change.
    informer.addIndex("probe", () => {
      this.sample();
      return [];
    });
    this.sample();
  }

  get version(): number {
    return Number(this.#version);
  }

  sample(): void {
    try {
      this.#look();
    } catch (cause) {
      this.#tell({ type: "lease.broken", why: String(cause) });
    }
  }

  #look(): void {
    const { store } = this.#informer;
    const version = store.resourceVersion;
    if (version === "") return;
    const now = new Map<string, KubeObject>();
    for (const key of store.keys()) {
      const object = store.byKey(key);
      if (object !== undefined) now.set(key, object);
    }
    const changed = differences(this.#objects, now);
    const [only] = changed;
    const isFirst = this.#version === "";
    if (only === undefined && version === this.#version) return;
    this.#objects = now;
    this.#version = version;
    if (isFirst || changed.length > 1) this.#tell({ type: "cache.replace", version, objects: Array.from(now.values(), stampOf) });
    else if (only === undefined) this.#tell({ type: "cache.advance", version });
    else this.#tell({ type: only.isEnd ? "cache.del" : "cache.set", version, object: only.object });
  }
}

function differences(
  before: ReadonlyMap<string, KubeObject>,
  after: ReadonlyMap<string, KubeObject>,
): readonly { readonly object: Stamp; readonly isEnd: boolean }[] {
  const found: { readonly object: Stamp; readonly isEnd: boolean }[] = [];
  for (const [key, object] of after) if (before.get(key) !== object) found.push({ object: stampOf(object), isEnd: false });
  for (const [key, object] of before) if (!after.has(key)) found.push({ object: stampOf(object), isEnd: true });
  return found;
}

interface RecorderOptions {
  readonly hook: string;
  readonly how: "quick" | "slow" | "throwing" | "meddling";
  readonly tell: (fact: TraceFact) => void;
  readonly clock: Clock;
}

/** A handler that writes down what it is told; some are slow, throw, or try to change what they get. */
class Recorder implements Handler {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  added(object: KubeObject, { isInitial }: { readonly isInitial: boolean }): void | Promise<void> {
    this.#options.tell({ type: "hook.add", hook: this.#options.hook, object: stampOf(object), isFrozen: isFrozen(object), isInitial });
    return this.#behave(object);
  }

  changed(object: KubeObject): void | Promise<void> {
    this.#options.tell({ type: "hook.upd", hook: this.#options.hook, object: stampOf(object), isFrozen: isFrozen(object) });
    return this.#behave(object);
  }

  deleted(object: KubeObject): void | Promise<void> {
    this.#options.tell({ type: "hook.del", hook: this.#options.hook, object: stampOf(object), isFrozen: isFrozen(object) });
    return this.#behave(object);
  }

  #behave(object: KubeObject): void | Promise<void> {
    switch (this.#options.how) {
      case "quick":
        return undefined;
      case "slow":
        return this.#options.clock.sleep(300);
      case "throwing":
        throw new Error("as planned");
      case "meddling":
        return void Object.assign(object.metadata, { resourceVersion: "666" });
    }
  }
}

function isFrozen(object: KubeObject): boolean {
  return Object.isFrozen(object) && Object.isFrozen(object.metadata);
}
