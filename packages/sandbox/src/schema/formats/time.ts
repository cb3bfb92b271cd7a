const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether a text is a date such as `2006-01-02` that the calendar has. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]; // Three groups.
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
  return day >= 1 && day <= days;
}

/** Whether a text is a date and time in the reading that the format `date-time` has: a zone is required, any character may stand before fractions. */
export function isDateTime(text: string): boolean {
  const [date = "", time] = text.toLowerCase().split("t");
  const match = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$/.exec(time ?? "");
  if (match === null || !isDate(date)) return false;
  const [, hour = "", minute = "", second = ""] = match;
  return hour <= "23" && minute <= "59" && second <= "59";
}

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

/** Nanoseconds of a duration as Go reads it (`1h30m`, `-1.5s`, `0`), or `undefined`, also beyond 64 bits. */
export function parseGoDuration(text: string): bigint | undefined {
  const match = /^([+-]?)(.+)$/s.exec(text);
  const [, sign = "", rest = ""] = match ?? [];
  if (rest === "0") return 0n;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/.test(rest)) return undefined;
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of rest.matchAll(/(\d*)(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g)) {
    const scale = NANOSECONDS[unit] ?? 0n;
    const digits = fraction.slice(0, 18);
    total += BigInt(whole || "0") * scale + (BigInt(digits || "0") * scale) / 10n ** BigInt(digits.length);
  }
  if (total > 2n ** 63n - (sign === "-" ? 0n : 1n)) return undefined;
  return sign === "-" ? -total : total;
}

const UNIT_NAMES: readonly (readonly [string, readonly string[]])[] = [
  ["ns", ["ns", "nano"]],
  ["us", ["us", "\u00b5s", "micro"]],
  ["ms", ["ms", "milli"]],
  ["s", ["s", "sec"]],
  ["m", ["m", "min"]],
  ["h", ["h", "hr", "hour"]],
  ["d", ["d", "day"]],
  ["w", ["w", "wk", "week"]],
];

/** Nanoseconds of a duration as the format `duration` reads it: Go's form, or `3 days`, `5 min`; else `undefined`. */
export function parseFormatDuration(text: string): bigint | undefined {
  const plain = parseGoDuration(text);
  if (plain !== undefined) return plain;
  let total: bigint | undefined;
  for (const [, count = "0", name = ""] of text.matchAll(/(\d+)\s*([A-Za-z\u00b5]+)/g)) {
    if (BigInt(count) >= 2n ** 63n) return undefined;
    for (const [unit, names] of UNIT_NAMES) {
      const long = names.at(-1) ?? "";
      const times = names.filter((each) => each === name.toLowerCase() || (each === long && name.toLowerCase().startsWith(long))).length;
      if (times > 0) total = (total ?? 0n) + BigInt(times) * BigInt(count) * (NANOSECONDS[unit] ?? 0n);
    }
  }
  return total;
}
