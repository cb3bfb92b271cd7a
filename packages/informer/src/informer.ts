import { compareResourceVersions, type KubeObject, type ListWatch, shardFilterOf } from "@polykind/apimachinery";
import { type Clock, Notices, PolykindError, type Random } from "@polykind/core";
import type { Log, SeriesGroup } from "@polykind/telemetry";
import { Registration, type RegistrationOwner } from "./handlers/registration.ts";
import { Latch } from "./latch.ts";
import { CHANGES, EPOCH_BREAKS, FAILURES, HANDLER_FAILURES, LISTS, OBJECTS } from "./metrics.ts";
import type { ListGate } from "./pool/list-gate.ts";
import type { Reconnects } from "./pool/reconnects.ts";
import { expectedOf } from "./reflector/decode.ts";
import { type Learned, Reflector, type ReflectorHost } from "./reflector/driver.ts";
import type { ObjectRecord } from "./reflector/record.ts";
import type { Scanner } from "./reflector/scan.ts";
import type { Condition, FirstListBy } from "./reflector/state.ts";
import { Bodies } from "./store/body.ts";
import type { Change } from "./store/change.ts";
import { ObjectStore } from "./store/object-store.ts";
import { Staging } from "./store/staging.ts";
import type { Transform } from "./store/transform.ts";
import type {
  ExpectDisconnectOptions,
  Handler,
  HandlerRegistration,
  Informer,
  InformerKey,
  InformerNotices,
  InformerState,
} from "./types.ts";

/** What an informer is made with. */
export interface SharedInformerOptions {
  readonly key: InformerKey;
  /** The key as text, for messages. */
  readonly name: string;
  readonly listWatch: ListWatch;
  readonly transform: Transform;
  /** Keep objects as bytes, and transform them whenever they are parsed. Default: transform them when they come, once. */
  readonly keepsBytes?: boolean;
  readonly gate: ListGate;
  /** May be shared with other informers. Default: one of its own. */
  readonly scanner?: Scanner;
  /** Default: `auto`. */
  readonly firstList?: FirstListBy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Closed when the informer has stopped. */
  readonly series: SeriesGroup;
  /** Told of every state, and that the server's version was older than what was seen: that of other informers may be, too. */
  readonly reconnects?: Pick<Reconnects, "observe" | "lost">;
}

/**
 * Reflector, store and handlers of one key.
 *
 * *Guarantees.* When the promise of `stop` has resolved there is no list, watch or timer, and no handler is called any more; already when it was called reads throw
 * `CACHE_RESET` and waits reject with `STOPPED`.
 */
