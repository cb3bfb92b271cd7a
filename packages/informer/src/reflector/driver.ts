import type { ListWatch } from "@polykind/apimachinery";
import { type Clock, isPolykindError, messageOf, PolykindError, type Random, type Timer } from "@polykind/core";
import type { ListGate, ListPlace } from "../pool/list-gate.ts";
import type { Bodies } from "../store/body.ts";
import { decodePage, type Expected, METADATA } from "./decode.ts";
import { Decoder } from "./decoder.ts";
import { isStarting } from "./retry.ts";
import type { Scanner } from "./scan.ts";
import {
  EMPTY,
  type ExpectedBodies,
  type FirstListBy,
  type Head,
  type Moment,
  type ReflectorEffect,
  type ReflectorInput,
  type ReflectorState,
} from "./state.ts";
import { step } from "./step.ts";

type Effect<K extends ReflectorEffect["type"]> = Extract<ReflectorEffect, { readonly type: K }>;

/** Where a reflector puts what it learns. Called synchronously, in order. */
export type ReflectorSink = (
  effect: Exclude<ReflectorEffect, Effect<"list" | "compare" | "probe" | "watch" | "sleep" | "allowSilence" | "close">>,
) => void;

/** What a reflector is driven with. */
export interface ReflectorOptions {
  readonly listWatch: ListWatch;
  readonly expected: Expected;
  /** Where bodies are kept as bytes. Absent: objects are parsed when they come. */
  readonly bodies?: Bodies | undefined;
  /** May be shared with other reflectors. Default: one of its own. */
  readonly scanner?: Scanner | undefined;
  readonly sink: ReflectorSink;
  /** Told of an object in a list that could not be read; what is cached of it stays. */
  readonly onUnreadable: (error: PolykindError) => void;
  /** How the first list is asked for. Default: `auto`. */
  readonly firstList?: FirstListBy | undefined;
  /** How many objects are cached. */
  readonly size: () => number;
  /** What is cached under a key. */
  readonly cached: (key: string) => Head | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Bounds the lists that run at once. */
  readonly gate: ListGate;
}

/** A watch that the server neither refuses nor answers is taken for accepted after so long, for list-watches that do not tell. */
const TAKEN_FOR_OPEN_MS = 5_000;

/** The phases in which a place among the lists is held. */
const LISTING: ReadonlySet<ReflectorState["phase"]> = new Set(["listing", "comparing", "fetching", "streaming"]);

const NOTHING_LEFT = Promise.resolve();

/** One list, watch or sleep. */
interface Call {
  readonly number: number;
  readonly abort: AbortController;
  /** Settles when nothing of the call is left. Never rejects. */
  done: Promise<void>;
  timer: Timer | undefined;
  idleMs: number;
  lastByteAt: number;
  isOpen: boolean;
}

