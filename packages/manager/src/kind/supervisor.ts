import type { CrdDescriptor, Resource } from "@polykind/apimachinery";
import { type Clock, isPolykindError, messageOf, PolykindError, type Timer } from "@polykind/core";
import type { Controller } from "@polykind/controller";
import type { Log } from "@polykind/telemetry";
import { type Judgement, judge, type KindReport, type RunFacts, type RunReport } from "./report.ts";
import { type Effect, type Input, type KindState, type Run, step, type Target, unknownKind, type Verdict } from "./state.ts";

/** A kind that a run stands on besides its own: watched, owned or referred to. */
export interface Root {
  /** The name of the CRD that serves it; absent for a built-in kind. */
  readonly crd?: string;
  readonly resource: Resource;
  readonly incarnation?: string;
}

/** What a supervisor starts. */
export interface StartCall {
  readonly crd: CrdDescriptor;
  readonly target: Target;
  readonly epoch: number;
  readonly signal: AbortSignal;
  /** To be told of each other kind that the controller takes objects of. */
  readonly standsOn: (root: Root) => void;
}

/** What a supervisor needs. */
export interface SupervisorOptions {
  /** The CRD's name. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The last epoch given out in this slot before, so that none ever returns. Default: 0. */
  readonly epochsBefore?: number;
  /** Starts a controller. Rejects with everything released. */
  readonly start: (call: StartCall) => Promise<Controller>;
  /** The server answered that the kind is not served: somebody must ask for the CRD itself. */
  readonly onNotServed: () => void;
  /** Something of the report has changed. */
  readonly onChange: () => void;
}

/** What runs have done in all. */
export interface RunTotals {
  readonly reconciles: number;
  readonly errors: number;
}

/** The sum of two. */
export function addTotals(a: RunTotals, b: RunTotals): RunTotals {
  return { reconciles: a.reconciles + b.reconciles, errors: a.errors + b.errors };
}

/** What is held for a run: exactly as long as the state has the run, but for `cooling` ones. */
interface Held {
  readonly epoch: number;
  readonly abort: AbortController;
  readonly roots: Map<string, string>;
  controller: Controller | undefined;
  /** Takes back the listeners at the controller. */
  unlisten: () => void;
}

