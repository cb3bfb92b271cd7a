import { type CrdDescriptor, type CrdNames, type GroupKind, groupKindText } from "@polykind/apimachinery";
import { isPolykindError, messageOf } from "@polykind/core";
import { Controllers, type ControllersOptions, type RunTotals } from "./controllers.ts";
import { Diagnoses, type DiagnosesOptions } from "./diagnosis.ts";
import { explainKind, type KindExplanation } from "./explain.ts";
import { type CrdSelector, warningOfWord } from "./exclusion.ts";
import { withFinding } from "./explain-diagnosis.ts";
import type { Sight } from "./explain-evidence.ts";
import { type History, noHistory, remember, type Turn, turnsOf } from "./explain-history.ts";
import { type Judgement, judge, type KindReport, type RunReport } from "./report.ts";
import { withCarriers } from "./left.ts";
import { finalizerOfKey, pluginNameOf } from "./plugin-key.ts";
import { type Effect, type Input, type KindState, type Run, type Unbinding, unknownKind, type Verdict } from "./state.ts";
import { type Retirement, retirementsOf } from "./retirement.ts";
import { step } from "./step.ts";
import { isAtEase, suspicionOf } from "./suspicion.ts";
import { isUnbound } from "./target.ts";
import { Timers } from "./timers.ts";
import { Warnings } from "./warnings.ts";

/** What a supervisor needs. */
export interface SupervisorOptions extends Omit<ControllersOptions, "post">, Pick<DiagnosesOptions, "diagnose"> {
  /** The last epoch given out in this slot before, so that none ever returns. Default: 0. */
  readonly epochsBefore?: number;
  /** So many lives of the CRD may end within five minutes; the next ones wait. Default: 3. */
  readonly livesAllowed?: number;
  /** What becomes of a plugin that is not bound any more while objects carry its finalizer. Default: it finalizes on. */
  readonly unbinding?: Unbinding;
  /** Which CRDs this process deals with. Default: all. */
  readonly selector?: CrdSelector | undefined;
  /** Whether this process may run anything. Default: it may. */
  readonly isLeading?: boolean;
  /** A controller came up or ended. */
  readonly onTurn?: (turn: Turn) => void;
  /** Asks the server itself whether the CRD of this life is there. Never rejects. */
  readonly confirm: (uid: string) => Promise<"there" | "absent" | "unknown">;
  /** The server is about to close all watches of this life of the kind. `bodies`: whether objects whose version stays the same read as before. */
  readonly expectDisconnect: (uid: string, expected: { readonly bodies: "same" | "changed" }) => void;
}

