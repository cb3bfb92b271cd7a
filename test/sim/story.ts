import type { TraceEvent, Violation } from "@polykind/testing";
import { type Schedule, textOfAct } from "./schedule.ts";

/** A schedule for people. */
export function textOfSchedule({ seed, traits, users, acts }: Schedule): string {
  const { watchList, pageSize, latencyMs, breaksMidway, isExact } = traits;
  const lists = `${isExact ? "lists of versions" : "no lists of versions"}, pages of ${pageSize}`;
  const server = `WatchList ${watchList}, ${lists}, answers within ${latencyMs} ms, ${breaksMidway * 100} % break midway`;
  return [
    `seed ${seed}: ${server}; users of keys ${users.join(", ")}`,
    ...acts.map((act, index) => `  ${index + 1}. ${textOfAct(act)}`),
  ].join("\n");
}

/** An event in a line. */
export function textOfEvent({ at, resource, epoch, instance, type, ...details }: TraceEvent): string {
  const where = [instance, resource].filter((part) => part !== "").join(" ");
  return `${at.toFixed(1).padStart(12)}  ${where.padEnd(12)} ${type.padEnd(13)} ${JSON.stringify(details)}`.trimEnd();
}

/** A breach and the events that led to it. */
export function textOfViolation({ invariant, why, index, piece }: Violation): string {
  return [`${invariant} at event ${index}: ${why}`, ...piece.map(textOfEvent)].join("\n");
}
