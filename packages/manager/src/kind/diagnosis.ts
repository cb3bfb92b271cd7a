import { type Diagnosis, type Finding, isSameSuspicion, type Suspicion } from "./suspicion.ts";

/** What {@link Diagnoses} needs. */
export interface DiagnosesOptions {
  /** Asks the server. Never rejects, or only when `signal` has ended it. */
  readonly diagnose: (suspicion: Suspicion, signal: AbortSignal) => Promise<Finding>;
  /** An answer has come. */
  readonly onChange: () => void;
}

/**
 * What is known of why the server refuses one kind.
 *
 * Guarantees: each suspicion is asked about once, until all is well again or the life has ended; what comes after {@link end} is dropped.
 */
export class Diagnoses {
  readonly #options: DiagnosesOptions;
  #current: Diagnosis | undefined;
  #asking: AbortController | undefined;

  constructor(options: DiagnosesOptions) {
    this.#options = options;
  }

  get current(): Diagnosis | undefined {
    return this.#current;
  }

  /** Asks, unless it was asked already. */
  suspect(suspicion: Suspicion): void {
    if (this.#current !== undefined && isSameSuspicion(this.#current.suspicion, suspicion)) return;
    this.end();
    this.#current = { suspicion };
    void this.#ask(suspicion); // It tells of its answer itself.
  }

  /** Forgets what was found, and asks no more. */
  end(): void {
    this.#asking?.abort();
    this.#asking = undefined;
    this.#current = undefined;
  }

  async #ask(suspicion: Suspicion): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    const finding = await this.#options
      .diagnose(suspicion, asking.signal)
      .catch((): Finding => ({ is: "untold", why: "the question was given up" }));
    if (asking.signal.aborted) return;
    this.#asking = undefined;
    this.#current = { suspicion, finding };
    this.#options.onChange();
  }
}
