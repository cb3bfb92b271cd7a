import { apiErrorOf, type ListCall, type ListWatch, retryAfterMsOf, type WatchCall } from "@polykind/apimachinery";
import { LineFramer } from "@polykind/client";
import { isPolykindError, PolykindError } from "@polykind/core";
import type { CallFailure, ManualClock, TracedLine, TraceFact } from "@polykind/testing";
import { Etcd, type SimObject, stampOf, type Written } from "./etcd.ts";
import type { Draws } from "./random.ts";

export const LIST_FAULTS = [
  "refused",
  "429",
  "initializing",
  "500",
  "503",
  "403",
  "404",
  "garbage",
  "no items",
  "stale",
  "slow",
  "hang",
  "expired",
] as const;
export const WATCH_FAULTS = [
  "end", "reset", "torn", "garbage", "unknown type", "wrong kind", "error 500", "410 event", "410 left open", "410 status",
  "429", "initializing", "503", "404", "403", "replay", "silence", "not accepted", "short",
] as const; // biome-ignore format: a list to be read as one
export type ListFault = (typeof LIST_FAULTS)[number];
export type WatchFault = (typeof WATCH_FAULTS)[number];

/** How the servers of one schedule are. */
export interface ServerTraits {
  readonly watchList: "offered" | "refused" | "ignored";
  readonly pageSize: number;
  /** How late an answer may be, in virtual milliseconds. */
  readonly latencyMs: number;
  /** How likely a list breaks between two pages, and a WatchList between two objects. */
  readonly breaksMidway: number;
}

/** Which objects of the server one informer reads, and where its calls are written down. */
export interface Scope {
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly emit: (fact: TraceFact) => void;
}

const REPLICAS = 3;
const CATCH_UP_MS = 3_000;
/** More calls than any schedule has. */
const MOST_CALLS = 2_000;

interface Answered {
  readonly version: number;
  readonly rest: readonly SimObject[];
}

/** Some API servers before one storage, each with a watch cache that may lag behind. */
export class ApiServer {
  readonly etcd = new Etcd();
  readonly traits: ServerTraits;
  readonly #clock: ManualClock;
  readonly #draws: Draws;
  readonly #listFaults: ListFault[] = [];
  readonly #watchFaults: WatchFault[] = [];
  readonly #tokens = new Map<string, Answered>();
  readonly #replicas = Array.from({ length: REPLICAS }, () => ({ version: 10, lagsUntil: 0 }));
  #wake = Promise.withResolvers<void>();
  #boot = 0;
  #isDown = false;
  #isHealed = false;
  /** So many watches will be ended as soon as they are accepted. */
  #shortWatches = 0;
  #bookmarkAt = 0;
  #calls = 0;

  constructor(clock: ManualClock, { traits, draws }: { readonly traits: ServerTraits; readonly draws: Draws }) {
    this.#clock = clock;
    this.traits = traits;
    this.#draws = draws;
  }

  open(scope: Scope): ListWatch {
    return { list: (call) => this.#list(scope, call), watch: (call) => this.#watch(scope, call) };
  }

  breakList(fault: ListFault): void {
    this.#listFaults.push(fault);
  }

  breakWatch(fault: WatchFault): void {
    this.#watchFaults.push(fault);
    this.news();
  }

  /** Tells the replicas what is new; those that lag hear of it later. */
  news(): void {
    for (const replica of this.#replicas) if (replica.lagsUntil <= this.#clock.elapsed()) replica.version = this.etcd.version;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  lag(index: number, forMs: number): void {
    const replica = this.#replicas[index % REPLICAS];
    if (replica === undefined) return;
    replica.lagsUntil = this.#clock.elapsed() + forMs;
    this.#clock.setTimer(forMs, () => this.news());
  }

  bookmark(): void {
    this.#bookmarkAt = this.etcd.version;
    this.news();
  }

  restart(forMs: number): void {
    this.#boot += 1;
    this.#isDown = true;
    this.#tokens.clear();
    this.#clock.setTimer(forMs, () => {
      this.#isDown = false;
    });
    this.news();
  }

