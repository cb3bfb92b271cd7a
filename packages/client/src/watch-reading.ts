import type { LineSink } from "@polykind/apimachinery";
import { Stop } from "@polykind/core";
import { LineFramer } from "./framing.ts";
import { LineFlow } from "./line-flow.ts";
import type { Answer } from "./transport/exchange.ts";
import { ExchangeError, type RequestName, unreachableError } from "./transport/failure.ts";
import type { Turns } from "./turns.ts";

/** How one watch is taken. */
export interface WatchOptions {
  /** Ends it with its reason. */
  readonly stopped: Stop;
  readonly maxLineBytes: number;
  /** Of the client. */
  readonly turns: Turns;
  /** For messages. */
  readonly name: RequestName;
}

/**
 * One watch whose lines flow into a sink. It lives for as long as the watch, of which there is one for each kind: what it holds while nothing happens is paid by every kind, so it
 * waits by no promise.
 *
 * Guarantees: those of {@link LineSink}.
 */
export class WatchReading {
  readonly #options: WatchOptions;
  readonly #sink: LineSink;
  readonly #ending = new Stop();
  #answer: Answer | undefined;
  #flow: LineFlow | undefined;

  constructor(options: WatchOptions, sink: LineSink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** @param open resolves with an answer whose body is lines. May abort its argument itself while it has not settled. */
  begin(open: (ending: Stop) => Promise<Answer>): void {
    this.#sink.stop.listen(this.#stop);
    this.#options.stopped.listen(this.#stop);
    if (this.#ending.aborted)
      void this.#end(undefined); // a cancel does not fail
    else
      open(this.#ending).then(
        (answer) => this.#flowFrom(answer),
        (cause: unknown) => this.#end(cause),
      );
  }

  #flowFrom(answer: Answer): void {
    this.#answer = answer;
    if (this.#ending.aborted) return void this.#end(undefined); // as above
    this.#flow = new LineFlow(answer, { framer: framerOf(this.#options), share: this.#options.turns.share() }, this);
    try {
      this.#sink.lines([]);
    } catch (cause) {
      return this.#flow.end(cause);
    }
    if (!this.#ending.aborted) answer.read(this.#flow);
  }

  /** @internal */
  lines(batch: readonly Uint8Array[]): void {
    this.#sink.lines(batch);
  }

  /** @internal */
  ended(failure: unknown): void {
    void this.#end(failure); // a cancel does not fail
  }

  readonly #stop = (reason: unknown): void => {
    this.#ending.abort(reason);
    this.#flow?.end();
  };

  /** Leaves nothing open. */
  async #end(cause: unknown): Promise<void> {
    const { stop } = this.#sink;
    stop.leave(this.#stop);
    this.#options.stopped.leave(this.#stop);
    await this.#answer?.cancel();
    this.#sink.ended(stop.aborted ? undefined : failureOf(cause, this.#options));
  }
}

/** Cuts the body of a watch into lines. */
export function framerOf({ maxLineBytes: maxBytes, name }: WatchOptions): LineFramer {
  return new LineFramer({ maxBytes, watched: name });
}

/** What is to be told of why a watch has ended; `undefined` when it ended in order. */
export function failureOf(cause: unknown, { stopped, name }: WatchOptions): unknown {
  if (stopped.aborted) return stopped.reason;
  return cause instanceof ExchangeError ? unreachableError(cause, name) : cause;
}