/**
 * Drives one slot: takes inputs one after another, moves the state by {@link step}, and has the effects done.
 *
 * Guarantees: inputs are serial; nothing here waits for another slot; once {@link shutDown} has resolved, no controller, cache, timer or listener of this slot is left.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  #state: KindState;
  #history: History = noHistory;
  readonly #mailbox: Input[] = [];
  #isStepping = false;
  readonly #controllers: Controllers;
  readonly #timers: Timers;
  readonly #diagnoses: Diagnoses;
  readonly #warnings: Warnings;
  readonly #settled: (() => void)[] = [];
  #last: Judgement & { readonly since: number };

  constructor(options: SupervisorOptions) {
    const {
      livesAllowed = unknownKind.livesAllowed,
      unbinding = unknownKind.unbinding,
      selector,
      isLeading = true,
      epochsBefore = 0,
      clock,
    } = options;
    this.#options = options;
    this.#state = { ...unknownKind, epoch: epochsBefore, livesAllowed, unbinding, selector, isLeading };
    this.#controllers = new Controllers({ ...options, post: (input) => this.#post(input), onChange: () => this.#tellChange() });
    this.#timers = new Timers(clock);
    this.#diagnoses = new Diagnoses({ diagnose: options.diagnose, onChange: () => this.#attempt("tell of a change", options.onChange) });
    this.#warnings = new Warnings(options.log);
    this.#last = { state: "Absent", since: clock.now() };
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): KindState {
    return this.#state;
  }

  /** Of the CRD as it was seen last, also when it has gone. */
  get names(): CrdNames | undefined {
    return this.#history.names;
  }

  /** What of ended runs could not be released in time. */
  get leaked(): number {
    return this.#controllers.leaked;
  }

  /** What all runs of this slot have done, also those that have ended. */
  get totals(): RunTotals {
    return this.#controllers.totals;
  }

  /** Whether nothing is there any more, and nothing is held. */
  get isOver(): boolean {
    return this.#state.crd === undefined && this.#isSettled;
  }

  /** Whether besides nothing is worth remembering, and no question to the server is open. */
  get isBlank(): boolean {
    const { flaps, confirming } = this.#state;
    return this.isOver && flaps === 0 && confirming === undefined;
  }

  /** The CRD was seen like this. */
  observe(crd: CrdDescriptor, verdict: Verdict): void {
    this.#post({ type: "observed", crd, verdict });
  }

  /** The CRD of this uid is gone. */
  lose(uid: string): void {
    this.#post({ type: "gone", uid });
  }

  /** Other plugins are there than before. */
  rejudge(verdict: Verdict): void {
    this.#post({ type: "judged", verdict });
  }

  /** This plugin, which does not manage the kind any more, is not to finalize on. */
  letGo(plugin: string): void {
    this.#post({ type: "letGo", plugin });
  }

  /** The plugins that do not manage the kind any more, and whose finalizers may stand on objects. */
  get retirements(): readonly Retirement[] {
    return retirementsOf(this.#state, (run) => this.#controllers.factsOf(run));
  }

  /** This process may run things from now on, or may not. */
  lead(isLeading: boolean): void {
    this.#post({ type: "led", isLeading });
  }

  /** Another CRD has come, changed its life, or gone (`uid` undefined): what stood on its former life starts anew. */
  observeOther(crd: string, uid: string | undefined): void {
    for (const uprooted of this.#controllers.uprootedBy(crd, uid)) this.#post({ type: "uprooted", ...uprooted });
    if (uid === undefined) return;
    // It may be the kind that was missed: no need to sit out the cool-down.
    for (const run of this.#state.runs.values())
      if (isMissingKind(run)) this.#post({ type: "cooled", plugin: run.target.plugin, epoch: run.epoch });
  }

  /** Whether a run has failed for want of a kind. */
  get isMissingKind(): boolean {
    return this.#state.runs.values().some(isMissingKind);
  }

  /** Stops everything; resolves when it is stopped. */
  async shutDown(): Promise<void> {
    this.#post({ type: "shutdown" });
    await this.settled();
  }

  /** Resolves when no run is left, and nothing of one. */
  settled(): Promise<void> {
    if (this.#isSettled) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settled.push(resolve);
    });
  }

  /** The kind, by its CRD's name where nothing else is known of it. */
  get groupKind(): GroupKind {
    const dot = this.name.indexOf(".");
    return { group: this.name.slice(dot + 1), kind: this.names?.kind ?? this.name.slice(0, dot) };
  }

  /** What is known now. */
  report(): KindReport {
    const { crd, runs, epoch, incarnations } = this.#state;
    const { group, kind } = this.groupKind;
    const { state, reason, message } = this.#judge();
    const all = [...runs.values()];
    const objects = all.map((run) => this.#controllers.factsOf(run)?.facts.objects).find((count) => count !== undefined);
    const version = all[0]?.target.version ?? crd?.versions.find(({ isServed }) => isServed)?.name;
    return {
      name: groupKindText({ group, kind }),
      group,
      kind,
      crd: this.name,
      ...(crd !== undefined && { incarnation: crd.uid, resourceScope: crd.resourceScope }),
      incarnations,
      epoch,
      ...(version !== undefined && { version }),
      state,
      ...(reason !== undefined && { reason }),
      ...(message !== undefined && { message }),
      since: new Date(this.#last.since).toISOString(),
      ...(objects !== undefined && { objects }),
      runs: all.map((run) => this.#reportRun(run)),
    };
  }

  /** Why it is as it is now, what it waits for, and what it was. `rivals`: the names of CRDs that hold names which this one wants. */
  explain(rivals: readonly string[]): KindExplanation {
    return explainKind(this.report(), {
      state: this.#state,
      history: this.#history,
      rivals,
      diagnosis: this.#diagnoses.current,
      ...this.#closeSight,
    });
  }

  /** A look that takes time: it sees besides which finalizers keep objects that none of the plugins serves. While the CRD is being deleted they are counted once a minute. */
  get #closeSight(): Sight {
    const { crd, runs } = this.#state;
    const first = runs.values().find(({ phase }) => phase === "running");
    if (first === undefined || crd?.isTerminating === true) return this.#sight;
    const ours = new Set(Array.from(runs.keys(), finalizerOfKey));
    const factsOf: Sight["factsOf"] = (run) =>
      run === first ? this.#controllers.surveyedFactsOf(run, ours) : this.#controllers.factsOf(run);
    return { ...this.#sight, factsOf };
  }

  #reportRun(run: Run): RunReport {
    const facts = this.#controllers.factsOf(run)?.facts;
    const isRetiring = (run.phase === "running" || run.phase === "starting") && run.isRetiring;
    const lastError = run.phase === "cooling" ? messageOf(run.error) : facts?.lastError?.message;
    return {
      plugin: pluginNameOf(run.target.plugin),
      phase: run.phase,
      version: run.target.version,
      epoch: run.epoch,
      reconciles: facts?.reconciles ?? 0,
      errors: facts?.errors ?? 0,
      queued: facts?.queueDepth ?? 0,
      ...(isRetiring && { retiring: { objects: facts?.finalizersHeld ?? 0, some: facts?.carriers ?? [] } }),
      // It comes from a plugin, and goes over a wire: text it is only if its author kept to the types.
      ...(facts?.note !== undefined && { note: messageOf(facts.note) }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  get #isSettled(): boolean {
    return this.#state.runs.size === 0 && this.#controllers.isEmpty;
  }

  #judge(): Judgement {
    const judgement = withCarriers(judge(this.#state, this.#sight.factsOf), this.#state, this.#history);
    const now = withFinding(judgement, this.#diagnoses.current);
    if (now.state === this.#last.state && now.reason === this.#last.reason) return now;
    this.#last = { ...now, since: this.#options.clock.now() };
    this.#attempt("warn", () => this.#warnings.look(now, () => this.explain([])));
    return now;
  }

  get #sight(): Sight {
    return { factsOf: (run) => this.#controllers.factsOf(run), fillingOf: (epoch) => this.#controllers.fillingOf(epoch) };
  }

  /** Has the server asked why it refuses the kind, once; forgets the answer when all is well. */
  #diagnose(): void {
    const suspicion = this.#state.isShuttingDown ? undefined : suspicionOf(this.#state, this.#sight);
    if (suspicion !== undefined) return this.#diagnoses.suspect(suspicion);
    if (this.#state.isShuttingDown || isAtEase(this.#state, this.#sight)) this.#diagnoses.end();
  }

  #tellChange(): void {
    this.#attempt("diagnose", () => this.#diagnose());
    this.#attempt("tell of a change", () => this.#options.onChange());
    if (this.#isSettled) for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** Inputs that come while one is taken in wait for their turn. */
  #post(input: Input): void {
    this.#mailbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) {
        const input = next;
        this.#attempt(`take in ${input.type}`, () => this.#take(input));
      }
    } finally {
      this.#isStepping = false;
    }
  }

  /** What fails, fails alone: a slot that stopped stepping would never end, and nor would the manager. */
  #attempt(what: string, act: () => Promise<void> | void): void {
    const fail = (cause: unknown): void => this.#options.log.error(`cannot ${what}`, { cause: messageOf(cause), error: cause });
    try {
      act()?.catch(fail);
    } catch (cause) {
      fail(cause);
    }
  }

  #take(input: Input): void {
    const [state, effects] = step(this.#state, input);
    const before = this.#state;
    if (state === before) return;
    this.#state = state;
    this.#history = remember(this.#history, {
      before,
      after: state,
      effects,
      at: this.#options.clock.now(),
      factsOf: (run) => this.#controllers.factsOf(run),
      leaked: this.#controllers.leaked,
    });
    for (const effect of effects) this.#attempt(`carry out ${effect.type}`, () => this.#apply(effect));
    this.#timers.keep(state);
    for (const turn of turnsOf(before, state)) this.#attempt("count a turn", () => this.#options.onTurn?.(turn));
    this.#attempt("warn", () => this.#warnOfWord(before.crd));
    this.#judge();
    this.#tellChange();
  }

  /** What takes time comes back as an input; the promise is only of what failed on the way. */
  #apply(effect: Effect): Promise<void> | void {
    switch (effect.type) {
      case "start":
        return this.#controllers.start(this.#crdFor(effect), effect);
      case "warm":
        return this.#controllers.warm(this.#crdFor(effect), effect);
      case "stop":
        this.#warnOfCarriers(effect, "a plugin is let go of although objects carry its finalizer: they keep it");
        return this.#controllers.stop(effect);
      case "release":
        return this.#controllers.release(effect.epoch);
      case "drain":
        return this.#controllers.drain(effect.plugin);
      case "survey":
        return this.#controllers.survey(effect.plugin);
      case "retire":
        this.#warnOfCarriers(effect, "a plugin does not manage this kind any more; it finalizes on until no object carries its finalizer");
        return this.#controllers.retire(effect.plugin);
      case "reshape":
        return this.#controllers.reshape(effect.plugin, effect);
      case "resume":
        return this.#controllers.resume(effect.plugin);
      case "cool": {
        const { plugin, epoch } = effect;
        return this.#timers.set(`cool ${epoch}`, effect.forMs, () => this.#post({ type: "cooled", plugin, epoch }));
      }
      case "wait": {
        const { timer, serial } = effect;
        return this.#timers.set(`${timer} ${serial}`, effect.forMs, () => this.#post({ type: "waited", timer, serial }));
      }
      case "confirm":
        return this.#confirm(effect.uid);
      case "edited":
        if (effect.closesWatches) this.#options.expectDisconnect(effect.uid, { bodies: effect.keepsBodies ? "same" : "changed" });
        this.#options.log.info("the CustomResourceDefinition was changed", { changes: [...effect.changes].join() });
    }
  }

  /** Says once of each such word that it switches nothing off. */
  #warnOfWord(before: CrdDescriptor | undefined): void {
    const { crd } = this.#state;
    const warning = crd && warningOfWord(crd);
    if (warning !== undefined && warning !== (before && warningOfWord(before))) this.#options.log.warn(warning);
  }

  #warnOfCarriers({ plugin, epoch }: { readonly plugin: string; readonly epoch: number }, warning: string): void {
    const { crd, runs } = this.#state;
    const run = runs.get(plugin);
    if (run === undefined || crd?.uid !== run.target.uid || !isUnbound(this.#state, plugin)) return;
    const facts = this.#controllers.factsOf(run)?.facts;
    if (facts === undefined || facts.finalizersHeld === 0) return;
    const [finalizer, some] = [finalizerOfKey(plugin), facts.carriers.join()];
    const fields = { plugin: pluginNameOf(plugin), finalizer, epoch, objects: facts.finalizersHeld, some };
    this.#attempt("warn", () => this.#options.log.warn(warning, fields));
  }

  #crdFor({ type, target }: Extract<Effect, { readonly type: "start" | "warm" }>): CrdDescriptor {
    const { crd } = this.#state;
    // A target is always of a CRD that is there.
    if (crd === undefined) throw new TypeError(`cannot ${type} ${target.plugin} on ${this.name}: there is no CRD`);
    return crd;
  }

  async #confirm(uid: string): Promise<void> {
    const is = await this.#options.confirm(uid).catch(() => "unknown" as const);
    this.#post({ type: "confirmed", uid, is });
  }
}

function isMissingKind(run: Run): boolean {
  return run.phase === "cooling" && isPolykindError(run.error, "KIND_NOT_SERVED");
}
