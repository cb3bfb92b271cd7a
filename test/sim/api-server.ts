import type { ManualClock, TraceFact } from "@polykind/testing";
import { Etcd, type SimObject } from "./etcd.ts";
import type { ListFault, ServerTraits, Shock, WatchFault } from "./faults.ts";
import type { Draws } from "./random.ts";
import { answer } from "./status.ts";

/** Which objects of the server one informer reads, and where its calls are written down. */
export interface Scope {
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly shape: "full" | "metadata";
  readonly emit: (fact: TraceFact) => void;
}

/** What of a list is still to be told, and its version. */
export interface Answered {
  readonly version: number;
  readonly rest: readonly SimObject[];
}

/** One of the servers, with what its watch cache has heard of. */
export interface Replica {
  version: number;
  lagsUntil: number;
}

/** What becomes of all watches of a kind, or of all kinds, that are open now. */
export interface SharedFault {
  readonly fault: Shock;
  readonly plural: string | undefined;
}

/** The storage of a kind after its CRD was edited. */
interface Remade {
  /** What changed before is not known to watches any more. */
  readonly from: number;
  /** Its watch cache is being filled until then. */
  readonly readyAt: number;
}

const REPLICAS = 3;
/** A watch cache is filled within so long. */
const REMAKE_MS = 100;
const CATCH_UP_MS = 3_000;
/** More calls than any schedule has. */
const MOST_CALLS = 2_000;

/** Some API servers before one storage, each with a watch cache that may lag behind. What they answer is in `lists.ts` and `watches.ts`. */
export class ApiServer {
  readonly etcd = new Etcd();
  readonly clock: ManualClock;
  readonly traits: ServerTraits;
  readonly draws: Draws;
  /** What is to come of the next lists and watches. */
  readonly listFaults: ListFault[] = [];
  readonly watchFaults: WatchFault[] = [];
  /** What has become of all watches, ever: each watch looks for what has come since it was opened. */
  readonly sharedFaults: SharedFault[] = [];
  /** Lists that have further pages. */
  readonly tokens: Map<string, Answered> = new Map();
  /** So many watches will be ended as soon as they are accepted. */
  shortWatches = 0;
  readonly #replicas: readonly Replica[] = Array.from({ length: REPLICAS }, () => ({ version: 10, lagsUntil: 0 }));
  readonly #remade = new Map<string, Remade>();
  readonly #readings = new Map<string, number>();
  #wake = Promise.withResolvers<void>();
  #boot = 0;
  #isDown = false;
  #isHealed = false;
  #bookmarkAt = 0;
  #calls = 0;

  constructor(clock: ManualClock, { traits, draws }: { readonly traits: ServerTraits; readonly draws: Draws }) {
    this.clock = clock;
    this.traits = traits;
    this.draws = draws;
  }

  /** Grows with each restart: what was open before is broken. */
  get boot(): number {
    return this.#boot;
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** Up to which version watches have been promised a bookmark. */
  get bookmarkAt(): number {
    return this.#bookmarkAt;
  }

  /** Resolves at the next {@link ApiServer.news}. */
  get wake(): Promise<void> {
    return this.#wake.promise;
  }

  breakList(fault: ListFault): void {
    this.listFaults.push(fault);
  }

  breakWatch(fault: WatchFault): void {
    this.watchFaults.push(fault);
    this.news();
  }

  /** Breaks all watches that are open. */
  breakAll(fault: Shock): void {
    this.sharedFaults.push({ fault, plural: undefined });
    this.news();
  }

  /** By which schema objects of a kind are read. */
  readingOf(plural: string): number {
    return this.#readings.get(plural) ?? 1;
  }

  /** The spec of a CRD has changed: the server ends all watches of the kind and makes its storage anew, which knows of no earlier change. */
  editCrd(plural: string, { reading }: { readonly reading: number }): void {
    this.#readings.set(plural, reading);
    this.#remade.set(plural, { from: this.etcd.version, readyAt: this.clock.elapsed() + this.draws.pick([0, REMAKE_MS]) });
    this.sharedFaults.push({ fault: "end", plural });
    this.news();
  }

  /** The version from which on changes of a kind are known. */
  knowsFrom(plural: string): number {
    return Math.max(this.etcd.compactedTo, this.#remade.get(plural)?.from ?? 0);
  }

  /** Whether the watch cache of a kind is being filled. */
  isFilling(plural: string): boolean {
    return this.clock.elapsed() < (this.#remade.get(plural)?.readyAt ?? 0);
  }

  /** Tells the replicas what is new; those that lag hear of it later. */
  news(): void {
    for (const replica of this.#replicas) if (replica.lagsUntil <= this.clock.elapsed()) replica.version = this.etcd.version;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  lag(index: number, forMs: number): void {
    const replica = this.#replicas[index % REPLICAS];
    if (replica === undefined) return;
    replica.lagsUntil = this.clock.elapsed() + forMs;
    this.clock.setTimer(forMs, () => this.news());
  }

  bookmark(): void {
    this.#bookmarkAt = this.etcd.version;
    this.news();
  }

  restart(forMs: number): void {
    this.#boot += 1;
    this.#isDown = true;
    this.tokens.clear();
    this.clock.setTimer(forMs, () => {
      this.#isDown = false;
    });
    this.news();
  }

  /** Puts a backup in place. What was on its way has arrived before: nobody hears of the old history afterwards. */
  async restore(back: number): Promise<number> {
    this.restart(0);
    await this.clock.advance(0);
    const version = this.etcd.restore(back);
    this.#remade.clear();
    this.#bookmarkAt = Math.min(this.#bookmarkAt, version);
    for (const replica of this.#replicas) replica.version = version;
    this.restart(0);
    return version;
  }

  /** From now on nothing goes wrong. */
  heal(): void {
    this.listFaults.length = 0;
    this.watchFaults.length = 0;
    this.shortWatches = 0;
    this.#isHealed = true;
    this.#isDown = false;
    for (const replica of this.#replicas) replica.lagsUntil = 0;
    this.news();
  }

  /** Numbers a call. */
  count(): number {
    return (this.#calls += 1);
  }

  pickReplica(): Replica {
    return this.draws.pick(this.#replicas);
  }

  /** Whether an answer breaks off here. */
  breaks(): boolean {
    return !this.#isHealed && this.draws.chance(this.traits.breaksMidway);
  }

  /** How long a request is on its way. */
  async delay(signal: AbortSignal): Promise<void> {
    const { latencyMs } = this.traits;
    // Whoever asks without a pause would never let time pass.
    if (this.#calls > MOST_CALLS) await this.clock.sleep(Number.MAX_SAFE_INTEGER, signal);
    if (latencyMs > 0) await this.clock.sleep(this.draws.next() * latencyMs, signal);
    for (let ticks = this.draws.below(4); ticks > 0; ticks -= 1) await Promise.resolve();
    signal.throwIfAborted();
  }

  /** The version of some replica once it has reached `version`; a 504 when it does not in time. */
  async reach(version: number, signal: AbortSignal): Promise<number> {
    const replica = this.pickReplica();
    for (const untilMs = this.clock.elapsed() + CATCH_UP_MS; replica.version < version && this.clock.elapsed() < untilMs; ) {
      await this.clock.sleep(500, signal);
      this.news();
    }
    if (replica.version < version) throw answer("too large");
    return replica.version;
  }
}
