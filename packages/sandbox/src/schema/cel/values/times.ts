import { isDate } from "../../formats/time.ts";

const SECOND = 1_000_000_000n;

/** Nanoseconds since 1970 at the beginning of a date such as `2006-01-02`, or `undefined`. */
export function parseDate(text: string): bigint | undefined {
  return isDate(text) ? BigInt(Date.parse(`${text}T00:00:00Z`)) * 1_000_000n : undefined;
}

/** Nanoseconds since 1970 at a time in RFC 3339, or one without a zone, which is then UTC; else `undefined`. */
export function parseDateTime(text: string): bigint | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|([+-])(\d{2}):(\d{2}))?$/i.exec(text);
  if (match === null) return undefined;
  const [, date = "", hour, minute, second, fraction = "", , sign = "+", offsetHour = "0", offsetMinute = "0"] = match;
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  const day = parseDate(date);
  if (day === undefined || hours > 23 || minutes > 59 || seconds > 59 || Number(offsetHour) > 23 || Number(offsetMinute) > 59)
    return undefined;
  const offset = BigInt(Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === "-" ? -60n : 60n);
  const whole = BigInt(hours * 3600 + minutes * 60 + seconds) - offset;
  return day + whole * SECOND + BigInt(fraction.padEnd(9, "0").slice(0, 9));
}

/** A time as RFC 3339 writes it, with as many digits of a second as it needs. */
export function formatTimestamp(nanoseconds: bigint): string {
  const rest = ((nanoseconds % SECOND) + SECOND) % SECOND;
  const milliseconds = Number((nanoseconds - rest) / 1_000_000n);
  const digits = rest.toString().padStart(9, "0").replace(/0+$/, "");
  return `${new Date(milliseconds).toISOString().slice(0, 19)}${digits === "" ? "" : `.${digits}`}Z`;
}

/** A duration in seconds, such as `90s` or `0.5s`. */
export function formatDuration(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const digits = (size % SECOND).toString().padStart(9, "0").replace(/0+$/, "");
  return `${nanoseconds < 0n ? "-" : ""}${size / SECOND}${digits === "" ? "" : `.${digits}`}s`;
}
