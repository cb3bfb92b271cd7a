import type { Log } from "@polykind/telemetry";
import { sayingOf } from "../events/saying.ts";
import type { KindExplanation } from "./explain.ts";
import type { Judgement, KindPhase } from "./report.ts";

/** Where a kind does not run as it should, as far as that is not told at once elsewhere. */
const WARNED_OF: ReadonlySet<KindPhase> = new Set(["Degraded", "Parked", "Pending"]);
/** Where a kind is on its way to something else, be it the same trouble once more. */
const ON_THE_WAY: ReadonlySet<KindPhase> = new Set(["Starting", "Stopping", "Settling"]);

/** Says in the log why a kind does not run: once for each trouble, until it is over. */
export class Warnings {
  readonly #log: Pick<Log, "warn">;
  /** State and reason of the trouble that was told. */
  #told: string | undefined;

  constructor(log: Pick<Log, "warn">) {
    this.#log = log;
  }

  /** The kind is such now, and it was otherwise before. What is normal, as that another process leads, is no trouble. */
  look({ state, reason }: Judgement, explain: () => KindExplanation): void {
    if (ON_THE_WAY.has(state)) return;
    const trouble = WARNED_OF.has(state) ? `${state} ${reason}` : undefined;
    if (trouble === this.#told) return;
    this.#told = trouble;
    if (trouble === undefined) return;
    const saying = sayingOf(explain(), { isFirst: false });
    if (saying?.type === "Warning") this.#log.warn(saying.note, { state, reason });
  }
}
