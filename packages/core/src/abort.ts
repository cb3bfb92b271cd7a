/**
 * Settles as `promise` does, or rejects with the reason of `signal` once that aborts, or if it has. Leaves no listener; what `promise` comes to after that is nobody's, and no
 * unhandled rejection.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const { promise: outcome, resolve, reject } = Promise.withResolvers<T>();
  const abort = (): void => reject(signal.reason);
  const leave = (): void => signal.removeEventListener("abort", abort);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  promise.then(
    (value) => {
      leave();
      resolve(value);
    },
    (cause: unknown) => {
      leave();
      reject(cause);
    },
  );
  return outcome;
}
