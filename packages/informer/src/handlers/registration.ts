import type { KubeObject } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import { Latch } from "../latch.ts";
import type { ObjectRecord } from "../reflector/record.ts";
import type { Change } from "../store/change.ts";
import type { Handler, HandlerRegistration } from "../types.ts";
import { ChangeQueue, type Told } from "./change-queue.ts";
import { tell } from "./tell.ts";

/** Calls in a row before the event loop gets its turn. */
const BATCH = 128;
/** Changes that are kept one by one for a handler that is behind. */
const QUEUE_LIMIT = 1_024;

/** Whose registration it is. */
export interface RegistrationOwner {
  /** Told of what a handler throws; `times` counts them. */
  handlerFailed(cause: unknown, times: number): void;
  handlerRemoved(registration: object): void;
}

/**
 * One handler at an informer: its queue, and the loop that empties it.
 *
 * *Guarantees.* One call at a time, in the order of the queue; a promise that the handler returns is waited for. What it throws or rejects with goes to
 * the owner and nowhere else. The loop starts in a microtask and gives way to the event loop after {@link BATCH} calls. After `remove` has returned there
 * is no call, no timer, and nothing is held.
 */
export class Registration<T extends KubeObject> implements HandlerRegistration {
  readonly #handler: Handler<T>;
  readonly #owner: RegistrationOwner;
  readonly #latch = new Latch();
  #queue: ChangeQueue<T> | undefined;
  #hasBegun = false;
  /** A drain is scheduled, or waits for the handler. */
  #isBusy = false;
  #turn: NodeJS.Immediate | undefined;
  /** Since the event loop had its turn. */
  #calls = 0;
  #failures = 0;

  constructor(handler: Handler<T>, owner: RegistrationOwner) {
    this.#handler = handler;
    this.#owner = owner;
    this.#queue = new ChangeQueue({ limit: QUEUE_LIMIT, coalesces: handler.coalesces });
  }

  get hasSynced(): boolean {
    return this.#latch.isOpen;
  }

  synced(signal?: AbortSignal): Promise<void> {
    return this.#latch.wait(signal);
  }

  /** The number of calls to come, at most. */
  get pending(): number {
    return this.#queue?.size ?? 0;
  }

  /** Begins to tell, first of `records` as the initial objects. */
  begin(records: readonly ObjectRecord<T>[]): void {
    if (this.#queue === undefined || this.#hasBegun) return;
    this.#hasBegun = true;
    this.#queue.begin(records);
    this.#schedule();
  }

  push(change: Change<T>): void {
    this.#queue?.push(change);
    this.#schedule();
  }

  remove(): void {
    if (this.#queue === undefined) return;
    this.#queue = undefined;
    clearImmediate(this.#turn);
    this.#latch.fail(new PolykindError("STOPPED", "cannot wait for the initial objects: the handler was removed"));
    this.#owner.handlerRemoved(this);
  }

  #schedule(): void {
    if (this.#isBusy || !this.#hasBegun) return;
    this.#isBusy = true;
    this.#calls = 0;
    queueMicrotask(this.#drain);
  }

  readonly #drain = (): void => {
    for (; this.#queue !== undefined; this.#calls += 1) {
      if (!this.#queue.hasInitial) this.#latch.open();
      if (this.#calls >= BATCH) {
        this.#calls = 0;
        this.#turn = setImmediate(this.#drain);
        return;
      }
      const told = this.#queue.shift();
      if (told === undefined) {
        this.#isBusy = false;
        return;
      }
      const answer = this.#tell(told);
      if (answer !== undefined) {
        this.#calls += 1;
        void this.#resumeAfter(answer); // Catches everything itself.
        return;
      }
    }
  };

  /** Calls the handler; what it returns if that is to be waited for. */
  #tell(told: Told<T>): PromiseLike<unknown> | undefined {
    try {
      const answer = tell(this.#handler, told);
      return isThenable(answer) ? answer : undefined;
    } catch (cause) {
      this.#fail(cause);
      return undefined;
    }
  }

  async #resumeAfter(answer: PromiseLike<unknown>): Promise<void> {
    try {
      await answer;
    } catch (cause) {
      this.#fail(cause);
    }
    if (this.#queue !== undefined) this.#drain();
  }

  #fail(cause: unknown): void {
    if (this.#queue === undefined) return;
    this.#failures += 1;
    this.#owner.handlerFailed(cause, this.#failures);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
