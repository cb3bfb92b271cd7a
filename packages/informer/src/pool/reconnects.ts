import { compareResourceVersions } from "@polykind/apimachinery";
import type { Clock, Random, Timer } from "@polykind/core";
import { isStarting } from "../reflector/retry.ts";
import type { Informer, InformerState } from "../types.ts";

/** So many informers are woken in each step, so that a server that has just come back is not run over. */
const AT_ONCE = 8;
const STEP_MS = 10;
/** A server that has come back for so long is asked again when it comes back again. */
const ASK_AGAIN_MS = 10_000;
/** Within this time all informers have asked for themselves, and tell the same. */
const LOST_ONCE_MS = 60_000;

/** What is followed. */
export interface Followed extends Pick<Informer, "retryNow" | "state"> {
  /** The last version seen; `""` when there is none. */
  readonly version: string;
  /** Asks whether the server still has the history that was seen. */
  probe(): void;
}

/**
 * Lets all informers of a pool know that the server is back as soon as one of them sees it: of many that back off, one mostly tries right then. The one
 * that has seen most also asks whether the server came back with the history that it had; only if it did not, all others ask for themselves, for kinds may be stored apart.
 *
 * Guarantees: only informers that wait for the connection, or for a server that starts, are woken, a few at a time; a server that comes back is asked for its history
 * once, however many informers there are; without an informer to wake it holds no timer.
 */
export class Reconnects {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #followed = new Set<Followed>();
  readonly #cutOff = new Set<Followed>();
  readonly #doubtful = new Set<Followed>();
  /** Who asked last whether history was kept. */
  #asked: { readonly by: Followed; readonly at: number } | undefined;
  #lostAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Follows `informer` until it stops; whose every state is to be told to {@link observe}. */
  follow(informer: Followed): void {
    this.#followed.add(informer);
  }

  /** The server's history is older than what `informer` has seen: all others are to ask. */
  lost(informer: Followed): void {
    if (this.#clock.elapsed() - this.#lostAt < LOST_ONCE_MS) return;
    this.#lostAt = this.#clock.elapsed();
    for (const other of this.#followed) if (other !== informer) this.#doubtful.add(other);
    if (this.#doubtful.size > 0) this.#wakeSoon();
  }

  close(): void {
    this.#rest();
    for (const informers of [this.#followed, this.#cutOff, this.#doubtful]) informers.clear();
  }

  /** `informer` is in another state now. */
  observe(informer: Followed, state: InformerState): void {
    if (state.phase === "stopped") return this.#forget(informer);
    if (isCutOff(state)) {
      this.#cutOff.add(informer);
      // One that a server refuses because it is starting still asks it, by itself.
      if (this.#asked?.by === informer && !isStarting(state.error)) this.#asked = undefined;
      return;
    }
    const isBack = this.#cutOff.delete(informer) && state.phase === "watching";
    if (!isBack) return;
    this.#ask();
    if (this.#cutOff.size + this.#doubtful.size > 0) this.#wakeSoon();
  }

  #forget(informer: Followed): void {
    for (const informers of [this.#followed, this.#cutOff, this.#doubtful]) informers.delete(informer);
    if (this.#asked?.by === informer) this.#asked = undefined;
    if (this.#cutOff.size + this.#doubtful.size === 0) this.#rest();
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Asks once for each time that the server comes back. */
  #ask(): void {
    const at = this.#clock.elapsed();
    if (this.#asked !== undefined && at - this.#asked.at < ASK_AGAIN_MS) return;
    const by = this.#mostAdvanced();
    if (by === undefined) return;
    this.#asked = { by, at };
    this.#doubtful.add(by);
  }

  /** Of those that watch or soon will: who has seen less cannot tell that more was lost. */
  #mostAdvanced(): Followed | undefined {
    let most: Followed | undefined;
    for (const informer of this.#followed) {
      const canAsk = informer.state.phase === "watching" || this.#cutOff.has(informer);
      if (canAsk && (most === undefined || compareResourceVersions(informer.version, most.version) === 1)) most = informer;
    }
    return most;
  }

  #wakeSoon(): void {
    this.#timer ??= this.#clock.setTimer(STEP_MS * this.#random(), () => this.#wake());
  }

  #wake(): void {
    this.#timer = undefined;
    for (const informer of [...this.#doubtful, ...this.#cutOff].slice(0, AT_ONCE)) {
      if (this.#doubtful.delete(informer)) informer.probe();
      if (this.#cutOff.delete(informer)) informer.retryNow();
    }
    if (this.#cutOff.size + this.#doubtful.size > 0) this.#wakeSoon();
  }
}

type Waiting = InformerState & { readonly phase: "waiting" };

function isCutOff(state: InformerState): state is Waiting {
  return state.phase === "waiting" && (state.error?.code === "API_UNREACHABLE" || isStarting(state.error));
}
