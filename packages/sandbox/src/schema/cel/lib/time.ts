import { DURATION, INT, STRING, TIMESTAMP } from "../lang/types.ts";
import { type CelFunction, fn, member, type Overload } from "../types/function.ts";
import type { Duration, Timestamp } from "../values/scalars.ts";
import { CelError, type Value } from "../values/value.ts";

const MINUTE_MS = 60_000;

/** Part of a date, read from one whose UTC fields are those of the wished zone. */
type Part = (date: Date) => number;

function ofTime(part: Part): readonly Overload[] {
  const read = (at: Timestamp, zone: string): Value => BigInt(part(dateIn(at, zone)));
  return [member([TIMESTAMP], INT, (at: Timestamp) => read(at, "UTC")), member([TIMESTAMP, STRING], INT, read)];
}

function ofDuration(unit: bigint): Overload {
  return member([DURATION], INT, ({ nanoseconds }: Duration) => nanoseconds / unit);
}

function dateIn({ nanoseconds }: Timestamp, zone: string): Date {
  const milliseconds = Number((nanoseconds - (((nanoseconds % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n);
  const offset = /^([+-])?(\d{2}):(\d{2})$/.exec(zone);
  if (offset !== null) {
    const [, sign, hours, minutes] = offset;
    return new Date(milliseconds + (Number(hours) * 60 + Number(minutes)) * MINUTE_MS * (sign === "-" ? -1 : 1));
  }
  return zone === "" || zone === "UTC" ? new Date(milliseconds) : inNamedZone(milliseconds, zone);
}

function inNamedZone(milliseconds: number, zone: string): Date {
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    const name = format.formatToParts(milliseconds).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
    const [, sign, hours = "0", minutes = "0"] = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name) ?? [];
    return new Date(milliseconds + (Number(hours) * 60 + Number(minutes)) * MINUTE_MS * (sign === "-" ? -1 : 1));
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
}

const dayOfYear: Part = (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);

/** Parts of times and lengths of time. */
export const TIME: readonly CelFunction[] = [
  fn("getFullYear", ...ofTime((date) => date.getUTCFullYear())),
  fn("getMonth", ...ofTime((date) => date.getUTCMonth())),
  fn("getDayOfYear", ...ofTime(dayOfYear)),
  fn("getDayOfMonth", ...ofTime((date) => date.getUTCDate() - 1)),
  fn("getDate", ...ofTime((date) => date.getUTCDate())),
  fn("getDayOfWeek", ...ofTime((date) => date.getUTCDay())),
  fn("getHours", ...ofTime((date) => date.getUTCHours()), ofDuration(3_600_000_000_000n)),
  fn("getMinutes", ...ofTime((date) => date.getUTCMinutes()), ofDuration(60_000_000_000n)),
  fn("getSeconds", ...ofTime((date) => date.getUTCSeconds()), ofDuration(1_000_000_000n)),
  fn("getMilliseconds", ...ofTime((date) => date.getUTCMilliseconds()), ofDuration(1_000_000n)),
];