/**
 * Carries out what {@link step} decides.
 *
 * *Guarantees.* One call at a time: the next begins when nothing is left of the one before. What a call says after it was replaced is dropped. When the
 * promise of `stop` has resolved, no list, watch or timer is left, and the sink is not called again.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #decoder: Decoder;
  #state: ReflectorState = EMPTY;
  #call: Call | undefined;
  /** Among the lists that run; {@link ListPlace.admitted} says whether it is its turn. */
  #place: ListPlace | undefined;
  readonly #inbox: ReflectorInput[] = [];
  #isStepping = false;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#decoder = new Decoder(options.expected, options.bodies, options.scanner);
  }

  start(): void {
    const { firstList } = this.#options;
    this.#take(firstList === undefined ? { type: "start" } : { type: "start", by: firstList });
  }

  retryNow(): void {
    this.#take({ type: "retryNow" });
  }

  /** Asks whether the server still has the history that was seen. */
  probe(): void {
    this.#take({ type: "probe" });
  }

  expectDisconnect(bodies: ExpectedBodies): void {
    this.#take({ type: "expectDisconnect", objects: this.#options.size(), bodies });
  }

  async stop(): Promise<void> {
    this.#take({ type: "stop" });
    // An observer may have called in the middle of a step, whose other effects are carried out before the next microtask.
    await Promise.resolve();
    await this.#call?.done;
  }

  /** Steps on `input`, and on those that observers send meanwhile, one after another. */
  #take(input: ReflectorInput, now: Moment = this.#moment()): void {
    if (this.#isStepping) {
      this.#inbox.push(input);
      return;
    }
    this.#isStepping = true;
    try {
      this.#step(input, now);
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) this.#step(next, now);
    } finally {
      this.#isStepping = false;
    }
  }

  #step(input: ReflectorInput, now: Moment): void {
    const { state, effects } = step(this.#state, input, now);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (this.#place !== undefined && !LISTING.has(state.phase)) this.#leaveGate();
  }

  #moment(): Moment {
    return { elapsedMs: this.#options.clock.elapsed(), draw: this.#options.random() };
  }

  #carryOut(effect: ReflectorEffect): void {
    switch (effect.type) {
      case "list":
        return this.#open(effect, (call) => this.#list(call, { ask: effect.ask, take: (body) => this.#takePage(call, body) }));
      case "compare":
        return this.#open(effect, (call) => this.#list(call, { ask: effect.ask, take: (body) => this.#takeMetadata(call, body) }));
      case "probe":
        return this.#open(effect, (call) => this.#probe(call));
      case "watch":
        return this.#open(effect, (call) => this.#watch(call, effect));
      case "sleep":
        return this.#sleep(effect);
      case "allowSilence":
        if (this.#call !== undefined) this.#call.idleMs = effect.idleMs;
        return;
      case "close":
        return this.#end(this.#call);
      default:
        return this.#options.sink(effect);
    }
  }

  /** Ends the call before, and runs `body` as the next one once nothing of it is left. */
  #open({ call: number, idleMs }: Effect<"list" | "compare" | "probe" | "watch">, body: (call: Call) => Promise<void>): void {
    const before = this.#replace(number, idleMs);
    const call = this.#call;
    if (call === undefined) return;
    call.done = before === undefined ? this.#run(call, body) : before.then(() => this.#run(call, body));
  }

  /** No async function, as most calls are watches that last: what such a one keeps would be kept for each kind. */
  #run(call: Call, body: (call: Call) => Promise<void>): Promise<void> {
    if (call.abort.signal.aborted) return NOTHING_LEFT;
    return body(call).then(
      () => call.timer?.cancel(),
      (cause: unknown) => this.#fail(call, cause),
    );
  }

  #fail(call: Call, cause: unknown): void {
    call.timer?.cancel();
    // A server that is still starting says nothing of how much it bears.
    if (isPolykindError(cause, "API_THROTTLED") && !isStarting(cause)) this.#place?.report({ tookMs: 0, isThrottled: true });
    this.#take({ type: "failed", call: call.number, error: asPolykindError(cause, this.#options.expected.path) });
  }

  #sleep({ call: number, forMs }: Effect<"sleep">): void {
    const before = this.#replace(number, Number.POSITIVE_INFINITY);
    const call = this.#call;
    if (call === undefined) return;
    call.done = before ?? NOTHING_LEFT;
    call.timer = this.#options.clock.setTimer(forMs, () => this.#take({ type: "tick", call: number }));
  }

  /** Makes a new call the present one, and resolves when nothing of the one before is left. */
  #replace(number: number, idleMs: number): Promise<void> | undefined {
    const before = this.#call;
    this.#end(before);
    this.#call = { number, abort: new AbortController(), done: NOTHING_LEFT, timer: undefined, idleMs, lastByteAt: 0, isOpen: false };
    return before?.done;
  }

  #end(call: Call | undefined): void {
    call?.timer?.cancel();
    call?.abort.abort();
  }

  async #list(
    call: Call,
    { ask, take }: { readonly ask: Effect<"list">["ask"]; readonly take: (body: Uint8Array) => void },
  ): Promise<void> {
    const { signal } = call.abort;
    await this.#enterGate();
    if (signal.aborted) return;
    this.#heard(call);
    this.#armTimer(call);
    const startedAt = this.#options.clock.elapsed();
    const body = await this.#options.listWatch.list({ ...ask, signal });
    if (signal.aborted) return;
    this.#place?.report({ tookMs: this.#options.clock.elapsed() - startedAt, isThrottled: false });
    take(body);
  }

  /** Waits for no place among the lists that run: it is as small as a watch's own request, and a watch waits for it. */
  async #probe(call: Call): Promise<void> {
    const { signal } = call.abort;
    this.#heard(call);
    this.#armTimer(call);
    const body = await this.#options.listWatch.list({ limit: 1, signal });
    if (signal.aborted) return;
    const { version, records } = this.#decoder.page(body);
    for (const record of records) record.release?.();
    this.#take({ type: "probed", call: call.number, version });
  }

  /** Resolves when it has a place among the lists that run, or has left the queue for one, which it does with the phase. */
  #enterGate(): Promise<void> {
    return (this.#place ??= this.#options.gate.ask()).admitted;
  }

  #leaveGate(): void {
    this.#place?.leave();
    this.#place = undefined;
  }

  #takePage(call: Call, body: Uint8Array): void {
    const { expected } = this.#options;
    const page = this.#decoder.page(body);
    for (const key of page.unreadable) {
      this.#options.onUnreadable(
        new PolykindError("API_PROTOCOL", `cannot read ${key} of ${expected.path}: it has no uid or resourceVersion`, { facts: { key } }),
      );
    }
    this.#take({ type: "page", call: call.number, page });
  }

  /** Objects that cannot be read are there: what is cached of them stays. */
  #takeMetadata(call: Call, body: Uint8Array): void {
    const page = decodePage(body, { ...METADATA, path: this.#options.expected.path });
    const same = [...page.unreadable];
    const changed: Head[] = [];
    for (const { key, uid, resourceVersion } of page.records) {
      const cached = this.#options.cached(key);
      if (cached?.uid === uid && cached.resourceVersion === resourceVersion) same.push(key);
      else changed.push({ key, uid, resourceVersion });
    }
    this.#take({ type: "compared", call: call.number, comparison: { version: page.version, continue: page.continue, same, changed } });
  }

  #watch(call: Call, { ask }: Effect<"watch">): Promise<void> {
    // A probe waits for no place: it is as small as a plain watch, and a watch waits for it.
    const isList = ask.sendInitialEvents === true && ask.objects !== "none";
    return isList ? this.#enterGate().then(() => this.#follow(call, ask)) : this.#follow(call, ask);
  }

  async #follow(call: Call, ask: Effect<"watch">["ask"]): Promise<void> {
    const { signal } = call.abort;
    if (signal.aborted) return;
    let place = this.#place;
    const startedAt = this.#options.clock.elapsed();
    this.#heard(call);
    this.#armTimer(call);
    const take = (batch: readonly Uint8Array[]): void => {
      this.#takeBatch(call, batch);
      if (place === undefined || place === this.#place) return;
      // The place was given back with the last initial object.
      place.report({ tookMs: this.#options.clock.elapsed() - startedAt, isThrottled: false });
      place = undefined;
    };
    const lines = this.#options.listWatch.watch({ ...ask, signal });
    if (lines.each !== undefined) await lines.each(take);
    else
      for await (const batch of lines) {
        if (signal.aborted) return;
        take(batch);
      }
    if (signal.aborted) return;
    this.#take({ type: "ended", call: call.number });
  }

  #takeBatch(call: Call, batch: readonly Uint8Array[]): void {
    const { signal } = call.abort;
    if (signal.aborted) return;
    // They came together: one look at the clock is enough.
    const now = this.#moment();
    call.lastByteAt = now.elapsedMs;
    this.#opened(call, now);
    for (const line of batch) {
      this.#take(this.#read(call, line), now);
      if (signal.aborted) return;
    }
  }

  #read({ number }: Call, line: Uint8Array): ReflectorInput {
    try {
      const decoded = this.#decoder.line(line);
      return decoded instanceof PolykindError
        ? { type: "failed", call: number, error: decoded }
        : { type: "line", call: number, line: decoded };
    } catch (cause) {
      return { type: "undecodable", call: number, error: asPolykindError(cause, this.#options.expected.path) };
    }
  }

  #heard(call: Call): void {
    call.lastByteAt = this.#options.clock.elapsed();
  }

  #opened(call: Call, now?: Moment): void {
    if (call.isOpen) return;
    call.isOpen = true;
    this.#take({ type: "opened", call: call.number }, now);
  }

  /** One timer for each call: it is set again for what is left when bytes came meanwhile. */
  #armTimer(call: Call): void {
    // At least a millisecond: what is left of a difference of floating-point times may be too little to move a clock.
    const leftMs = Math.max(1, call.lastByteAt + call.idleMs - this.#options.clock.elapsed());
    call.timer = this.#options.clock.setTimer(call.isOpen ? leftMs : Math.min(leftMs, TAKEN_FOR_OPEN_MS), () => this.#checkSilence(call));
  }

  #checkSilence(call: Call): void {
    const silentMs = this.#options.clock.elapsed() - call.lastByteAt;
    if (silentMs >= call.idleMs) {
      const error = new PolykindError(
        "TIMED_OUT",
        `cannot read ${this.#options.expected.path}: no byte for ${Math.round(silentMs / 1000)} s`,
        { facts: { silentMs } },
      );
      this.#take({ type: "failed", call: call.number, error });
      return;
    }
    this.#opened(call);
    if (!call.abort.signal.aborted) this.#armTimer(call);
  }
}

function asPolykindError(cause: unknown, path: string): PolykindError {
  if (isPolykindError(cause)) return cause;
  return new PolykindError("API_UNREACHABLE", `cannot read ${path}: ${messageOf(cause)}`, { cause });
}