export class SharedInformer<T extends KubeObject = KubeObject> implements Informer<T>, ReflectorHost, RegistrationOwner {
  readonly key: InformerKey;
  readonly store: ObjectStore<T>;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #series: SeriesGroup;
  readonly #reconnects: SharedInformerOptions["reconnects"];
  readonly #firstList: FirstListBy | undefined;
  /** Made when somebody listens. */
  #notices: Notices<InformerNotices> | undefined;
  readonly #reflector: Reflector;
  /** Another array whenever one comes or goes. */
  #registrations: readonly Registration<T>[] = [];
  readonly #synced = new Latch();
  /** Who waits for a version, if anybody does. */
  #reached: Map<string, Latch> | undefined;
  readonly #isInShard: ((uid: string) => boolean) | undefined;
  /** While a list comes. */
  #staging: Staging<T> | undefined;
  #state: InformerState;
  /** Since when the cache may be behind: it is fresh while the state is watching. */
  #staleSince: number | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: SharedInformerOptions) {
    const { key, name, log, clock, transform } = options;
    this.key = key;
    this.#name = name;
    this.#clock = clock;
    this.#log = log;
    this.#series = options.series;
    this.#reconnects = options.reconnects;
    this.#firstList = options.firstList;
    this.#isInShard = key.shard && shardFilterOf(key.shard);
    this.store = new ObjectStore({ name, transform, log });
    this.#state = { phase: "listing", since: clock.now() };
    this.#staleSince = this.#state.since;
    this.#reflector = new Reflector({
      host: this,
      listWatch: options.listWatch,
      expected: expectedOf(key.resource, key),
      bodies: options.keepsBytes === true ? new Bodies(this.store) : undefined,
      scanner: options.scanner,
      clock,
      random: options.random,
      gate: options.gate,
    });
  }

  get notices(): Notices<InformerNotices> {
    return (this.#notices ??= new Notices(({ notice, cause }) => {
      this.#log.error(`cannot tell of ${notice} of ${this.#name}: a listener threw`, { informer: this.#name, cause });
    }));
  }

  get state(): InformerState {
    return this.#state;
  }

  /** The last version seen; `""` when there is none, and after the stop. */
  get version(): string {
    return this.#stopped === undefined ? this.store.resourceVersion : "";
  }

  get hasSynced(): boolean {
    return this.#synced.isOpen;
  }

  /** Begins to list. */
  start(): void {
    this.#reflector.start(this.#firstList);
  }

  synced(signal?: AbortSignal): Promise<void> {
    return this.#synced.wait(signal);
  }

  async reached(version: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#stopped !== undefined) throw this.#stoppedError();
    if (this.store.hasReached(version)) return;
    const latches = (this.#reached ??= new Map<string, Latch>());
    const latch = latches.get(version) ?? new Latch();
    latches.set(version, latch);
    try {
      await latch.wait(signal);
    } finally {
      // Of those who have given up nothing stays.
      if (!latch.isAwaited && latches.get(version) === latch) latches.delete(version);
    }
  }

  addHandler(handler: Handler<T>): HandlerRegistration {
    if (this.#stopped !== undefined) throw this.#stoppedError();
    const registration = new Registration<T>(handler, this);
    this.#registrations = this.#registrations.concat(registration); // a literal would leave room for more
    if (this.hasSynced) registration.begin(this.store.snapshot());
    return registration;
  }

  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    this.store.addIndex(name, valuesOf);
  }

  retryNow(): void {
    this.#reflector.retryNow();
  }

  expectDisconnect({ bodies }: ExpectDisconnectOptions = {}): void {
    // Metadata does not change with the schema, and is all that there is to read.
    if (this.#stopped === undefined) this.#reflector.expectDisconnect(this.key.shape === "metadata" ? "unknown" : (bodies ?? "unknown"));
  }

  /** Asks whether the server still has the history that was seen; everything is listed anew when not. */
  probe(): void {
    if (this.#stopped === undefined) this.#reflector.probe();
  }

  /** Ends everything; called twice it is one stop. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    for (const registration of this.#registrations) registration.remove();
    this.store.close();
    this.#staging = undefined;
    for (const latch of [this.#synced, ...(this.#reached?.values() ?? [])]) latch.fail(this.#stoppedError());
    this.#reached = undefined;
    await this.#reflector.stop();
    this.#series.close();
    this.#setState({ phase: "stopped", since: this.#clock.now() });
  }

  #stoppedError(): PolykindError {
    return new PolykindError("STOPPED", `cannot use ${this.#name}: the informer was stopped; acquire it again`);
  }

  /** @internal */
  take(effect: Learned): void {
    if (this.#stopped !== undefined) return;
    switch (effect.type) {
      case "begin":
        this.#staging?.letGo();
        this.#staging = new Staging();
        return;
      case "stagePage":
        for (const record of effect.page.records) if (this.#isOurs(record)) this.#staged().upsert(record as ObjectRecord<T>); // Whoever acquires a key says what T is.
        for (const key of effect.page.unreadable) this.#staged().keep(key);
        return;
      case "stageSame":
        for (const key of effect.keys) this.#staged().keep(key);
        return;
      case "stage":
        if (this.#isOurs(effect.line.record)) this.#staged()[effect.line.type](effect.line.record as ObjectRecord<T>); // As above.
        return;
      case "replace":
        return this.#replace(effect);
      case "apply":
        if (!this.#isOurs(effect.line.record)) return this.#advance(effect.version);
        return this.#apply(this.store[effect.line.type](effect.line.record as ObjectRecord<T>, effect.version)); // As above.
      case "advance":
        return this.#advance(effect.version);
      case "tellLostHistory":
        return this.#reconnects?.lost(this);
      case "tell":
        return this.#setState(this.#stateOf(effect.condition));
      case "tellFailed":
        return this.#tellFailed(effect.error);
    }
  }

  #replace(effect: { readonly version: string; readonly isEpochBreak: boolean; readonly isReread: boolean }): void {
    if (!this.hasSynced) return this.#fill(effect.version);
    const seen = this.store.resourceVersion;
    const changes = this.store.replace(this.#staged(), effect);
    this.#countList(changes.length);
    // A list that was no older after all came from a server that had lagged behind, but for objects that tell otherwise.
    if (effect.isEpochBreak && (compareResourceVersions(effect.version, seen) === -1 || changes.some(fell))) {
      this.#series.add(EPOCH_BREAKS);
      this.#log.error(`the server has lost history: all objects of ${this.#name} were taken anew`, {
        informer: this.#name,
        version: effect.version,
      });
    }
    for (const registration of this.#registrations) for (const change of changes) registration.push(change);
    this.#openReached();
  }

  /** The first list is complete. */
  #fill(version: string): void {
    this.store.load(this.#staged(), version);
    this.#countList(this.store.size);
    const records = this.#registrations.length === 0 ? [] : this.store.snapshot();
    for (const registration of this.#registrations) registration.begin(records);
    this.#synced.open();
    this.#openReached();
  }

  #countList(changes: number): void {
    this.#staging = undefined;
    this.#series.add(LISTS);
    this.#series.add(CHANGES, changes);
    this.#series.set(OBJECTS, this.store.size);
  }

  #apply(change: Change<T> | undefined): void {
    if (change !== undefined) {
      this.#series.add(CHANGES);
      if (change.before === undefined || change.after === undefined) this.#series.set(OBJECTS, this.store.size);
      for (const registration of this.#registrations) registration.push(change);
    }
    this.#openReached();
  }

  #advance(version: string): void {
    this.store.advance(version);
    this.#openReached();
  }

  /** A server that does not know of shards sends all objects: those of others are let go. */
  #isOurs(record: ObjectRecord): boolean {
    if (this.#isInShard === undefined || this.#isInShard(record.uid)) return true;
    record.release?.();
    return false;
  }

  #staged(): Staging<T> {
    return (this.#staging ??= new Staging());
  }

  #openReached(): void {
    if (this.#reached === undefined) return;
    for (const [version, latch] of this.#reached) {
      if (!this.store.hasReached(version)) continue;
      this.#reached.delete(version);
      latch.open();
    }
  }

  #stateOf(condition: Condition): InformerState {
    const since = this.#clock.now();
    if (condition.phase !== "waiting") return { phase: condition.phase, since };
    const { forMs, error, failures } = condition;
    return { phase: "waiting", since: this.#staleSince ?? since, retryAt: since + forMs, error, failures };
  }

  #setState(state: InformerState): void {
    if (state.phase === this.#state.phase && state.phase !== "waiting") return;
    this.#staleSince = state.phase === "watching" ? undefined : (this.#staleSince ?? state.since);
    this.#state = state;
    this.#reconnects?.observe(this, state);
    this.#notices?.tell("state", state);
  }

  #tellFailed(error: PolykindError): void {
    if (this.#stopped !== undefined) return;
    this.#series.add(FAILURES, 1, { code: error.code });
    this.#notices?.tell("failed", error);
  }

  /** @internal */
  handlerRemoved(registration: object): void {
    this.#registrations = this.#registrations.filter((other) => other !== registration);
  }

  /** @internal Logged at the first, second, fourth, eighth… time, so that a handler that always throws does not flood the log. */
  handlerFailed(cause: unknown, times: number): void {
    this.#series.add(HANDLER_FAILURES);
    if (!Number.isInteger(Math.log2(times))) return;
    this.#log.error(`a handler of ${this.#name} failed`, { informer: this.#name, cause, times });
  }
}

/** Whether the object went back in time. */
function fell({ before, after }: Change): boolean {
  if (before === undefined || after === undefined || before.uid !== after.uid) return false;
  return compareResourceVersions(after.resourceVersion, before.resourceVersion) === -1;
}
