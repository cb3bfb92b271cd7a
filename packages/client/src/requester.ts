import { retryAfterMsOf } from "@polykind/apimachinery";
import { type Clock, isPolykindError, type PolykindError, type Random, Stop } from "@polykind/core";
import type { Log } from "@polykind/telemetry";
import { BODY_BYTES_MAX, errorOf, headOf, isSuccess, protocolError, REFUSAL_BYTES_MAX, type Received } from "./answer.ts";
import { CallStop, stoppedError } from "./call.ts";
import type { Credentials, Grant, Headers } from "./credentials/types.ts";
import { type Answer, readBody, type WireRequest } from "./transport/exchange.ts";
import { ExchangeError, plainWordsOf, type RequestName, timedOutError, unreachableError } from "./transport/failure.ts";
import type { Limiter } from "./transport/limiter.ts";
import { type AttemptFailure, type CallKind, retryDelayMs } from "./transport/retry.ts";
import type { Lane, Transport } from "./transport/transport.ts";
import { Turns } from "./turns.ts";

/** One call: its answer is read to the end. */
export interface Call extends WireRequest {
  readonly kind: CallKind;
  /** Calls of one key share a limit: the resource. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** How a stream is opened. */
export interface StreamCall {
  readonly name: RequestName;
  readonly timeoutMs: number;
  readonly ending: Stop;
}

/** What a {@link Requester} is made of. */
export interface RequesterOptions {
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly userAgent: string;
}

/** Sends requests as whom the credentials say, tries again what may be tried again, and says in our errors what failed. */
export class Requester {
  readonly #options: RequesterOptions;
  /** The server's host and port. A URL would cut them out of its text at every look. */
  readonly host: string;
  /** Aborts when the client closes. */
  readonly stopped: Stop = new Stop();
  /** As the watches of this client share them. */
  readonly turns: Turns;
  readonly #running = new Set<Promise<unknown>>();
  readonly #headers = new WeakMap<Headers, { readonly grant: Grant; readonly headers: Headers }>();

  constructor(options: RequesterOptions) {
    this.#options = options;
    this.host = options.credentials.server.host;
    this.turns = new Turns(options.clock);
  }

  /** The successful answer to `call`. Rejects with `PolykindError`, or with the reason of the caller's signal. */
  call(call: Call): Promise<Received> {
    return this.#track(this.#callWithinTime(call));
  }

  /**
   * The head of a successful answer, whose body is the caller's to read or to cancel. `ending` must abort when the caller or the client stops, and is aborted when
   * the head does not come within `timeoutMs`.
   */
  async openStream(request: WireRequest, { name, timeoutMs, ending }: StreamCall): Promise<Answer> {
    const { clock, random } = this.#options;
    const endAt = clock.elapsed() + timeoutMs;
    const timer = clock.setTimer(timeoutMs, () => ending.abort(timedOutError(timeoutMs, name)));
    try {
      for (let number = 1; ; number += 1) {
        const outcome = await this.#attempt(request, { lane: "watch", ending }, name);
        if ("answer" in outcome && isSuccess(outcome.answer)) return outcome.answer;
        const { error, failure } = "answer" in outcome ? await this.#refusal(outcome.answer, ending, name) : outcome;
        const delayMs = retryDelayMs({ kind: "stream", number, leftMs: endAt - clock.elapsed() }, failure, random);
        if (delayMs === undefined) throw error;
        if (delayMs > 0) await clock.sleep(delayMs, ending.signal);
      }
    } finally {
      timer.cancel();
    }
  }

  /** What ends a call that others answer for; its user disposes it. */
  within(
    { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
    name: Omit<RequestName, "host">,
  ): CallStop {
    return new CallStop({ clock: this.#options.clock, signal, stopped: this.stopped, timeoutMs, name: { ...name, host: this.host } });
  }

  /** Ends all calls with `STOPPED`; resolves when each has settled. */
  async close(): Promise<void> {
    this.stopped.abort(stoppedError(this.host));
    await Promise.allSettled(this.#running);
  }

  /** Lets {@link close} wait for `running`. */
  #track<T>(running: Promise<T>): Promise<T> {
    const settled: Promise<unknown> = running.then(
      () => this.#running.delete(settled),
      () => this.#running.delete(settled),
    );
    this.#running.add(settled);
    return running;
  }

  async #callWithinTime(call: Call): Promise<Received> {
    const { clock, limiter } = this.#options;
    const name = this.#nameOf(call);
    using within = new CallStop({ clock, signal: call.signal, stopped: this.stopped, timeoutMs: call.timeoutMs, name });
    const release = await limiter.acquire(call.key, within);
    try {
      return await this.#callUntilAnswered(call, within, name);
    } finally {
      release();
    }
  }

  async #callUntilAnswered(call: Call, within: CallStop, name: RequestName): Promise<Received> {
    const { clock, random, log } = this.#options;
    for (let number = 1; ; number += 1) {
      const outcome = await this.#attemptWhole(call, within, name);
      if ("received" in outcome) return outcome.received;
      const delayMs = retryDelayMs({ kind: call.kind, number, leftMs: within.leftMs }, outcome.failure, random);
      if (delayMs === undefined) throw outcome.error;
      log.debug("request is tried again", {
        method: name.method,
        path: name.path,
        attempt: number,
        afterMs: delayMs,
        code: outcome.error.code,
      });
      if (delayMs > 0) await clock.sleep(delayMs, within.signal);
    }
  }

  async #attemptWhole(call: Call, ending: Stop, name: RequestName): Promise<{ readonly received: Received } | Failed> {
    const outcome = await this.#attempt(call, { lane: "unary", ending }, name);
    if ("error" in outcome) return outcome;
    try {
      const received = await this.#receive(outcome.answer, ending, name);
      return isSuccess(received) ? { received } : failedBy(received, name);
    } catch (cause) {
      return failedWithout(cause, ending, name);
    }
  }

