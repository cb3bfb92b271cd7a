/**
 * Lets calls that may take a while follow one another, in the order in which they were asked for.
 *
 * Guarantees: while nothing is under way a call is made at once, and costs no promise when it needs none; what a call throws or rejects with goes to whoever asked for it,
 * and disturbs no other.
 */
export class Turns {
  #last: Promise<void> | undefined;

  /** Makes the call when its turn has come; what it returns, or a promise of that. */
  take(call: () => unknown): unknown {
    if (this.#last !== undefined) return this.#hold(this.#last.then(call));
    const answer = call();
    return isThenable(answer) ? this.#hold(Promise.resolve(answer)) : answer;
  }

  #hold(run: Promise<unknown>): Promise<unknown> {
    const last: Promise<void> = run.then(
      () => this.#over(last),
      () => this.#over(last),
    );
    this.#last = last;
    return run;
  }

  #over(turn: Promise<void>): void {
    if (this.#last === turn) this.#last = undefined;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
