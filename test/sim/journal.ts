import type { Clock } from "@polykind/core";
import type { InformerKey } from "@polykind/informer";
import type { TraceEvent, TraceFact } from "@polykind/testing";

/** Writes a trace. */
export class Journal {
  readonly trace: TraceEvent[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of what happens at the server, or to everything (`""`). */
  tell(resource: string, fact: TraceFact): void {
    this.trace.push({ at: this.#clock.elapsed(), resource, epoch: "", instance: "", ...fact });
  }

  /** Of what happens to one life of an informer. */
  tellOf(instance: string, { resource, incarnation }: InformerKey, fact: TraceFact): void {
    this.trace.push({ at: this.#clock.elapsed(), resource: resource.plural, epoch: incarnation ?? "", instance, ...fact });
  }
}
