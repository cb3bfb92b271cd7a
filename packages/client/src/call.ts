import { type Clock, PolykindError, Stop } from "@polykind/core";
import { timedOutError } from "./transport/failure.ts";

/** What ends a call before its answer. */
export interface CallEnds {
  readonly clock: Clock;
  /** Of the caller; its reason goes up untouched. */
  readonly signal: AbortSignal | undefined;
  /** Of the client. */
  readonly stopped: Stop;
  readonly timeoutMs: number;
  /** For the message of a time-out. */
  readonly name: { readonly method: string; readonly path: string; readonly host: string };
}

/** What ends one call: the caller's reason, `API_UNREACHABLE` when its time is up, or `STOPPED`. Disposing leaves no timer and no listener. */
export class CallStop extends Stop implements Disposable {
  readonly #release: () => void;
  readonly #clock: Clock;
  readonly #endAt: number;

  constructor({ clock, signal, stopped, timeoutMs, name }: CallEnds) {
    super();
    this.#clock = clock;
    this.#endAt = clock.elapsed() + timeoutMs;
    const abort = (reason: unknown): void => this.abort(reason);
    const ignore = listen(signal, abort);
    stopped.listen(abort);
    const timer = this.aborted ? undefined : clock.setTimer(timeoutMs, () => this.abort(timedOutError(timeoutMs, name)));
    this.#release = () => {
      timer?.cancel();
      ignore();
      stopped.leave(abort);
    };
  }

  /** What is left of its time. */
  get leftMs(): number {
    return this.#endAt - this.#clock.elapsed();
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}

/** Calls `abort` with the reason when `signal` aborts, or has; returns what takes that back. */
export function listen(signal: AbortSignal | undefined, abort: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const onAbort = (): void => abort(signal.reason);
  if (signal.aborted) {
    onAbort();
    return () => {};
  }
  signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
}

/** What every call of a closed client is answered. */
export function stoppedError(host: string): PolykindError {
  return new PolykindError("STOPPED", `cannot call ${host}: the client is closed`, { facts: { host } });
}