  /** One try, repeated once with renewed credentials when the server does not accept those that we have. */
  async #attempt(
    request: WireRequest,
    { lane, ending }: { readonly lane: Lane; readonly ending: Stop },
    name: RequestName,
  ): Promise<{ readonly answer: Answer } | Failed> {
    const { credentials } = this.#options;
    try {
      let grant = credentials.granted() ?? (await credentials.grant(ending.signal));
      for (let isRenewed = false; ; isRenewed = true) {
        let answer: Answer;
        try {
          answer = await this.#exchange(request, grant, { lane, ending });
        } catch (cause) {
          grant = await this.#trustAnew(cause, grant, ending);
          answer = await this.#exchange(request, grant, { lane, ending });
        }
        if (answer.status !== 401 || isRenewed) return { answer };
        const renewed = await this.#renew(answer, grant, ending);
        if (renewed === undefined) return { answer };
        grant = renewed;
      }
    } catch (cause) {
      return failedWithout(cause, ending, name);
    }
  }

  #exchange(request: WireRequest, grant: Grant, { lane, ending }: { readonly lane: Lane; readonly ending: Stop }): Promise<Answer> {
    const { method, path, body } = request;
    const headers = this.#headersOf(request, grant);
    return this.#options.transport.exchange({ method, path, headers, body }, { lane, tls: grant.tls, ending });
  }

  /** All headers of a request: the same object for those that are made with the same ones by the same grant. */
  #headersOf({ headers: own }: WireRequest, grant: Grant): Headers {
    const known = this.#headers.get(own);
    if (known?.grant === grant) return known.headers;
    const headers = { "user-agent": this.#options.userAgent, ...grant.headers, ...own };
    this.#headers.set(own, { grant, headers });
    return headers;
  }

  /** Another grant after `refused` was; then nothing of `answer` is open. */
  async #renew(answer: Answer, refused: Grant, ending: Stop): Promise<Grant | undefined> {
    let renewed: Grant | undefined;
    try {
      renewed = await this.#options.credentials.renew(refused, ending.signal);
    } catch (cause) {
      await answer.cancel();
      throw cause;
    }
    if (renewed !== undefined) await answer.cancel();
    return renewed;
  }

  /** Another grant after a failure that is about certificates, which may have been rotated. Rejects with `cause` where there is none. */
  async #trustAnew(cause: unknown, grant: Grant, ending: Stop): Promise<Grant> {
    const { reason, isOurs } = plainWordsOf(cause);
    if (!(cause instanceof ExchangeError) || reason !== "certificate") throw cause;
    const { credentials } = this.#options;
    const renewed = isOurs === true ? await credentials.renew(grant, ending.signal) : await credentials.renewTrust(grant, ending.signal);
    if (renewed === undefined) throw cause;
    return renewed;
  }

  async #refusal(answer: Answer, ending: Stop, name: RequestName): Promise<Failed> {
    try {
      return failedBy(await this.#receive(answer, ending, name), name);
    } catch (cause) {
      return failedWithout(cause, ending, name);
    }
  }

  async #receive(answer: Answer, ending: Stop, name: RequestName): Promise<Received> {
    const limit = isSuccess(answer)
      ? ({ maxBytes: BODY_BYTES_MAX, ifLarger: "refuse" } as const)
      : ({ maxBytes: REFUSAL_BYTES_MAX, ifLarger: "cut" } as const);
    const body = await readBody(answer, { ...limit, ending });
    if (body === "too large") throw protocolError(name, `the answer is larger than ${BODY_BYTES_MAX} bytes; ask for pages (limit)`);
    return { ...headOf(answer, this.#options.clock.now()), body };
  }

  #nameOf({ method, path }: Call): RequestName {
    return { method, path: path.split("?", 1)[0] ?? path, host: this.host };
  }
}

interface Failed {
  readonly error: PolykindError;
  readonly failure: AttemptFailure;
}

function failedBy(received: Received, name: RequestName): Failed {
  const error = errorOf(received, name);
  return { error, failure: { status: received.status, retryAfterMs: retryAfterMsOf(error) } };
}

/** @throws what is not about the connection: the reason of an abort, and errors of credentials. */
function failedWithout(cause: unknown, ending: Stop, name: RequestName): Failed {
  if (ending.aborted || isPolykindError(cause) || !(cause instanceof ExchangeError)) throw cause;
  return { error: unreachableError(cause, name), failure: { loss: cause.loss } };
}
