import { PolykindError } from "@polykind/core";

/** What the process was asked to end by. */
export type StopSignal = "SIGINT" | "SIGTERM";

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Aborts its signal at the first SIGINT or SIGTERM, after `onFirst`; a second one ends the process at once, with 128 + its number.
 * Disposing it gives the signals back.
 */
export function stopSignals(onFirst: (name: StopSignal) => void): { readonly signal: AbortSignal } & Disposable {
  const abort = new AbortController();
  const listen = (name: StopSignal): void => {
    if (abort.signal.aborted) process.exit(128 + NUMBERS[name]);
    onFirst(name);
    abort.abort(new PolykindError("STOPPED", `cannot go on: ${name}`));
  };
  process.on("SIGINT", listen).on("SIGTERM", listen);
  return { signal: abort.signal, [Symbol.dispose]: () => void process.off("SIGINT", listen).off("SIGTERM", listen) };
}
