import { groupKindText, type Resource } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";

/** What a {@link Fence} stands around. */
export interface FenceOptions {
  readonly resource: Resource;
  readonly epoch: number;
  /** See `ControllerOptions.canWrite`. */
  readonly canWrite: () => boolean;
}

/** Keeps an epoch that has ended, or a process that does not lead, from writing. Asked just before each request. */
export class Fence {
  readonly #options: FenceOptions;
  #isEnded = false;

  constructor(options: FenceOptions) {
    this.#options = options;
  }

  /** Whether the epoch has ended. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  end(): void {
    this.#isEnded = true;
  }

  /** @throws PolykindError `FENCED` once the epoch has ended: nothing may be sent. */
  checkRead(what: string): void {
    if (this.#isEnded) throw this.#error(what, "its controller has stopped", false);
  }

  /** @throws PolykindError `FENCED` unless a write may be sent now. */
  checkWrite(what: string): void {
    this.checkRead(what);
    if (!this.#options.canWrite()) throw this.#error(what, "this process does not lead now", true);
  }

  #error(what: string, why: string, retryable: boolean): PolykindError {
    const { resource, epoch } = this.#options;
    const facts = { kind: groupKindText(resource), epoch };
    return new PolykindError("FENCED", `cannot ${what} for ${facts.kind} in epoch ${epoch}: ${why}`, { retryable, facts });
  }
}
