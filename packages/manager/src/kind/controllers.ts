import type { CrdDescriptor, Resource } from "@polykind/apimachinery";
import type { Controller } from "@polykind/controller";
import { type Clock, isPolykindError, messageOf, PolykindError } from "@polykind/core";
import type { InformerState, Lease } from "@polykind/informer";
import type { SchemaChange, StopReason } from "@polykind/plugin";
import type { Log } from "@polykind/telemetry";
import { Cache } from "./cache.ts";
import { pluginNameOf } from "./plugin-key.ts";
import type { RunFacts } from "./report.ts";
import type { Effect, Run, RunInput, Target } from "./state.ts";
import { holdersOf } from "./survey.ts";

/** A kind that a run stands on besides its own: watched, owned or referred to. */
export interface Root {
  /** The name of the CRD that serves it; absent for a built-in kind. */
  readonly crd?: string;
  readonly resource: Resource;
  readonly incarnation?: string;
}

/** What is started. */
export interface StartCall {
  readonly crd: CrdDescriptor;
  readonly target: Target;
  readonly epoch: number;
  /** It only finalizes. */
  readonly isRetiring: boolean;
  readonly signal: AbortSignal;
  /** To be told of each other kind that the controller takes objects of. */
  readonly standsOn: (root: Root) => void;
}

/** What the controllers of a slot need. */
export interface ControllersOptions {
  /** The CRD's name. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Starts a controller. Rejects with everything released. */
  readonly start: (call: StartCall) => Promise<Controller>;
  /** Opens or joins the informer of what `target` is of. */
  readonly acquire: (crd: CrdDescriptor, target: Target) => Promise<Lease>;
  /** What came of what was asked. */
  readonly post: (input: RunInput) => void;
  /** Something of the facts has changed. */
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

/** An effect as it is asked for. */
type Asked<T extends Effect["type"]> = Omit<Extract<Effect, { readonly type: T }>, "type">;

/** What is held for a run: exactly as long as the state has the run, but for `cooling` ones. */
interface Held {
  readonly epoch: number;
  readonly abort: AbortController;
  readonly roots: Map<string, string>;
  controller: Controller | undefined;
  /** Takes back the listeners at the controller. */
  unlisten: () => void;
  stopReason: StopReason | undefined;
  holders: ReadonlyMap<string, number>;
  /** Why its cache is not live, from a failure on until it is live again: that it is listed anew meanwhile mends nothing yet. */
  trouble: InformerState | undefined;
}

/**
 * The controllers of one slot, and the caches that are filled for their successors.
 *
 * Guarantees: what is asked for is answered as {@link Effect} says; once {@link isEmpty}, no controller, lease or listener is left.
 */
export class Controllers {
  readonly #options: ControllersOptions;
  readonly #held = new Map<string, Held>();
  readonly #caches = new Map<number, Cache>();
  #leaked = 0;
  #past: RunTotals = { reconciles: 0, errors: 0 };

  constructor(options: ControllersOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0 && this.#caches.size === 0;
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

  /** What a run shows of itself, once it has a controller. */
  factsOf(run: Run): RunFacts | undefined {
    const held = this.#held.get(run.target.plugin);
    if (held?.epoch !== run.epoch || held.controller === undefined) return undefined;
    const { facts, informer } = held.controller;
    return {
      facts,
      informer: informer.state.phase === "listing" ? (held.trouble ?? informer.state) : informer.state,
      holders: held.holders,
    };
  }

  /** As {@link factsOf}, with what objects wait for besides the finalizers that are `ours`, counted now: it looks at every object. */
  surveyedFactsOf(run: Run, ours: ReadonlySet<string>): RunFacts | undefined {
    const found = this.factsOf(run);
    const objects = this.#held.get(run.target.plugin)?.controller?.informer.store.list();
    if (found === undefined || objects === undefined) return found;
    return { ...found, holders: new Map([...holdersOf(objects)].filter(([finalizer]) => !ours.has(finalizer))) };
  }

  /** Where the informer is that fills the cache of this epoch, while no controller has it. */
  fillingOf(epoch: number): InformerState | undefined {
    return this.#caches.get(epoch)?.state;
  }

  /** The runs that stand on another life of `crd` than this one, or on it while there is none. */
  uprootedBy(crd: string, uid: string | undefined): readonly { readonly plugin: string; readonly epoch: number }[] {
    return [...this.#held].flatMap(([plugin, { epoch, roots }]) => {
      const root = roots.get(crd);
      return root === undefined || root === uid ? [] : [{ plugin, epoch }];
    });
  }

