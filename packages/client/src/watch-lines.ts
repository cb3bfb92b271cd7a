import type { LineSink, WatchCall, WatchedLines } from "@polykind/apimachinery";
import { Stop } from "@polykind/core";
import { listen } from "./call.ts";
import { LineQueue, type Lines } from "./line-queue.ts";
import type { Answer } from "./transport/exchange.ts";
import { failureOf, framerOf, WatchReading, type WatchOptions } from "./watch-reading.ts";

type Result = IteratorResult<readonly Uint8Array[], undefined>;

/**
 * The lines of one watch: first `[]` when the server has accepted it, then batches of lines until the watch ends.
 *
 * Guarantees: opened at the first `next`, or by `read`; after `return`, the end or a failure nothing is open; an abort ends it without an error, and so does `return`, also for a
 * `next` that waits. No generator: what a batch costs is one promise.
 */
export class WatchLines implements AsyncIterableIterator<readonly Uint8Array[], undefined>, WatchedLines {
  readonly #options: WatchOptions;
  readonly #call: Pick<WatchCall, "signal">;
  readonly #openAnswer: (ending: Stop) => Promise<Answer>;
  readonly #ending = new Stop();
  #ignore: (() => void) | undefined;
  #answer: Answer | undefined;
  #queue: LineQueue | undefined;
  /** The first `next`, until it has settled. */
  #first: Promise<Result> | undefined;
  #isOver = false;

  /**
   * @param call its signal, which iterating alone looks at, ends the watch in order.
   * @param open resolves with an answer whose body is lines. May abort `ending` itself while it has not settled.
   */
  constructor(options: WatchOptions, call: Pick<WatchCall, "signal">, open: (ending: Stop) => Promise<Answer>) {
    this.#options = options;
    this.#call = call;
    this.#openAnswer = open;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One call at a time. */
  next(): Promise<Result> {
    const queue = this.#queue;
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    if (queue === undefined) return (this.#first = this.#begin());
    return new Promise((resolve) => {
      queue.next((next) => resolve(this.#resultOf(next)));
    });
  }

  read(sink: LineSink): void {
    new WatchReading(this.#options, sink).begin(this.#openAnswer);
  }

  async return(): Promise<Result> {
    this.#isOver = true;
    this.#stop(undefined);
    await this.#first?.catch(() => {}); // who called it is told
    await this.#letGo();
    return { done: true, value: undefined };
  }

  async #begin(): Promise<Result> {
    this.#ignore = listen(this.#call.signal, this.#stop);
    this.#options.stopped.listen(this.#stop);
    try {
      if (!this.#ending.aborted) this.#answer = await this.#openAnswer(this.#ending);
    } catch (cause) {
      return await this.#end(cause);
    }
    if (this.#ending.aborted || this.#answer === undefined) return await this.#end(undefined);
    this.#first = undefined;
    this.#queue = new LineQueue(this.#answer, framerOf(this.#options));
    return { done: false, value: [] };
  }

  readonly #stop = (reason: unknown): void => {
    this.#ending.abort(reason);
    this.#queue?.close();
  };

  #resultOf(next: Lines): Result | Promise<Result> {
    return "lines" in next ? { done: false, value: next.lines } : this.#end(next.failure);
  }

  /** Leaves nothing open; rejects with what is to be told of `cause`. */
  async #end(cause: unknown): Promise<Result> {
    const isWanted = this.#isOver || this.#call.signal.aborted;
    this.#isOver = true;
    await this.#letGo();
    const failure = isWanted ? undefined : failureOf(cause, this.#options);
    if (failure !== undefined) throw failure as Error; // whatever it is: it goes up untouched
    return { done: true, value: undefined };
  }

  async #letGo(): Promise<void> {
    this.#ignore?.();
    this.#options.stopped.leave(this.#stop);
    await this.#answer?.cancel();
  }
}
