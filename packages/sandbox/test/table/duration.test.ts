import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ageOf, humanDuration } from "../../src/table/index.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

describe("humanDuration", () => {
  for (const [durationMs, text] of [
    [0, "0s"],
    [-1999, "0s"],
    [-2000, "<invalid>"],
    [119 * SECOND, "119s"],
    [2 * MINUTE, "2m"],
    [2 * MINUTE + 3.9 * SECOND, "2m3s"],
    [10 * MINUTE - 1, "9m59s"],
    [10 * MINUTE + 30 * SECOND, "10m"],
    [3 * HOUR - 1, "179m"],
    [3 * HOUR, "3h"],
    [7 * HOUR + 59 * MINUTE, "7h59m"],
    [8 * HOUR + 30 * MINUTE, "8h"],
    [48 * HOUR - 1, "47h"],
    [2 * DAY, "2d"],
    [3 * DAY + 4 * HOUR, "3d4h"],
    [8 * DAY + 5 * HOUR, "8d"],
    [2 * YEAR - 1, "729d"],
    [2 * YEAR, "2y"],
    [3 * YEAR + 10 * DAY, "3y10d"],
    [8 * YEAR + 100 * DAY, "8y"],
    [100 * YEAR, "100y"],
  ] as const) {
    test(`${durationMs} ms are ${text}`, () => assert.equal(humanDuration(durationMs), text));
  }
});

describe("ageOf", () => {
  const now = Date.parse("2024-06-01T00:00:00Z");
  for (const [since, text] of [
    ["2024-05-31T23:59:00Z", "60s"],
    ["2024-06-01T01:00:00+02:00", "60m"],
    ["2024-05-31T23:59:00.123456Z", "59s"],
    ["2030-01-01T00:00:00Z", "<invalid>"],
    ["June 1, 2024", "<invalid>"],
    [7, "<invalid>"],
    ["", "<unknown>"],
    [undefined, "<unknown>"],
    [null, "<unknown>"],
  ] as const) {
    test(`what began at ${since} is ${text} old`, () => assert.equal(ageOf(since, now), text));
  }
});
