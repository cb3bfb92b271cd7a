import { LineFramer } from "@polykind/client";
import { openInformerPool } from "@polykind/informer";
import { scheduleOf } from "./schedule.ts";
import { simulate, type Subject } from "./world.ts";

/** What came of some seeds. */
export interface Tally {
  readonly schedules: number;
  readonly events: number;
  readonly virtualMs: number;
  /** Seeds that broke an invariant. */
  readonly failed: readonly number[];
}

/** The informer as it is. */
export const PRODUCTION: Subject = { openInformerPool, LineFramer };

/** Plays every `step`th seed from `from` to `to`. */
export async function playSeeds({ from, to, step }: { readonly from: number; readonly to: number; readonly step: number }): Promise<Tally> {
  const failed: number[] = [];
  let [schedules, events, virtualMs] = [0, 0, 0];
  for (let seed = from; seed <= to; seed += step) {
    const outcome = await simulate(scheduleOf(seed), PRODUCTION);
    schedules += 1;
    events += outcome.trace.length;
    virtualMs += outcome.virtualMs;
    if (outcome.violations.length > 0) failed.push(seed);
  }
  return { schedules, events, virtualMs, failed };
}
