import type { Invariant } from "@polykind/testing";
import type { Act, Schedule } from "./schedule.ts";
import { simulate, type Subject } from "./world.ts";

/** A shorter schedule that still breaks `invariant`: acts are taken out, halves first, until none can be missed or `tries` are used up. */
export async function shrink(
  schedule: Schedule,
  { invariant, subject, tries = 400 }: { readonly invariant: Invariant; readonly subject: Subject; readonly tries?: number },
): Promise<Schedule> {
  let { acts } = schedule;
  let left = tries;
  for (let size = Math.ceil(acts.length / 2); size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < acts.length && left > 0; left -= 1) {
      const fewer: readonly Act[] = [...acts.slice(0, start), ...acts.slice(start + size)];
      const { violations } = await simulate({ ...schedule, acts: fewer }, subject);
      if (violations.some((violation) => violation.invariant === invariant)) acts = fewer;
      else start += size;
    }
  }
  return { ...schedule, acts };
}
