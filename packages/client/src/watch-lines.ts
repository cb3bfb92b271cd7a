import type { PolykindError } from "@polykind/core";
import { listen } from "./call.ts";
import { LineQueue, type Lines } from "./line-queue.ts";
import type { Stop } from "./stop.ts";
import type { Answer } from "./transport/exchange.ts";

type Result = IteratorResult<readonly Uint8Array[], undefined>;

/** How one watch is opened, and what ends it. */
export interface WatchLinesOptions {
  /** Ends the watch in order. */
  readonly signal: AbortSignal;
  /** Ends it with its reason. */
  readonly stopped: Stop;
  /** Resolves with an answer whose body is lines. May abort `ending` itself while it has not settled. */
  readonly open: (ending: AbortController) => Promise<Answer>;
  /** What is told in place of a cause. */
  readonly errorOf: (cause: unknown) => unknown;
  readonly maxLineBytes: number;
  /** What is read, for messages. */
  readonly what: string;
}

/**
 * The lines of one watch: first `[]` when the server has accepted it, then batches of lines until the watch ends.
 *
 * Guarantees: opened at the first `next`; after `return`, the end or a failure nothing is open; an abort ends it without an error. No generator: what a batch costs is one promise.
 */
export class WatchLines implements AsyncIterableIterator<readonly Uint8Array[], undefined> {
  readonly #options: WatchLinesOptions;
  readonly #ending = new AbortController();
  readonly #leaves: (() => void)[] = [];
  #answer: Answer | undefined;
  #queue: LineQueue | undefined;
  #isOver = false;

  constructor(options: WatchLinesOptions) {
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One call at a time. */
  next(): Promise<Result> {
    const queue = this.#queue;
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    if (queue === undefined) return this.#open();
    return new Promise((resolve) => {
      queue.next((next) => resolve(this.#resultOf(next)));
    });
  }

  async return(): Promise<Result> {
    this.#isOver = true;
    for (const leave of this.#leaves.splice(0)) leave();
    await this.#answer?.cancel();
    return { done: true, value: undefined };
  }

  async #open(): Promise<Result> {
    const { signal, stopped, open, maxLineBytes, what } = this.#options;
    const end = (reason: unknown): void => {
      this.#ending.abort(reason);
      this.#queue?.close();
    };
    this.#leaves.push(listen(signal, end), stopped.listen(end));
    if (this.#ending.signal.aborted) return await this.#end(undefined);
    try {
      this.#answer = await open(this.#ending);
    } catch (cause) {
      return await this.#end(cause);
    }
    if (this.#ending.signal.aborted) return await this.#end(undefined);
    this.#queue = new LineQueue(this.#answer, { maxLineBytes, what });
    return { done: false, value: [] };
  }

  #resultOf(next: Lines): Result | Promise<Result> {
    return "lines" in next ? { done: false, value: next.lines } : this.#end(next.failure);
  }

  /** Leaves nothing open; rejects with what is to be told of `cause`. */
  async #end(cause: unknown): Promise<Result> {
    const { signal, stopped, errorOf } = this.#options;
    const result = await this.return();
    if (signal.aborted) return result;
    if (stopped.aborted) throw stopped.reason as PolykindError; // the requester's own
    if (cause !== undefined) throw errorOf(cause);
    return result;
  }
}
