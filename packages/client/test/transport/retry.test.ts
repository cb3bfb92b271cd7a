import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Attempt, type AttemptFailure, parseRetryAfter, retryDelayMs } from "../../src/transport/retry.ts";

const never = 0; // random: no jitter

describe("retryDelayMs", () => {
  const rows: readonly { why: string; attempt?: Partial<Attempt>; failure: AttemptFailure; delayMs: number | undefined }[] = [
    { why: "reads again at once what the server refused to look at", failure: { loss: "refused" }, delayMs: 0 },
    {
      why: "writes again at once what the server refused to look at",
      attempt: { kind: "write" },
      failure: { loss: "refused" },
      delayMs: 0,
    },
    {
      why: "streams again, once, what the server refused to look at",
      attempt: { kind: "stream" },
      failure: { loss: "refused" },
      delayMs: 0,
    },
    {
      why: "leaves the second refusal of a stream to its caller's backoff",
      attempt: { kind: "stream", number: 2 },
      failure: { loss: "refused" },
      delayMs: undefined,
    },
    { why: "backs off from the second refusal on", attempt: { number: 2 }, failure: { loss: "refused" }, delayMs: 200 },
    { why: "waits before it reads again what a crowded server did not answer", failure: { loss: "crowded" }, delayMs: 100 },
    {
      why: "streams again, once, what a crowded server did not answer",
      attempt: { kind: "stream" },
      failure: { loss: "crowded" },
      delayMs: 100,
    },
    {
      why: "leaves the second answer of a crowded server to the backoff of a stream's caller",
      attempt: { kind: "stream", number: 2 },
      failure: { loss: "crowded" },
      delayMs: undefined,
    },
    {
      why: "does not write again what a crowded server may have looked at",
      attempt: { kind: "write" },
      failure: { loss: "crowded" },
      delayMs: undefined,
    },
    { why: "connects again for a read", failure: { loss: "unreachable" }, delayMs: 100 },
    {
      why: "connects again for a write, of which nothing was sent",
      attempt: { kind: "write" },
      failure: { loss: "unreachable" },
      delayMs: 100,
    },
    {
      why: "leaves connecting again to the backoff of a stream's caller",
      attempt: { kind: "stream" },
      failure: { loss: "unreachable" },
      delayMs: undefined,
    },
    { why: "reads again what was lost", attempt: { number: 3 }, failure: { loss: "lost" }, delayMs: 400 },
    { why: "never writes again what may have been acted upon", attempt: { kind: "write" }, failure: { loss: "lost" }, delayMs: undefined },
    {
      why: "never writes again on a kept connection that was closed: the server may have read it",
      attempt: { kind: "write" },
      failure: { loss: "stale" },
      delayMs: undefined,
    },
    { why: "reads again at once when a kept connection was closed", failure: { loss: "stale" }, delayMs: 0 },
    { why: "waits as long as a throttling server asks", failure: { status: 429, retryAfterMs: 3000 }, delayMs: 3000 },
    { why: "backs off where a throttling server asks for nothing", failure: { status: 503, retryAfterMs: undefined }, delayMs: 100 },
    {
      why: "backs off although the server asks for no wait",
      attempt: { number: 2 },
      failure: { status: 429, retryAfterMs: 0 },
      delayMs: 200,
    },
    {
      why: "does not write again what was throttled: a 429 may be a verdict",
      attempt: { kind: "write" },
      failure: { status: 429, retryAfterMs: 1 },
      delayMs: undefined,
    },
    {
      why: "lets the caller of a stream see the throttling",
      attempt: { kind: "stream" },
      failure: { status: 429, retryAfterMs: 1 },
      delayMs: undefined,
    },
    { why: "takes a 500 as an answer", failure: { status: 500, retryAfterMs: undefined }, delayMs: undefined },
    { why: "takes a 404 as an answer", failure: { status: 404, retryAfterMs: undefined }, delayMs: undefined },
    { why: "gives up after four attempts", attempt: { number: 4 }, failure: { loss: "lost" }, delayMs: undefined },
    {
      why: "gives up at once when the wait would outlast the call",
      attempt: { leftMs: 2000 },
      failure: { status: 429, retryAfterMs: 3000 },
      delayMs: undefined,
    },
  ];
  for (const { why, attempt, failure, delayMs } of rows) {
    test(why, () =>
      assert.equal(
        retryDelayMs({ kind: "read", number: 1, leftMs: 30_000, ...attempt }, failure, () => never),
        delayMs,
      ),
    );
  }

  test("adds jitter and takes none away, so that a Retry-After is kept", () => {
    assert.equal(
      retryDelayMs({ kind: "read", number: 1, leftMs: 30_000 }, { status: 429, retryAfterMs: 1000 }, () => 0.5),
      1250,
    );
  });
});

describe("parseRetryAfter", () => {
  const now = Date.UTC(2026, 0, 1);
  for (const { why, field, ms } of [
    { why: "reads seconds", field: "7", ms: 7000 },
    { why: "reads a date", field: "Thu, 01 Jan 2026 00:00:05 GMT", ms: 5000 },
    { why: "takes a date that has passed for now", field: "Wed, 31 Dec 2025 00:00:00 GMT", ms: 0 },
    { why: "passes over rubbish", field: "soon", ms: undefined },
    { why: "passes over what is absent", field: undefined, ms: undefined },
  ]) {
    test(why, () => assert.equal(parseRetryAfter(field, now), ms));
  }
});
