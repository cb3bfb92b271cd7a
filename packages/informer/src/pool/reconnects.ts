import type { Clock, Random, Timer } from "@polykind/core";
import { isStarting } from "../reflector/retry.ts";
import type { Informer, InformerState } from "../types.ts";

/** So many informers are woken in each step, so that a server that has just come back is not run over. */
const AT_ONCE = 8;
const STEP_MS = 10;

/**
 * Lets all informers of a pool know that the server is back as soon as one of them sees it: of many that back off, one mostly tries right then.
 *
 * Guarantees: only informers that wait for the connection, or for a server that starts, are woken, a few at a time; once closed it holds no timer.
 */
export class Reconnects {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #cutOff = new Set<Informer>();
  #timer: Timer | undefined;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Follows `informer` until it stops. */
  follow(informer: Informer): void {
    informer.notices.on("state", (state) => this.#observe(informer, state));
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#cutOff.clear();
  }

  #observe(informer: Informer, state: InformerState): void {
    if (isCutOff(state)) {
      this.#cutOff.add(informer);
      return;
    }
    const isBack = this.#cutOff.delete(informer) && state.phase === "watching";
    if (isBack && this.#cutOff.size > 0) this.#wakeSoon();
  }

  #wakeSoon(): void {
    this.#timer ??= this.#clock.setTimer(STEP_MS * this.#random(), () => this.#wake());
  }

  #wake(): void {
    this.#timer = undefined;
    for (const informer of [...this.#cutOff].slice(0, AT_ONCE)) {
      this.#cutOff.delete(informer);
      informer.retryNow();
    }
    if (this.#cutOff.size > 0) this.#wakeSoon();
  }
}

function isCutOff(state: InformerState): boolean {
  return state.phase === "waiting" && (state.error?.code === "API_UNREACHABLE" || isStarting(state.error));
}