/**
 * Drives one slot: takes inputs one after another, moves the state by {@link step}, and performs the effects.
 *
 * Guarantees: inputs are serial; nothing here waits for another slot; once {@link shutDown} has resolved, no controller, timer or listener of this slot is left.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  #state: KindState;
  readonly #mailbox: Input[] = [];
  #isStepping = false;
  readonly #held = new Map<string, Held>();
  readonly #cooling = new Map<number, Timer>();
  readonly #settled: (() => void)[] = [];
  #leaked = 0;
  #past: RunTotals = { reconciles: 0, errors: 0 };
  #last: Judgement & { readonly since: number };

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#state = { ...unknownKind, epoch: options.epochsBefore ?? 0 };
    this.#last = { state: "Absent", since: options.clock.now() };
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): KindState {
    return this.#state;
  }

  /** What of ended runs could not be released in time. */
  get leaked(): number {
    return this.#leaked;
  }

  /** What all runs of this slot have done, also those that have ended. */
  get totals(): RunTotals {
    return [...this.#held.values()].reduce(
      (sum, { controller }) => (controller === undefined ? sum : addTotals(sum, controller.facts)),
      this.#past,
    );
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

  /** Another CRD has come, changed its life, or gone (`uid` undefined): what stood on its former life starts anew. */
  observeOther(crd: string, uid: string | undefined): void {
    for (const [plugin, held] of this.#held) {
      const root = held.roots.get(crd);
      if (root !== undefined && root !== uid) this.#post({ type: "uprooted", plugin, epoch: held.epoch });
    }
    if (uid === undefined) return;
    for (const run of this.#state.runs.values()) {
      // It may be the kind that was missed: no need to sit out the cool-down.
      if (run.phase === "cooling" && isPolykindError(run.error, "KIND_NOT_SERVED"))
        this.#post({ type: "cooled", plugin: run.target.plugin, epoch: run.epoch });
    }
  }

  /** Stops everything; resolves when it is stopped. */
  async shutDown(): Promise<void> {
    this.#post({ type: "shutdown" });
    await this.settled();
  }

  /** Resolves when no run is left. */
  settled(): Promise<void> {
    if (this.#state.runs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settled.push(resolve);
    });
  }

  /** What is known now. */
  report(): KindReport {
    const { crd, runs, epoch, incarnations } = this.#state;
    const [plural = "", ...group] = this.name.split(".");
    const { state, reason, message } = this.#judge();
    const all = [...runs.values()];
    const objects = all.map((run) => this.#factsOf(run)?.facts.objects).find((count) => count !== undefined);
    const version = all[0]?.target.version ?? crd?.versions.find(({ isServed }) => isServed)?.name;
    const kind = crd?.names.kind ?? plural;
    return {
      name: `${kind}.${group.join(".")}`,
      group: group.join("."),
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

  #reportRun(run: Run): RunReport {
    const facts = this.#factsOf(run)?.facts;
    const lastError = run.phase === "cooling" ? messageOf(run.error) : facts?.lastError?.message;
    return {
      plugin: run.target.plugin,
      phase: run.phase,
      version: run.target.version,
      epoch: run.epoch,
      reconciles: facts?.reconciles ?? 0,
      errors: facts?.errors ?? 0,
      queued: facts?.queueDepth ?? 0,
      ...(facts?.note !== undefined && { note: facts.note }),
      ...(lastError !== undefined && { lastError }),
    };
  }

  #factsOf(run: Run): RunFacts | undefined {
    const held = this.#held.get(run.target.plugin);
    if (held?.epoch !== run.epoch || held.controller === undefined) return undefined;
    return { facts: held.controller.facts, informer: held.controller.informer.state };
  }

  #judge(): Judgement {
    const now = judge(this.#state, (run) => this.#factsOf(run));
    if (now.state !== this.#last.state || now.reason !== this.#last.reason) this.#last = { ...now, since: this.#options.clock.now() };
    return now;
  }

  /** Inputs that come while one is taken in wait for their turn. */
  #post(input: Input): void {
    this.#mailbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) this.#take(next);
    this.#isStepping = false;
  }

  #take(input: Input): void {
    const [state, effects] = step(this.#state, input);
    if (state === this.#state) return;
    this.#state = state;
    for (const effect of effects) this.#apply(effect);
    this.#cancelOldTimers();
    this.#judge();
    this.#options.onChange();
    if (state.runs.size === 0) for (const resolve of this.#settled.splice(0)) resolve();
  }

  #apply(effect: Effect): void {
    switch (effect.type) {
      case "start":
        void this.#start(effect.target, effect.epoch); // How it ends comes back as an input.
        return;
      case "stop":
        void this.#stop(effect); // As above.
        return;
      case "drain":
        this.#held.get(effect.plugin)?.controller?.setTerminating();
        return;
      case "cool":
        this.#cooling.set(
          effect.epoch,
          this.#options.clock.setTimer(effect.forMs, () => this.#post({ type: "cooled", plugin: effect.plugin, epoch: effect.epoch })),
        );
        return;
    }
  }

  async #start(target: Target, epoch: number): Promise<void> {
    const { plugin } = target;
    const held: Held = { epoch, abort: new AbortController(), roots: new Map(), controller: undefined, unlisten: () => {} };
    this.#held.set(plugin, held);
    try {
      held.controller = await this.#open(target, held);
    } catch (cause) {
      if (this.#held.get(plugin) === held) this.#held.delete(plugin);
      this.#post(
        held.abort.signal.aborted
          ? { type: "stopped", plugin, epoch }
          : { type: "failed", plugin, epoch, error: this.#asError(cause, plugin) },
      );
      return;
    }
    const run = this.#state.runs.get(plugin);
    // A stop that came while it started could only abort; what came up all the same ends here.
    if (run?.phase === "stopping" && run.epoch === epoch) return void this.#stop({ plugin, epoch, reason: run.reason });
    held.unlisten = this.#listen(held.controller);
    this.#post({ type: "started", plugin, epoch });
  }

  #open(target: Target, held: Held): Promise<Controller> {
    const { crd } = this.#state;
    if (crd === undefined) throw new PolykindError("STOPPED", `cannot start ${target.plugin}: the CRD ${this.name} is gone`);
    return this.#options.start({
      crd,
      target,
      epoch: held.epoch,
      signal: held.abort.signal,
      standsOn: (root) => {
        if (root.crd !== undefined && root.incarnation !== undefined) held.roots.set(root.crd, root.incarnation);
      },
    });
  }

  #listen(controller: Controller): () => void {
    const ends = [
      controller.notices.on("reconciled", () => this.#options.onChange()),
      controller.informer.notices.on("state", () => this.#options.onChange()),
      controller.informer.notices.on("failed", (error) => {
        if (error.code === "KIND_NOT_SERVED") this.#options.onNotServed();
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  async #stop({ plugin, epoch, reason }: Omit<Extract<Effect, { readonly type: "stop" }>, "type">): Promise<void> {
    const held = this.#held.get(plugin);
    if (held === undefined || held.epoch !== epoch) return;
    held.abort.abort(new PolykindError("STOPPED", `cannot go on with ${plugin} on ${this.name}: it is stopped (${reason})`));
    // Without a controller yet, the start that was aborted tells of its end.
    if (held.controller === undefined) return;
    held.unlisten();
    try {
      const { leaked } = await held.controller.stop(reason);
      this.#leaked += leaked;
    } catch (cause) {
      this.#leaked += 1;
      this.#options.log.error("cannot stop controller", { crd: this.name, plugin, epoch, cause: messageOf(cause) });
    }
    this.#past = addTotals(this.#past, held.controller.facts);
    this.#held.delete(plugin);
    this.#post({ type: "stopped", plugin, epoch });
  }

  #cancelOldTimers(): void {
    const live = new Set([...this.#state.runs.values()].filter(({ phase }) => phase === "cooling").map(({ epoch }) => epoch));
    for (const [epoch, timer] of this.#cooling) {
      if (live.has(epoch)) continue;
      timer.cancel();
      this.#cooling.delete(epoch);
    }
  }

  #asError(cause: unknown, plugin: string): PolykindError {
    if (isPolykindError(cause)) return cause;
    return new PolykindError("PLUGIN_FAILED", `cannot start plugin ${plugin} on ${this.name}: ${messageOf(cause)}`, { cause });
  }
}
