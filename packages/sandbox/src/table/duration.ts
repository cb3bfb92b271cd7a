const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** From which duration on it is told by which two units. */
const STEPS: readonly { readonly below: number; readonly unit: number; readonly rest?: number }[] = [
  { below: 2 * MINUTE, unit: SECOND },
  { below: 10 * MINUTE, unit: MINUTE, rest: SECOND },
  { below: 3 * HOUR, unit: MINUTE },
  { below: 8 * HOUR, unit: HOUR, rest: MINUTE },
  { below: 2 * DAY, unit: HOUR },
  { below: 8 * DAY, unit: DAY, rest: HOUR },
  { below: 2 * YEAR, unit: DAY },
  { below: 8 * YEAR, unit: YEAR, rest: DAY },
  { below: Number.POSITIVE_INFINITY, unit: YEAR },
];

const LETTERS: ReadonlyMap<number, string> = new Map([
  [SECOND, "s"],
  [MINUTE, "m"],
  [HOUR, "h"],
  [DAY, "d"],
  [YEAR, "y"],
]);

/**
 * A duration in at most two units, as kubectl shows ages.
 *
 * @param durationMs a second less than nothing is nothing, for clocks that differ; two or more are `<invalid>`.
 * @example
 * humanDuration(76 * 3_600_000);
 * // => "3d4h"
 */
export function humanDuration(durationMs: number): string {
  if (durationMs <= -2 * SECOND) return "<invalid>";
  const duration = Math.max(0, durationMs);
  const { unit, rest } = STEPS.find(({ below }) => duration < below) ?? { unit: YEAR };
  const count = (ms: number, of: number): string => `${Math.floor(ms / of)}${LETTERS.get(of) ?? ""}`;
  const left = duration % unit;
  return count(duration, unit) + (rest === undefined || left < rest ? "" : count(left, rest));
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[-+]\d\d:\d\d)$/;

/**
 * The age of what began at `since` (RFC 3339), as kubectl shows it.
 *
 * @param nowMs Unix milliseconds.
 * @returns `<unknown>` without a beginning, `<invalid>` for what is no instant.
 */
export function ageOf(since: unknown, nowMs: number): string {
  if (since === undefined || since === null || since === "") return "<unknown>";
  if (typeof since !== "string" || !RFC_3339.test(since)) return "<invalid>";
  return humanDuration(nowMs - Date.parse(since));
}
