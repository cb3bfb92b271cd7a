import type { ReadStream } from "node:tty";

/** Single keys of a terminal, as long as it is held. */
export interface KeyPresses extends Disposable {
  /** Resolves when one of `keys` is pressed or `signal` aborts. */
  pressed(keys: readonly string[], signal: AbortSignal): Promise<void>;
}

/** Reads keys one by one; disposing it gives the terminal back. */
export function keyPresses(input: ReadStream): KeyPresses {
  input.setRawMode(true);
  input.resume();
  return {
    pressed: async (keys, signal) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const listen = (chunk: Buffer): void => {
        if (keys.includes(chunk.toString())) resolve();
      };
      input.on("data", listen);
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
      await promise;
      input.off("data", listen);
    },
    [Symbol.dispose]: () => {
      input.setRawMode(false);
      input.pause();
    },
  };
}
