import type { Clock, Timer } from "@polykind/core";
import { type WaitingKey, WaitingKeys } from "./waiting-keys.ts";

/** What {@link Delays} needs. */
export interface DelaysOptions {
  readonly clock: Clock;
  /** See `WorkQueueOptions.debounce`. */
  readonly debounce: { readonly quietMs: number; readonly mostMs: number } | undefined;
  /** The time of a key has come: it does not wait any more. */
  readonly onDue: (waiting: WaitingKey) => void;
}

/** Keys that wait for their time. One timer for all of them, and none when none wait. */
export class Delays {
  readonly #options: DelaysOptions;
  readonly #waiting = new WaitingKeys();
  /** Set for the instant `atMs`, which is never after the first key is due. */
  #timer: { readonly timer: Timer; readonly atMs: number } | undefined;

  constructor(options: DelaysOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Lets `key` wait until `atMs` (`Clock.elapsed`), or until the earlier instant that it waits for already. @returns whether it waited already. */
  wait(key: string, priority: number, atMs: number): boolean {
    const before = this.#waiting.get(key);
    const latestAtMs = Math.min(atMs, before?.latestAtMs ?? atMs);
    this.#set({ key, priority, dueAtMs: Math.min(before?.dueAtMs ?? atMs, latestAtMs), latestAtMs }, before);
    return before !== undefined;
  }

  /** Lets `key` wait for quiet, counted from now. @returns whether it waited already. */
  debounce(key: string, priority: number): boolean {
    const { quietMs, mostMs } = this.#options.debounce ?? { quietMs: 0, mostMs: 0 };
    const nowMs = this.#options.clock.elapsed();
    const before = this.#waiting.get(key);
    const latestAtMs = Math.min(nowMs + mostMs, before?.latestAtMs ?? Infinity);
    this.#set({ key, priority, dueAtMs: Math.min(nowMs + quietMs, latestAtMs), latestAtMs }, before);
    return before !== undefined;
  }

  /** Takes `key` out, if it waits. */
  take(key: string): WaitingKey | undefined {
    return this.#waiting.take(key);
  }

  /** Drops all keys; no timer is left. */
  clear(): void {
    this.#waiting.clear();
    this.#timer?.timer.cancel();
    this.#timer = undefined;
  }

  #set(waiting: WaitingKey, before: WaitingKey | undefined): void {
    this.#waiting.set({ ...waiting, priority: Math.max(waiting.priority, before?.priority ?? waiting.priority) });
    this.#arm();
  }

  #arm(): void {
    const { dueAtMs } = this.#waiting.first ?? {};
    // One that rings early finds nothing due and is set anew: cheaper than moving it at each add.
    if (dueAtMs === undefined || (this.#timer !== undefined && this.#timer.atMs <= dueAtMs)) return;
    this.#timer?.timer.cancel();
    const { clock } = this.#options;
    this.#timer = { atMs: dueAtMs, timer: clock.setTimer(dueAtMs - clock.elapsed(), () => this.#ring()) };
  }

  #ring(): void {
    this.#timer = undefined;
    const nowMs = this.#options.clock.elapsed();
    for (let first = this.#waiting.first; first !== undefined && first.dueAtMs <= nowMs; first = this.#waiting.first) {
      this.#waiting.take(first.key);
      this.#options.onDue(first);
    }
    this.#arm();
  }
}