  /** Puts a backup in place. What was on its way has arrived before: nobody hears of the old history afterwards. */
  async restore(back: number): Promise<number> {
    this.restart(0);
    await this.#clock.advance(0);
    const version = this.etcd.restore(back);
    this.#bookmarkAt = Math.min(this.#bookmarkAt, version);
    for (const replica of this.#replicas) replica.version = version;
    this.restart(0);
    return version;
  }

  /** From now on nothing goes wrong. */
  heal(): void {
    this.#listFaults.length = 0;
    this.#watchFaults.length = 0;
    this.#shortWatches = 0;
    this.#isHealed = true;
    this.#isDown = false;
    for (const replica of this.#replicas) replica.lagsUntil = 0;
    this.news();
  }

  async #list(scope: Scope, call: ListCall): Promise<Uint8Array> {
    const id = (this.#calls += 1);
    scope.emit({ type: "list.open", call: id, isContinued: call.continue !== undefined });
    let failure: CallFailure | undefined;
    try {
      return await this.#answer(scope, { ...call, id });
    } catch (cause) {
      failure = call.signal.aborted ? undefined : failureOf(cause);
      throw cause;
    } finally {
      scope.emit({ type: "list.close", call: id, failure });
    }
  }

  async #answer(scope: Scope, call: ListCall & { readonly id: number }): Promise<Uint8Array> {
    await this.#delay(call.signal);
    if (this.#isDown) throw unreachable();
    const fault = this.#listFaults.shift();
    switch (fault) {
      case "refused":
        throw unreachable();
      case "429":
      case "initializing":
      case "500":
      case "503":
      case "403":
      case "404":
        throw answer(fault);
      case "slow":
        await this.#clock.sleep(20_000, call.signal);
        break;
      case "hang":
        await this.#clock.sleep(10_000_000, call.signal);
        break;
      case "expired":
        this.#tokens.clear();
        break;
      case "garbage":
      case "no items":
        // The body is not what was asked for: the caller finds out by itself.
        scope.emit({ type: "list.close", call: call.id, failure: { code: "API_PROTOCOL" } });
        return Buffer.from(fault === "garbage" ? "<html>Bad Gateway</html>" : '{"kind":"GizmoList","metadata":{"resourceVersion":"1"}}');
      default:
    }
    return await this.#page(scope, { ...call, isStale: fault === "stale" });
  }

  async #page(scope: Scope, call: ListCall & { readonly id: number; readonly isStale: boolean }): Promise<Uint8Array> {
    if (call.continue !== undefined && this.#breaks()) throw this.#draws.chance(0.5) ? answer("500") : answer("410");
    const from = call.continue === undefined ? await this.#snapshot(scope, call) : this.#tokens.get(call.continue);
    if (from === undefined || (call.continue !== undefined && from.version < this.etcd.compactedTo)) throw answer("410");
    const size = call.limit === undefined ? from.rest.length : Math.min(call.limit, this.traits.pageSize);
    const [items, rest] = [from.rest.slice(0, size), from.rest.slice(size)];
    const token = rest.length === 0 ? undefined : `token-${call.id}`;
    if (token !== undefined) this.#tokens.set(token, { version: from.version, rest });
    const version = String(from.version);
    scope.emit({ type: "list.line", call: call.id, version, objects: items.map(stampOf), isLast: token === undefined });
    return json({
      kind: "List",
      apiVersion: "v1",
      metadata: { resourceVersion: version, ...(token !== undefined && { continue: token }) },
      items,
    });
  }

  async #snapshot(scope: Scope, call: ListCall & { readonly isStale: boolean }): Promise<Answered> {
    let { version } = this.etcd;
    if (call.isStale) version = Math.max(this.etcd.compactedTo, 1, version - 3);
    else if (call.resourceVersionMatch === "NotOlderThan") version = await this.#reach(Number(call.resourceVersion), call.signal);
    return { version, rest: this.etcd.at(version, scope) };
  }

  /** The version of some replica once it has reached `version`; a 504 when it does not in time. */
  async #reach(version: number, signal: AbortSignal): Promise<number> {
    const replica = this.#draws.pick(this.#replicas);
    for (const untilMs = this.#clock.elapsed() + CATCH_UP_MS; replica.version < version && this.#clock.elapsed() < untilMs; ) {
      await this.#clock.sleep(500, signal);
      this.news();
    }
    if (replica.version < version) throw answer("too large");
    return replica.version;
  }

