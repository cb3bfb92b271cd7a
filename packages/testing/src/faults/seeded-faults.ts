import { seededRandom } from "../seeded-random.ts";
import type { CallFault, PlannedFault, WatchFault } from "./list-watch-fault.ts";

/** How many faults, and among how many calls. */
export interface SeededFaultsOptions {
  /** The chance of each call. Default: 0.5. */
  readonly chance?: number;
  /** The first so many lists, and as many watches, may be struck; those after them are as the source is, so that an end state must be reached. Default: 10. */
  readonly calls?: number;
}

const LINES_MOST = 4;
const WATCH_FAULTS = ["end", "lose", "expire", "corrupt", "duplicate"] as const;
const CALL_FAULTS: readonly CallFault[] = [
  { is: "unreachable" },
  { is: "fail", status: 500 },
  { is: "fail", status: 503 },
  { is: "fail", status: 429, retryAfterMs: 1_000 },
];

/**
 * A plan drawn from a seed: the same one for the same seed. Of all faults but those that only a long wait ends (`silence`) and that not every server has (`stale`,
 * refusals for good).
 */
export function seededFaults(seed: number, { chance = 0.5, calls = 10 }: SeededFaultsOptions = {}): readonly PlannedFault[] {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!; // random is less than 1, and no list is empty
  const watchFault = (): WatchFault =>
    random() < 1 / 3 ? pick(CALL_FAULTS) : { is: pick(WATCH_FAULTS), afterLines: Math.floor(random() * (LINES_MOST + 1)) };
  const plan: PlannedFault[] = [];
  for (let call = 1; call <= calls; call += 1) {
    if (random() < chance) plan.push({ on: "list", call, fault: pick(CALL_FAULTS) });
    if (random() < chance) plan.push({ on: "watch", call, fault: watchFault() });
  }
  return plan;
}