  /** Starts a controller, on the cache that was filled for it if there is one. */
  async start(crd: CrdDescriptor, { target, epoch, isRetiring }: Asked<"start">): Promise<void> {
    const { plugin } = target;
    const held = heldOf(epoch);
    this.#held.set(plugin, held);
    try {
      const controller = await this.#open(crd, { target, isRetiring }, held);
      await this.#closeCache(epoch);
      held.controller = controller;
    } catch (cause) {
      this.#leaked += leakedBy(cause);
      await this.#closeCache(epoch);
      this.#forget(plugin, held);
      const isStopped = held.abort.signal.aborted;
      this.#options.post(
        isStopped ? { type: "stopped", plugin, epoch } : { type: "failed", plugin, epoch, error: this.#asError(cause, plugin) },
      );
      return;
    }
    // A stop that came while it started could only abort; what came up all the same ends here.
    if (held.stopReason !== undefined) return this.stop({ plugin, epoch, reason: held.stopReason });
    held.unlisten = this.#listen(held.controller, { plugin, held });
    this.#options.post({ type: "started", plugin, epoch });
    if (isRetiring && held.controller.facts.isRetiring) this.retire(plugin);
  }

  /** Stops a controller; answered when nothing of it is left. */
  async stop({ plugin, epoch, reason }: Asked<"stop">): Promise<void> {
    const held = this.#held.get(plugin);
    if (held === undefined || held.epoch !== epoch) return;
    held.stopReason = reason;
    held.abort.abort(
      new PolykindError("STOPPED", `cannot go on with ${pluginNameOf(plugin)} on ${this.#options.name}: it is stopped (${reason})`),
    );
    // Without a controller yet, the start that was aborted tells of its end.
    if (held.controller === undefined) return;
    held.unlisten();
    try {
      const { leaked } = await held.controller.stop(reason);
      this.#leaked += leaked;
    } catch (cause) {
      this.#leaked += 1;
      this.#options.log.error("cannot stop controller", {
        crd: this.#options.name,
        plugin: pluginNameOf(plugin),
        epoch,
        cause: messageOf(cause),
      });
    }
    this.#past = addTotals(this.#past, held.controller.facts);
    this.#forget(plugin, held);
    this.#options.post({ type: "stopped", plugin, epoch });
  }

  /** Tells a controller that its CRD is being deleted. */
  drain(plugin: string): void {
    this.#held.get(plugin)?.controller?.setTerminating();
  }

  /** Tells a controller what has changed of its version. That its plugin wants to be set up anew comes back as `outgrown`. */
  reshape(plugin: string, { parts }: SchemaChange): void {
    this.#held.get(plugin)?.controller?.changeSchema({ parts });
  }

  /** Has a controller only finalize. That no object carries the finalizer any more comes back as `vacated`. */
  retire(plugin: string): void {
    this.#held.get(plugin)?.controller?.retire();
  }

  /** Has a controller serve in full again. */
  resume(plugin: string): void {
    this.#held.get(plugin)?.controller?.resume();
  }

  /** Fills a cache that a later start finds filled. */
  async warm(crd: CrdDescriptor, { target, epoch }: Asked<"warm">): Promise<void> {
    const { plugin } = target;
    const cache = this.#openCache(crd, target, epoch);
    try {
      await cache.filled();
    } catch (cause) {
      if (cache.isReleased) return;
      await this.#closeCache(epoch);
      this.#options.post({ type: "failed", plugin, epoch, error: this.#asError(cause, plugin) });
      return;
    }
    if (!cache.isReleased) this.#options.post({ type: "warmed", plugin, epoch });
  }

  /** Gives a cache back that no controller will use. */
  async release(epoch: number): Promise<void> {
    await this.#closeCache(epoch);
    this.#options.onChange();
  }

  /** Counts whose finalizers the objects of a run wait for. */
  survey(plugin: string): void {
    const held = this.#held.get(plugin);
    if (held?.controller === undefined || held.stopReason !== undefined) return;
    held.holders = holdersOf(held.controller.informer.store.list());
  }

  async #open(crd: CrdDescriptor, { target, isRetiring }: Pick<Asked<"start">, "target" | "isRetiring">, held: Held): Promise<Controller> {
    const { epoch, abort, roots } = held;
    const cache = this.#caches.get(epoch) ?? this.#openCache(crd, target, epoch);
    await cache.opened();
    return this.#options.start({
      crd,
      target,
      epoch,
      isRetiring,
      signal: abort.signal,
      standsOn: (root) => {
        if (root.crd !== undefined && root.incarnation !== undefined) roots.set(root.crd, root.incarnation);
      },
    });
  }

  #openCache(crd: CrdDescriptor, target: Target, epoch: number): Cache {
    const { clock, acquire, post } = this.#options;
    const cache = new Cache({
      clock,
      acquire: () => acquire(crd, target),
      onNotServed: () => post({ type: "notServed", plugin: target.plugin, epoch }),
    });
    this.#caches.set(epoch, cache);
    return cache;
  }

  /** Never rejects: who closes it has more to do. */
  async #closeCache(epoch: number): Promise<void> {
    try {
      await this.#caches.get(epoch)?.release();
    } catch (cause) {
      this.#leaked += 1;
      this.#options.log.error("cannot release a cache", { crd: this.#options.name, epoch, cause: messageOf(cause) });
    }
    this.#caches.delete(epoch);
  }

  #forget(plugin: string, held: Held): void {
    if (this.#held.get(plugin) === held) this.#held.delete(plugin);
  }

  #listen(controller: Controller, { plugin, held }: { readonly plugin: string; readonly held: Held }): () => void {
    const { onChange, post } = this.#options;
    const { epoch } = held;
    const notice = (state: InformerState): void => {
      if (state.phase !== "listing") held.trouble = state.phase === "waiting" && state.error !== undefined ? state : undefined;
    };
    notice(controller.informer.state);
    const ends = [
      controller.notices.on("reconciled", () => onChange()),
      controller.notices.on("vacated", () => post({ type: "vacated", plugin, epoch })),
      controller.notices.on("outgrown", () => post({ type: "outgrown", plugin, epoch })),
      controller.informer.notices.on("state", (state) => {
        notice(state);
        onChange();
      }),
      controller.informer.notices.on("failed", ({ code }) => {
        if (code === "KIND_NOT_SERVED") post({ type: "notServed", plugin, epoch });
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  #asError(cause: unknown, plugin: string): PolykindError {
    if (isPolykindError(cause)) return cause;
    return new PolykindError("PLUGIN_FAILED", `cannot start plugin ${pluginNameOf(plugin)} on ${this.#options.name}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** The hooks that a failed start has left behind, as `startController` says. */
function leakedBy(cause: unknown): number {
  const leaked = isPolykindError(cause) ? cause.facts["leaked"] : undefined;
  return typeof leaked === "number" ? leaked : 0;
}

function heldOf(epoch: number): Held {
  return {
    epoch,
    abort: new AbortController(),
    roots: new Map(),
    controller: undefined,
    unlisten: () => {},
    stopReason: undefined,
    holders: new Map(),
    trouble: undefined,
  };
}