  async *#watch(scope: Scope, call: WatchCall): AsyncGenerator<readonly Uint8Array[]> {
    if (call.signal.aborted) return;
    const id = (this.#calls += 1);
    const { resourceVersion: version = "", sendInitialEvents: isWatchList = false } = call;
    scope.emit({ type: "watch.open", call: id, version, isWatchList });
    const over = { isOver: false };
    const timer = this.#clock.setTimer((call.timeoutSeconds ?? 3_600) * 1_000, () => {
      over.isOver = true;
      this.news();
    });
    let failure: CallFailure | undefined;
    try {
      yield* this.#stream(scope, { ...call, id, over });
    } catch (cause) {
      if (call.signal.aborted) return;
      failure = failureOf(cause);
      throw cause;
    } finally {
      timer.cancel();
      scope.emit({ type: "watch.close", call: id, failure });
    }
  }

  async *#stream(scope: Scope, call: Streamed): AsyncGenerator<readonly Uint8Array[]> {
    const { signal, sendInitialEvents = false, resourceVersion = "" } = call;
    await this.#delay(signal);
    if (this.#isDown) throw unreachable();
    const boot = this.#boot;
    this.#refuse();
    const isPlain = this.traits.watchList === "ignored" || !sendInitialEvents;
    if (sendInitialEvents && this.traits.watchList === "refused") throw answer("422");
    if (this.#watchFaults[0] !== "not accepted") yield [];
    const asked = Number(resourceVersion);
    if (isPlain && asked < this.etcd.compactedTo) {
      yield this.#frame(scope, call.id, [errorLine("410 event")]);
      return;
    }
    let at = Math.max(asked, 1);
    const reached = await this.#reach(asked, signal);
    if (!isPlain) {
      at = reached;
      const initial = this.etcd.at(at, scope).map((object): Sent => ({ is: "ADDED", object }));
      for (const line of initial) {
        yield this.#frame(scope, call.id, [line]);
        if (this.#draws.chance(0.3)) await this.#clock.sleep(this.traits.latencyMs, signal);
        if (boot !== this.#boot || this.#breaks()) throw unreachable();
      }
      yield this.#frame(scope, call.id, [{ is: "BOOKMARK", version: at, isEnd: true }]);
    }
    if (this.#shortWatches > 0) this.#shortWatches -= 1;
    else yield* this.#follow(scope, { ...call, at, boot });
  }

  #breaks(): boolean {
    return !this.#isHealed && this.#draws.chance(this.traits.breaksMidway);
  }

  /** Refuses a watch from the beginning, where that is the next fault. */
  #refuse(): void {
    const [fault] = this.#watchFaults;
    switch (fault) {
      case "410 status":
      case "429":
      case "initializing":
      case "503":
      case "404":
      case "403":
        this.#watchFaults.shift();
        throw answer(fault === "410 status" ? "410" : fault);
      default:
    }
  }

  async *#follow(scope: Scope, call: Streamed & { readonly at: number; readonly boot: number }): AsyncGenerator<readonly Uint8Array[]> {
    const replica = this.#draws.pick(this.#replicas);
    const { signal, over, id } = call;
    for (let { at } = call; !signal.aborted && !over.isOver; ) {
      if (call.boot !== this.#boot) {
        if (this.#draws.chance(0.5)) return;
        throw unreachable();
      }
      const wake = this.#wake.promise;
      const fault = this.#watchFaults.shift();
      if (fault !== undefined) {
        const lines = this.#faulty(fault, { at, scope });
        if (lines === undefined) return;
        if (lines.length > 0) yield this.#frame(scope, id, lines);
        if (fault === "410 event") return;
        if (fault === "torn") throw unreachable();
        if (fault === "silence" || fault === "410 left open") await aborted(signal);
        continue;
      }
      const news = this.#newsOf(scope, { after: at, until: replica.version });
      if (news.length > 0) {
        const batch = news.slice(0, 1 + this.#draws.below(news.length));
        at = batch.at(-1)?.version ?? at;
        yield this.#frame(scope, id, batch);
      } else if (Math.min(this.#bookmarkAt, replica.version) > at) {
        at = Math.min(this.#bookmarkAt, replica.version);
        yield this.#frame(scope, id, [{ is: "BOOKMARK", version: at, isEnd: false }]);
      } else await Promise.race([wake, aborted(signal)]);
    }
  }

  #newsOf({ plural, namespace }: Scope, { after, until }: { readonly after: number; readonly until: number }): readonly Written[] {
    return this.etcd.log.filter(
      (written) =>
        written.version > after &&
        written.version <= until &&
        written.plural === plural &&
        (namespace === undefined || written.namespace === namespace),
    );
  }

  /** What the watch sends for `fault`; `undefined` where it ends. */
  #faulty(fault: WatchFault, { at, scope }: { readonly at: number; readonly scope: Scope }): readonly Sent[] | undefined {
    const next = this.#newsOf(scope, { after: at, until: this.etcd.version })[0];
    const raw = (text: string): readonly Sent[] => [{ is: "raw", text }, ...this.#newsOf(scope, { after: at, until: this.etcd.version })];
    switch (fault) {
      case "short":
        this.#shortWatches = 40;
        return undefined;
      case "end":
        return undefined;
      case "reset":
        throw unreachable();
      case "torn":
        return next === undefined ? [] : [{ is: "torn", object: next.object }];
      case "garbage":
        return raw('{"type":"ADDED","object":{"api');
      case "unknown type":
        return raw(JSON.stringify({ type: "RENAMED", object: next?.object ?? {} }));
      case "wrong kind":
        return raw(JSON.stringify({ type: "ADDED", object: { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: {} } }));
      case "error 500":
        return [errorLine("500")];
      case "410 event":
      case "410 left open":
        return [errorLine("410 event")];
      case "replay":
        return this.#newsOf(scope, { after: at - 4, until: at });
      case "410 status":
      case "429":
      case "initializing":
      case "503":
      case "404":
      case "403":
      case "not accepted":
      case "silence":
        return [];
    }
  }

  /** Lines as they arrive: through bytes that were cut anywhere. */
  #frame({ emit }: Scope, call: number, lines: readonly Sent[]): readonly Uint8Array[] {
    const text: Buffer[] = [];
    for (const line of lines) {
      const traced = tracedOf(line);
      if (traced !== undefined) emit({ type: "watch.line", call, line: traced });
      text.push(bytesOf(line));
    }
    const bytes = Buffer.concat(text);
    const framed: Uint8Array[] = [];
    const framer = new LineFramer();
    for (let start = 0; start < bytes.length; ) {
      const end = start + 1 + this.#draws.below(Math.min(bytes.length, 400));
      framer.push(bytes.subarray(start, end), framed);
      start = end;
    }
    return framed;
  }

  async #delay(signal: AbortSignal): Promise<void> {
    const { latencyMs } = this.traits;
    // Whoever asks without a pause would never let time pass.
    if (this.#calls > MOST_CALLS) await this.#clock.sleep(Number.MAX_SAFE_INTEGER, signal);
    if (latencyMs > 0) await this.#clock.sleep(this.#draws.next() * latencyMs, signal);
    for (let ticks = this.#draws.below(4); ticks > 0; ticks -= 1) await Promise.resolve();
    signal.throwIfAborted();
  }
}

interface Streamed extends WatchCall {
  readonly id: number;
  readonly over: { readonly isOver: boolean };
}

type Sent =
  | { readonly is: "ADDED" | "MODIFIED" | "DELETED" | "torn"; readonly object: SimObject }
  | { readonly is: "BOOKMARK"; readonly version: number; readonly isEnd: boolean }
  | { readonly is: "ERROR"; readonly status: object; readonly failure: CallFailure }
  | { readonly is: "raw"; readonly text: string };

function tracedOf(sent: Sent): TracedLine | undefined {
  switch (sent.is) {
    case "torn":
      return undefined;
    case "raw":
      return { is: "unreadable" };
    case "ERROR":
      return { is: "ERROR", failure: sent.failure };
    case "BOOKMARK":
      return { is: "BOOKMARK", version: String(sent.version), isInitialEventsEnd: sent.isEnd };
    default:
      return { is: sent.is, object: stampOf(sent.object) };
  }
}

function bytesOf(sent: Sent): Buffer {
  switch (sent.is) {
    case "torn": {
      const whole = json({ type: "MODIFIED", object: sent.object });
      return whole.subarray(0, whole.length / 2);
    }
    case "raw":
      return Buffer.from(`${sent.text}\n`);
    case "ERROR":
      return line({ type: "ERROR", object: sent.status });
    case "BOOKMARK": {
      const annotations = sent.isEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
      return line({
        type: "BOOKMARK",
        object: { kind: "Gizmo", apiVersion: "sim.example.com/v1", metadata: { resourceVersion: String(sent.version), ...annotations } },
      });
    }
    default:
      return line({ type: sent.is, object: sent.object });
  }
}

const line = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);
const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

const STATUS: Readonly<
  Record<string, { readonly code: number; readonly message: string; readonly details?: object; readonly reason?: string }>
> = {
  "410": { code: 410, message: "too old resource version", reason: "Expired" },
  "410 event": { code: 410, message: "too old resource version", reason: "Expired" },
  "429": { code: 429, message: "too many requests", details: { retryAfterSeconds: 7 } },
  initializing: { code: 429, message: "storage is (re)initializing", details: { retryAfterSeconds: 1 } },
  "500": { code: 500, message: "conversion webhook failed" },
  "503": { code: 503, message: "unavailable", details: { retryAfterSeconds: 3 } },
  "403": { code: 403, message: "forbidden" },
  "404": { code: 404, message: "the server could not find the requested resource" },
  "422": { code: 422, message: "sendInitialEvents is forbidden" },
  "too large": {
    code: 504,
    message: "Timeout: Too large resource version",
    details: { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }], retryAfterSeconds: 1 },
  },
};

function statusOf(name: string): { readonly code: number; readonly message: string } {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", ...STATUS[name] } as unknown as {
    code: number;
    message: string;
  }; // As the wire has it.
}

function answer(name: string): PolykindError {
  const status = statusOf(name);
  return apiErrorOf(status.code, status, { method: "list", path: "/apis/sim.example.com/v1/gizmos", host: "127.0.0.1:6443" });
}

function errorLine(name: string): Sent {
  return { is: "ERROR", status: statusOf(name), failure: failureOf(answer(name)) };
}

function failureOf(cause: unknown): CallFailure {
  if (!isPolykindError(cause)) return { code: "BUG" };
  const retryAfterMs = retryAfterMsOf(cause);
  return {
    code: cause.code,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    isTooLarge: cause.message.includes("Too large resource version"),
    isStarting: cause.message.includes("initializing"),
  };
}

function unreachable(): PolykindError {
  return new PolykindError("API_UNREACHABLE", "cannot connect to 127.0.0.1:6443: connection refused");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
