import type { LineSink } from "@polykind/apimachinery";
import { Stop, type Timer } from "@polykind/core";
import type { ListPlace } from "../pool/list-gate.ts";

/** Whom a call tells what came. */
export interface CallOwner {
  took(call: Call, batch: readonly Uint8Array[]): void;
  closed(call: Call, failure: unknown): void;
}

const NOTHING_LEFT = Promise.resolve();

/** One list, watch or sleep of a reflector, and the sink of the lines of a watch. It waits by no promise: most calls are watches that last. */
export class Call implements LineSink {
  readonly number: number;
  readonly stop: Stop = new Stop();
  timer: Timer | undefined;
  /** Without a byte for so long it has failed. */
  idleMs: number;
  lastByteAt = 0;
  startedAt = 0;
  isOpen = false;
  /** Among the lists that run, of a list that has not said yet how long it took. */
  place: ListPlace | undefined;
  readonly #owner: CallOwner;
  #isDone = false;
  /** Made when somebody waits. */
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(number: number, { owner, idleMs }: { readonly owner: CallOwner; readonly idleMs: number }) {
    this.number = number;
    this.#owner = owner;
    this.idleMs = idleMs;
  }

  /** Whether it is wanted no more. */
  get isOver(): boolean {
    return this.stop.aborted;
  }

  /** It is wanted no more. */
  end(): void {
    this.timer?.cancel();
    this.stop.abort(undefined);
  }

  /** Whether nothing of it is left. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Resolves when nothing of it is left. Never rejects. */
  get done(): Promise<void> {
    return this.#isDone ? NOTHING_LEFT : (this.#waiting ??= Promise.withResolvers<void>()).promise;
  }

  /** Nothing of it is left. */
  finish(): void {
    this.#isDone = true;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  lines(batch: readonly Uint8Array[]): void {
    this.#owner.took(this, batch);
  }

  ended(failure: unknown): void {
    this.#owner.closed(this, failure);
  }
}
