/** Fewer informers than this that lost their watches together may come back together by chance. */
const FLEET = 8;
/** What lost its watch within this time lost it together. */
const TOGETHER_MS = 1;
/** The attempts of a fleet fill at least this part of the time that they may take: eight draws stay within it once in a million times. */
const LEAST_SPREAD = 1 / 8;
/** So many watches may be opened anew at one moment: those that are woken because the server is back. */
const BURST = 10;

/** How an informer lost its watch. */
export interface Loss {
  readonly at: number;
  /** Losses of one cause at one moment are one shock. */
  readonly cause: string;
  /** Over how long the next attempts are to be spread; `undefined`: as soon as the server is back, a few at a time. */
  readonly windowMs: number | undefined;
}

interface Shock extends Loss {
  readonly waiting: Set<string>;
  readonly attempts: number[];
}

/**
 * Informers that lose their watches at one moment, and when each tries again: no two kinds may be synchronised.
 *
 * Judges plain watches only: lists wait for each other, so that their moments are not their own.
 */
export class Shocks {
  readonly #lastByCause = new Map<string, Shock>();
  readonly #shockByInstance = new Map<string, Shock>();
  #burst = { at: Number.NEGATIVE_INFINITY, size: 0 };

  /** `instance` has lost its watch. */
  lose(instance: string, loss: Loss): void {
    this.forget(instance);
    let shock = this.#lastByCause.get(loss.cause);
    if (shock === undefined || loss.at - shock.at > TOGETHER_MS) shock = { ...loss, waiting: new Set(), attempts: [] };
    this.#lastByCause.set(loss.cause, shock);
    shock.waiting.add(instance);
    this.#shockByInstance.set(instance, shock);
  }

  /** `instance` opens a watch again; why it should not have done so now. */
  attempt(instance: string, at: number): string | undefined {
    const shock = this.#shockByInstance.get(instance);
    if (shock === undefined) return undefined;
    shock.attempts.push(at);
    this.#burst = at === this.#burst.at ? { at, size: this.#burst.size + 1 } : { at, size: 1 };
    const bunched = this.forget(instance);
    return this.#burst.size > BURST ? `${this.#burst.size} watches that were lost are opened at one moment` : bunched;
  }

  /** `instance` will not try, or not when it would have by itself; why those should not have that have tried. */
  forget(instance: string): string | undefined {
    const shock = this.#shockByInstance.get(instance);
    this.#shockByInstance.delete(instance);
    shock?.waiting.delete(instance);
    return shock?.waiting.size === 0 ? bunching(shock) : undefined;
  }
}

function bunching({ attempts, windowMs, cause }: Shock): string | undefined {
  if (windowMs === undefined || attempts.length < FLEET) return undefined;
  const spreadMs = Math.max(...attempts) - Math.min(...attempts);
  if (spreadMs >= windowMs * LEAST_SPREAD) return undefined;
  return `${attempts.length} watches lost together (${cause}) are opened again within ${spreadMs.toFixed(1)} of ${Math.round(windowMs)} ms`;
}
