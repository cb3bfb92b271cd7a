import { writeSync } from "node:fs";

/** Where finished lines go, each with its line feed. A `write` that throws loses its line, and nothing else. */
export interface LogDestination {
  write(line: string): void;
  /** Of streams: their failures are heard, so that they end nothing. */
  on?(event: "error", listener: (cause: Error) => void): unknown;
}

const STDERR = 2;
/** How long a reader without room is waited for by default, and how often it is looked whether it has made some, in milliseconds. */
const PATIENCE_MS = 1_000;
const LOOK_EVERY_MS = 10;

/** How standard error is written to. */
export interface StandardErrorOptions {
  /** Writes some of the bytes and says how many. Default: to standard error. */
  readonly writeSome?: (bytes: Buffer) => number;
  /** How long a reader without room is waited for, in milliseconds. Default: 1,000. */
  readonly patienceMs?: number;
}

/**
 * Standard error, written at once.
 *
 * Guarantees: all that is written are whole lines in their order, also when the system takes only a part of one; a reader without room is waited for once, and then not
 * again before it has made some.
 */
export class StandardError implements LogDestination {
  readonly #options: StandardErrorOptions;
  /** What is left of a line of which a part was written: it comes before all else. */
  #rest: Buffer = NOTHING;
  #isStuck = false;

  constructor(options: StandardErrorOptions = {}) {
    this.#options = options;
  }

  /** @throws what the system says; then nothing of `line` is written, now or later. */
  write(line: string): void {
    this.#flush();
    const bytes = Buffer.from(line);
    this.#rest = bytes;
    try {
      this.#flush();
    } catch (cause) {
      // A line that has begun is not lost: its rest is written before the next one.
      if (this.#rest.length < bytes.length) return;
      this.#rest = NOTHING;
      throw cause;
    }
  }

  #flush(): void {
    while (this.#rest.length > 0) this.#rest = this.#rest.subarray(this.#writeSome(this.#rest));
  }

  #writeSome(bytes: Buffer): number {
    const { writeSome = (some) => writeSync(STDERR, some), patienceMs = PATIENCE_MS } = this.#options;
    for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
      try {
        const count = writeSome(bytes);
        this.#isStuck = false;
        return count;
      } catch (cause) {
        if (!isBusy(cause)) throw cause;
        this.#isStuck ||= waitedMs >= patienceMs;
        if (this.#isStuck) throw cause;
        // Lines are written at once, so nothing else may go on meanwhile.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
      }
    }
  }
}

const NOTHING = Buffer.alloc(0);

/** Whether the reader has no room now. */
function isBusy(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EAGAIN";
}
