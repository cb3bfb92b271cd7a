import type { ListWatch } from "@polykind/apimachinery";
import { type Clock, isPolykindError, messageOf, PolykindError, type Random } from "@polykind/core";
import type { ListGate, ListPlace } from "../pool/list-gate.ts";
import type { Bodies } from "../store/body.ts";
import { Call, type CallOwner } from "./call.ts";
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

/** What a reflector tells its host. */
export type Learned = Exclude<ReflectorEffect, Effect<"list" | "compare" | "probe" | "watch" | "sleep" | "allowSilence" | "close">>;

/** Whom a reflector works for. */
export interface ReflectorHost {
  /** Takes what the reflector learns. Called synchronously, in order. */
  take(effect: Learned): void;
  /** What is cached. */
  readonly store: { readonly size: number; recordAt(key: string): Head | undefined };
}

/** What a reflector is driven with. */
export interface ReflectorOptions {
  readonly host: ReflectorHost;
  readonly listWatch: ListWatch;
  readonly expected: Expected;
  /** Where bodies are kept as bytes. Absent: objects are parsed when they come. */
  readonly bodies?: Bodies | undefined;
  /** May be shared with other reflectors. Default: one of its own. */
  readonly scanner?: Scanner | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Bounds the lists that run at once. */
  readonly gate: ListGate;
}

/** A watch that the server neither refuses nor answers is taken for accepted after so long, for list-watches that do not tell. */
const TAKEN_FOR_OPEN_MS = 5_000;

/** The phases in which a place among the lists is held. */
const LISTING: ReadonlySet<ReflectorState["phase"]> = new Set(["listing", "comparing", "fetching", "streaming"]);

/**
 * Carries out what {@link step} decides.
 *
 * *Guarantees.* One call at a time: the next begins when nothing is left of the one before. What a call says after it was replaced is dropped. When the
 * promise of `stop` has resolved, no list, watch or timer is left, and the sink is not called again.
 */
export class Reflector implements CallOwner {
  readonly #host: ReflectorHost;
  readonly #listWatch: ListWatch;
  readonly #expected: Expected;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #gate: ListGate;
  readonly #decoder: Decoder;
  #state: ReflectorState = EMPTY;
  #call: Call | undefined;
  /** Among the lists that run; {@link ListPlace.admitted} says whether it is its turn. */
  #place: ListPlace | undefined;
  /** What observers sent in the middle of a step. */
  #inbox: ReflectorInput[] | undefined;
  #isStepping = false;

  constructor({ host, listWatch, expected, bodies, scanner, clock, random, gate }: ReflectorOptions) {
    this.#host = host;
    this.#listWatch = listWatch;
    this.#expected = expected;
    this.#clock = clock;
    this.#random = random;
    this.#gate = gate;
    this.#decoder = new Decoder(expected, bodies, scanner);
  }

  /** @param firstList how the first list is asked for. Default: `auto`. */
  start(firstList?: FirstListBy): void {
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
    this.#take({ type: "expectDisconnect", objects: this.#host.store.size, bodies });
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
      (this.#inbox ??= []).push(input);
      return;
    }
    this.#isStepping = true;
    try {
      this.#step(input, now);
      for (let next = this.#inbox?.shift(); next !== undefined; next = this.#inbox?.shift()) this.#step(next, now);
    } finally {
      this.#isStepping = false;
    }
  }

  #step(input: ReflectorInput, now: Moment): void {
    const { state, effects } = step(this.#state, input, now);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (effects.length === 0 || input.type === "page") letGo(input, effects);
    if (this.#place !== undefined && !LISTING.has(state.phase)) this.#leaveGate();
  }

  #moment(): Moment {
    return { elapsedMs: this.#clock.elapsed(), draw: this.#random() };
  }

  #carryOut(effect: ReflectorEffect): void {
    switch (effect.type) {
      case "list":
      case "compare":
      case "probe":
      case "watch":
        return this.#begin(effect);
      case "sleep":
        return this.#sleep(effect);
      case "allowSilence":
        if (this.#call !== undefined) this.#call.idleMs = effect.idleMs;
        return;
      case "close":
        return this.#call?.end();
      default:
        return this.#tell(effect);
    }
  }

  /** A host must not throw; one that does is read everything to anew, for nobody knows how far it came. */
  #tell(effect: Learned): void {
    try {
      this.#host.take(effect);
    } catch (cause) {
      const message = `cannot take in what came of ${this.#expected.path}: ${messageOf(cause)}`;
      (this.#inbox ??= []).push({ type: "broken", error: new PolykindError("CACHE_RESET", message, { cause }) });
    }
  }

  /** Ends the call before, and begins the next one once nothing of it is left. */
  #begin(effect: Effect<"list" | "compare" | "probe" | "watch">): void {
    const before = this.#call;
    const call = this.#replace(effect.call, effect.idleMs);
    afterAll(before, () => this.#run(call, effect));
  }

  #run(call: Call, effect: Effect<"list" | "compare" | "probe" | "watch">): void {
    if (call.isOver) return call.finish();
    if (effect.type === "watch") return this.#watch(call, effect.ask);
    this.#read(call, effect).then(
      () => this.#finish(call),
      (cause: unknown) => this.#fail(call, cause),
    );
  }

