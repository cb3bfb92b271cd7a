import type { WatchedLines } from "@polykind/apimachinery";
import type { PolykindError } from "@polykind/core";
import { listen } from "./call.ts";
import { LineFramer } from "./framing.ts";
import { LineFlow } from "./line-flow.ts";
import { LineQueue, type Lines } from "./line-queue.ts";
import { Stop } from "./stop.ts";
import type { Turns } from "./turns.ts";
import type { Answer } from "./transport/exchange.ts";
import { ExchangeError, type RequestName, unreachableError } from "./transport/failure.ts";

type Result = IteratorResult<readonly Uint8Array[], undefined>;

/** How one watch is opened, and what ends it. */
export interface WatchLinesOptions {
  /** Ends the watch in order. */
  readonly signal: AbortSignal;
  /** Ends it with its reason. */
  readonly stopped: Stop;
  readonly maxLineBytes: number;
  /** Of the client. */
  readonly turns: Turns;
  /** For messages. */
  readonly name: RequestName;
}

/**
 * The lines of one watch: first `[]` when the server has accepted it, then batches of lines until the watch ends.
 *
 * Guarantees: opened at the first `next`; after `return`, the end or a failure nothing is open; an abort ends it without an error. No generator: what a batch costs is one promise.
 */
export class WatchLines implements AsyncIterableIterator<readonly Uint8Array[], undefined>, WatchedLines {
  readonly #options: WatchLinesOptions;
  /** Until it was called: a watch outlives its request by far. */
  #openAnswer: ((ending: Stop) => Promise<Answer>) | undefined;
  readonly #ending = new Stop();
  #ignore: (() => void) | undefined;
  #answer: Answer | undefined;
  #queue: LineQueue | undefined;
  #flow: LineFlow | undefined;
  #isOver = false;

  /** @param open resolves with an answer whose body is lines. May abort `ending` itself while it has not settled. */
  constructor(options: WatchLinesOptions, open: (ending: Stop) => Promise<Answer>) {
    this.#options = options;
    this.#openAnswer = open;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** One call at a time. */
  next(): Promise<Result> {
    const queue = this.#queue;
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    if (queue === undefined) return this.#begin();
    return new Promise((resolve) => {
      queue.next((next) => resolve(this.#resultOf(next)));
    });
  }

  /** No async function: what such a one keeps while it waits would be kept for each watch. */
  each(take: (batch: readonly Uint8Array[]) => void): Promise<void> {
    return this.#open().then((answer) => (answer === undefined ? undefined : this.#flowInto(answer, take)));
  }

  #flowInto(answer: Answer, take: (batch: readonly Uint8Array[]) => void): Promise<void> {
    take([]);
    const flow = (this.#flow = new LineFlow(answer, { framer: this.#framer(), share: this.#options.turns.share() }, take));
    if (this.#ending.aborted) flow.end();
    else answer.read(flow);
    return flow.whenEnded.then(async (failure) => void (await this.#end(failure)));
  }

  async return(): Promise<Result> {
    this.#isOver = true;
    this.#flow?.end();
    this.#ignore?.();
    this.#options.stopped.leave(this.#stop);
    await this.#answer?.cancel();
    return { done: true, value: undefined };
  }

  async #begin(): Promise<Result> {
    const answer = await this.#open();
    if (answer === undefined) return { done: true, value: undefined };
    this.#queue = new LineQueue(answer, this.#framer());
    return { done: false, value: [] };
  }

  #framer(): LineFramer {
    const { maxLineBytes: maxBytes, name } = this.#options;
    return new LineFramer({ maxBytes, what: `watch of ${name.path} at ${name.host}` });
  }

  /** The answer; `undefined` when the watch has ended in order before. */
  async #open(): Promise<Answer | undefined> {
    const { signal, stopped } = this.#options;
    const open = this.#openAnswer;
    this.#openAnswer = undefined;
    this.#ignore = listen(signal, this.#stop);
    stopped.listen(this.#stop);
    try {
      if (!this.#ending.aborted) this.#answer = await open?.(this.#ending);
    } catch (cause) {
      await this.#end(cause);
      return undefined;
    }
    if (!this.#ending.aborted) return this.#answer;
    await this.#end(undefined);
    return undefined;
  }

  readonly #stop = (reason: unknown): void => {
    this.#ending.abort(reason);
    this.#queue?.close();
    this.#flow?.end();
  };

  #resultOf(next: Lines): Result | Promise<Result> {
    return "lines" in next ? { done: false, value: next.lines } : this.#end(next.failure);
  }

  /** Leaves nothing open; rejects with what is to be told of `cause`. */
  async #end(cause: unknown): Promise<Result> {
    const { signal, stopped, name } = this.#options;
    const result = await this.return();
    if (signal.aborted) return result;
    if (stopped.aborted) throw stopped.reason as PolykindError; // the requester's own
    if (cause instanceof ExchangeError) throw unreachableError(cause, name);
    if (cause !== undefined) throw cause as Error; // whatever it is: it goes up untouched
    return result;
  }
}
