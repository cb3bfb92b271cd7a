import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Bucket, takeToken } from "../../src/events/token-bucket.ts";

const RATE = { burst: 2, everyMs: 100 };

describe("takeToken", () => {
  for (const { why, bucket, at, leaves } of [
    { why: "takes one of those there are", bucket: { tokens: 2, at: 0 }, at: 0, leaves: { tokens: 1, at: 0 } },
    { why: "says how long until there is one", bucket: { tokens: 0.25, at: 0 }, at: 0, leaves: { waitMs: 75 } },
    { why: "takes one that has come meanwhile", bucket: { tokens: 0, at: 0 }, at: 100, leaves: { tokens: 0, at: 100 } },
    { why: "gathers no more than a burst", bucket: { tokens: 2, at: 0 }, at: 10_000, leaves: { tokens: 1, at: 10_000 } },
  ] as readonly { readonly why: string; readonly bucket: Bucket; readonly at: number; readonly leaves: object }[]) {
    test(why, () => assert.deepEqual(takeToken(bucket, RATE, at), leaves));
  }
});
