import { type LogDestination, StandardError } from "./destination.ts";

/** What a {@link LineSink} needs. */
export interface LineSinkOptions {
  /** Default: standard error. */
  readonly destination: LogDestination | undefined;
  /** The line that says how many lines were lost, with its line feed. */
  readonly lossLine: (lines: number) => string;
}

/**
 * Hands lines to a destination. A log must take nothing down: a line that cannot be written is dropped and counted, and the first line that can be written again is told
 * behind the count.
 *
 * Guarantees: {@link write} never throws.
 */
export class LineSink implements LogDestination {
  readonly #destination: LogDestination;
  readonly #lossLine: (lines: number) => string;
  #lost = 0;

  constructor({ destination = new StandardError(), lossLine }: LineSinkOptions) {
    this.#destination = destination;
    this.#lossLine = lossLine;
    // A stream tells of some failures only later. Unheard they would end the process.
    destination.on?.("error", () => this.lose());
  }

  write(line: string): void {
    if (this.#lost > 0 && !this.#writeLoss()) return this.lose();
    if (!this.#hasWritten(line)) this.lose();
  }

  /** A line was lost. */
  lose(): void {
    this.#lost += 1;
  }

  #writeLoss(): boolean {
    if (!this.#hasWritten(this.#lossLine(this.#lost))) return false;
    this.#lost = 0;
    return true;
  }

  #hasWritten(line: string): boolean {
    try {
      this.#destination.write(line);
      return true;
    } catch {
      return false;
    }
  }
}
