import { ACCESS_SCENARIOS } from "./scenarios-access.ts";
import { BYTE_SCENARIOS } from "./scenarios-bytes.ts";
import { REACH_SCENARIOS } from "./scenarios-reach.ts";
import { SERVER_SCENARIOS } from "./scenarios-server.ts";
import { WATCH_SCENARIOS } from "./scenarios-watch.ts";
import type { Scenario } from "./scenario.ts";

/** All faults, in the order of the table. */
export const SCENARIOS: readonly Scenario[] = [
  ...WATCH_SCENARIOS,
  ...SERVER_SCENARIOS,
  ...REACH_SCENARIOS,
  ...ACCESS_SCENARIOS,
  ...BYTE_SCENARIOS,
].toSorted(byNumber);

function byNumber(a: Scenario, b: Scenario): number {
  return Number(/\d+/.exec(a.id)?.[0]) - Number(/\d+/.exec(b.id)?.[0]);
}
