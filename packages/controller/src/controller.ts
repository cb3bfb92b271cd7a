import { keyOf } from "@polykind/apimachinery";
import type { NoticeSource } from "@polykind/core";
import { isPolykindError, messageOf, PolykindError, untilAborted } from "@polykind/core";
import type { Informer } from "@polykind/informer";
import type { Reconciler, SchemaChange, StopReason } from "@polykind/plugin";
import { hasFinalizer } from "./finalizer/state.ts";
import { composeParts, type Parts } from "./parts.ts";
import type { Workers } from "./reconcile/workers.ts";
import { FIRST_LIST_PRIORITY } from "./sources/primary.ts";
import { setUp } from "./set-up.ts";
import { acquireInformers, followKinds, startWorkers } from "./start.ts";
import { tearDown } from "./stop.ts";
import type { Controller, ControllerFacts, ControllerNotices, ControllerOptions } from "./types.ts";

/** How long the plugin may take to hear of the CRD's end, or of another schema, in milliseconds. */
const HEARING_MS = 10_000;
/** So many objects that carry the plugin's finalizer are named. */
const MOST_CARRIERS = 3;

/**
 * Starts the controller of one kind: acquires its informers, sets the plugin up, waits until all handlers have seen their first list, starts the workers.
 *
 * *Errors.* Rejects, with everything released, with the reason of `signal` when that aborts first; with `PLUGIN_FAILED` when the set-up fails; with the informer's
 * error when first lists cannot be had; with `KIND_NOT_SERVED` when a watched kind is not there. If hooks of the plugin have not ended in time either, rejects with an error of
 * the same code that has this one as its cause, and their number as its fact `leaked`. Once started, `signal` has no effect: stop it by `stop`.
 */
export async function startController(options: ControllerOptions, signal: AbortSignal): Promise<Controller> {
  signal.throwIfAborted();
  const controller = new KindController(options);
  try {
    await controller.start(signal);
    return controller;
  } catch (cause) {
    const { leaked } = await controller.stop(signal.aborted ? "Unbound" : "Quarantine");
    if (leaked > 0) throw leftBehind(cause, leaked);
    throw cause;
  }
}

function leftBehind(cause: unknown, leaked: number): PolykindError {
  const known = isPolykindError(cause) ? cause : undefined;
  return new PolykindError(known?.code ?? "STOPPED", `${messageOf(cause)}; hooks of the plugin go on although it was stopped: ${leaked}`, {
    cause,
    facts: { ...known?.facts, leaked },
    ...(known !== undefined && { retryable: known.retryable }),
  });
}

class KindController implements Controller {
  readonly #parts: Parts;
  #informer: Informer | undefined;
  #reconciler: Reconciler | undefined;
  #workers: Workers | undefined;
  #isTerminating = false;
  #isRetiring: boolean;
  /** Settles when the plugin has heard of all changes of the schema. */
  #schemaHeard: Promise<void> = Promise.resolve();
  #stopped: Promise<{ readonly leaked: number }> | undefined;
  #lastObjects = 0;

  constructor(options: ControllerOptions) {
    this.#parts = composeParts(options);
    this.#isRetiring = options.isRetiring === true;
    this.#parts.held.onLess = () => this.#tellIfVacated();
  }

  async start(signal: AbortSignal): Promise<void> {
    const parts = this.#parts;
    await acquireInformers(parts, signal);
    this.#informer = parts.caches.informerOf(parts.options.resource);
    await followKinds(parts, signal);
    this.#reconciler = await untilAborted(setUp(parts), signal);
    signal.throwIfAborted();
    this.#workers = startWorkers(parts, {
      reconciler: this.#reconciler,
      isTerminating: () => this.#isTerminating,
      isRetiring: () => this.#isRetiring,
    });
  }

  get informer(): Informer {
    if (this.#informer === undefined) throw new TypeError("a controller that has not started has no informer");
    return this.#informer;
  }

  get notices(): NoticeSource<ControllerNotices> {
    return this.#parts.ledger.notices;
  }

  get facts(): ControllerFacts {
    const { queue, runs, ledger, held, fence } = this.#parts;
    const { ready, marked, waiting } = queue.facts;
    if (!fence.isEnded) this.#lastObjects = this.#informer?.store.size ?? 0;
    return {
      objects: this.#lastObjects,
      queueDepth: ready + marked,
      delayed: waiting,
      inFlight: runs.size,
      finalizersHeld: held.size,
      carriers: held.some(MOST_CARRIERS),
      isTerminating: this.#isTerminating,
      isRetiring: this.#isRetiring,
      ...ledger.facts,
    };
  }

  setTerminating(): void {
    const { fence, sender } = this.#parts;
    if (this.#isTerminating || fence.isEnded) return;
    this.#isTerminating = true;
    sender.setTerminating();
    if (this.#reconciler?.onTerminating === undefined) return;
    void this.#tellTerminating(this.#reconciler); // The stop waits for it, as for every hook.
  }

  retire(): void {
    const { fence, held, want } = this.#parts;
    if (fence.isEnded) return;
    this.#isRetiring = true;
    if (this.#reconciler?.finalize === undefined) for (const key of held.keys()) want(key, { type: "start" }, FIRST_LIST_PRIORITY);
    this.#tellIfVacated();
  }

  resume(): void {
    const { fence, want } = this.#parts;
    if (!this.#isRetiring || fence.isEnded) return;
    this.#isRetiring = false;
    // What has changed meanwhile nobody has looked at.
    for (const { metadata } of this.informer.store.list()) want(keyOf(metadata), { type: "start" }, FIRST_LIST_PRIORITY);
  }

  changeSchema(change: SchemaChange): void {
    const reconciler = this.#reconciler;
    if (reconciler?.onSchemaChange === undefined) return;
    this.#schemaHeard = this.#schemaHeard.then(() => this.#tellSchema(reconciler, change));
  }

  stop(reason: StopReason): Promise<{ readonly leaked: number }> {
    this.#stopped ??= tearDown(this.#parts, this.#workers, reason).then((leaked) => ({ leaked }));
    return this.#stopped;
  }

  #tellIfVacated(): void {
    const { held, fence, finalizers, ledger } = this.#parts;
    if (!this.#isRetiring || fence.isEnded || !held.isEmpty || this.#workers === undefined) return;
    // The cache may show more than its handlers were told of.
    if (this.informer.store.list().some((object) => hasFinalizer(object, finalizers.name))) return;
    ledger.notices.tell("vacated", {});
  }

  async #tellSchema(reconciler: Reconciler, change: SchemaChange): Promise<void> {
    const { runs, contextFor, fence, options, ledger } = this.#parts;
    if (fence.isEnded) return;
    const outcome = await runs.run((signal) => reconciler.onSchemaChange?.(change, contextFor({ signal })), {
      timeoutMs: HEARING_MS,
      graceMs: 0,
    });
    if (fence.isEnded) return;
    if (outcome.type === "threw") options.log.warn("the plugin failed in onSchemaChange", { cause: messageOf(outcome.cause) });
    if (outcome.type === "returned" && outcome.value === "rebuild") ledger.notices.tell("outgrown", {});
  }

  async #tellTerminating(reconciler: Reconciler): Promise<void> {
    const { runs, contextFor, fence, options } = this.#parts;
    const outcome = await runs.run((signal) => reconciler.onTerminating?.(contextFor({ signal })), { timeoutMs: HEARING_MS, graceMs: 0 });
    if (outcome.type === "threw" && !fence.isEnded)
      options.log.warn("the plugin failed in onTerminating", { cause: messageOf(outcome.cause) });
  }
}