  #finish(call: Call): void {
    call.timer?.cancel();
    call.finish();
  }

  #fail(call: Call, cause: unknown): void {
    this.#finish(call);
    // A server that is still starting says nothing of how much it bears.
    if (isPolykindError(cause, "API_THROTTLED") && !isStarting(cause)) this.#place?.report({ tookMs: 0, isThrottled: true });
    this.#take({ type: "failed", call: call.number, error: asPolykindError(cause, this.#expected.path) });
  }

  #sleep({ call: number, forMs }: Effect<"sleep">): void {
    const before = this.#call;
    const call = this.#replace(number, Number.POSITIVE_INFINITY);
    afterAll(before, () => call.finish());
    call.timer = this.#clock.setTimer(forMs, () => this.#take({ type: "tick", call: number }));
  }

  /** Ends the call before, and makes a new one the present one. */
  #replace(number: number, idleMs: number): Call {
    this.#call?.end();
    return (this.#call = new Call(number, { owner: this, idleMs }));
  }

  async #read(call: Call, effect: Effect<"list" | "compare" | "probe">): Promise<void> {
    const { type } = effect;
    // A probe waits for no place among the lists that run: it is as small as a watch's own request, and a watch waits for it.
    if (type !== "probe") await this.#enterGate();
    if (call.isOver) return;
    this.#armTimer(call, this.#hear(call));
    const ask = type === "probe" ? { limit: 1 } : effect.ask;
    const body = await this.#listWatch.list({ ...ask, signal: call.stop.signal });
    if (call.isOver) return;
    if (type === "probe") return this.#takeProbe(call, body);
    this.#place?.report({ tookMs: this.#clock.elapsed() - call.startedAt, isThrottled: false });
    if (type === "list") this.#takePage(call, body);
    else this.#takeMetadata(call, body);
  }

  #takeProbe(call: Call, body: Uint8Array): void {
    const { version, records } = this.#decoder.page(body);
    for (const record of records) record.release?.();
    this.#take({ type: "probed", call: call.number, version });
  }

  /** Resolves when it has a place among the lists that run, or has left the queue for one, which it does with the phase. */
  #enterGate(): Promise<void> {
    return (this.#place ??= this.#gate.ask()).admitted;
  }

  #leaveGate(): void {
    this.#place?.leave();
    this.#place = undefined;
  }

  #takePage(call: Call, body: Uint8Array): void {
    const page = this.#decoder.page(body);
    // What is cached of it stays.
    for (const key of page.unreadable) {
      const message = `cannot read ${key} of ${this.#expected.path}: it has no uid or resourceVersion`;
      this.#host.take({ type: "tellFailed", error: new PolykindError("API_PROTOCOL", message, { facts: { key } }) });
    }
    this.#take({ type: "page", call: call.number, page });
  }

  /** Objects that cannot be read are there: what is cached of them stays. */
  #takeMetadata(call: Call, body: Uint8Array): void {
    const page = decodePage(body, { ...METADATA, path: this.#expected.path });
    const same = [...page.unreadable];
    const changed: Head[] = [];
    for (const { key, uid, resourceVersion } of page.records) {
      const cached = this.#host.store.recordAt(key);
      if (cached?.uid === uid && cached.resourceVersion === resourceVersion) same.push(key);
      else changed.push({ key, uid, resourceVersion });
    }
    this.#take({ type: "compared", call: call.number, comparison: { version: page.version, continue: page.continue, same, changed } });
  }

  #watch(call: Call, ask: Effect<"watch">["ask"]): void {
    // A probe waits for no place: it is as small as a plain watch, and a watch waits for it.
    const isList = ask.sendInitialEvents === true && ask.objects !== "none";
    if (isList)
      void this.#enterGate().then(() => this.#follow(call, ask)); // never rejects
    else this.#follow(call, ask);
  }

  #follow(call: Call, ask: Effect<"watch">["ask"]): void {
    if (call.isOver) return call.finish();
    call.place = this.#place;
    this.#armTimer(call, this.#hear(call));
    try {
      const lines = this.#listWatch.watch({
        ...ask,
        // Made where somebody looks at it: who takes a sink does not.
        get signal() {
          return call.stop.signal;
        },
      });
      if (lines.read !== undefined) lines.read(call);
      else void this.#iterate(call, lines); // tells of every failure itself
    } catch (cause) {
      this.#fail(call, cause);
    }
  }

  async #iterate(call: Call, lines: AsyncIterable<readonly Uint8Array[]>): Promise<void> {
    try {
      for await (const batch of lines) {
        if (call.isOver) break;
        call.lines(batch);
      }
    } catch (cause) {
      return call.ended(cause);
    }
    call.ended(undefined);
  }

  /** @internal */
  took(call: Call, batch: readonly Uint8Array[]): void {
    if (call.isOver) return;
    // They came together: one look at the clock is enough.
    const now = this.#moment();
    call.lastByteAt = now.elapsedMs;
    this.#opened(call, now);
    for (const line of batch) {
      this.#take(this.#decoded(call, line), now);
      if (call.isOver) return;
    }
    if (call.place === undefined || call.place === this.#place) return;
    // The place was given back with the last initial object.
    call.place.report({ tookMs: now.elapsedMs - call.startedAt, isThrottled: false });
    call.place = undefined;
  }

  /** @internal */
  closed(call: Call, failure: unknown): void {
    if (failure !== undefined) return this.#fail(call, failure);
    this.#finish(call);
    if (!call.isOver) this.#take({ type: "ended", call: call.number });
  }

  #decoded({ number }: Call, line: Uint8Array): ReflectorInput {
    try {
      const decoded = this.#decoder.line(line);
      return decoded instanceof PolykindError
        ? { type: "failed", call: number, error: decoded }
        : { type: "line", call: number, line: decoded };
    } catch (cause) {
      return { type: "undecodable", call: number, error: asPolykindError(cause, this.#expected.path) };
    }
  }

  /** The time now, when the call began. */
  #hear(call: Call): number {
    const now = this.#clock.elapsed();
    call.startedAt = now;
    call.lastByteAt = now;
    return now;
  }

  #opened(call: Call, now?: Moment): void {
    if (call.isOpen) return;
    call.isOpen = true;
    this.#take({ type: "opened", call: call.number }, now);
  }

  /** One timer for each call: it is set again for what is left when bytes came meanwhile. */
  #armTimer(call: Call, now: number): void {
    // At least a millisecond: what is left of a difference of floating-point times may be too little to move a clock.
    const leftMs = Math.max(1, call.lastByteAt + call.idleMs - now);
    call.timer = this.#clock.setTimer(call.isOpen ? leftMs : Math.min(leftMs, TAKEN_FOR_OPEN_MS), () => this.#checkSilence(call));
  }

  #checkSilence(call: Call): void {
    const now = this.#clock.elapsed();
    const silentMs = now - call.lastByteAt;
    if (silentMs >= call.idleMs) {
      const error = new PolykindError("TIMED_OUT", `cannot read ${this.#expected.path}: no byte for ${Math.round(silentMs / 1000)} s`, {
        facts: { silentMs },
      });
      this.#take({ type: "failed", call: call.number, error });
      return;
    }
    this.#opened(call);
    if (!call.isOver) this.#armTimer(call, now);
  }
}

/** Lets records go that came with `input` and that no effect keeps. */
function letGo(input: ReflectorInput, effects: readonly ReflectorEffect[]): void {
  if (input.type === "line" && input.line.type !== "bookmark") input.line.record.release?.();
  if (input.type !== "page" || effects.some(({ type }) => type === "stagePage")) return;
  for (const record of input.page.records) record.release?.();
}

/** Goes on once nothing of the call before is left: at once, if so. */
function afterAll(before: Call | undefined, goOn: () => void): void {
  if (before === undefined || before.isDone) goOn();
  else void before.done.then(goOn); // never rejects
}

function asPolykindError(cause: unknown, path: string): PolykindError {
  if (isPolykindError(cause)) return cause;
  return new PolykindError("API_UNREACHABLE", `cannot read ${path}: ${messageOf(cause)}`, { cause });
}
