import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { shardFilterOf, shardSelectorOf } from "@polykind/apimachinery";

/** FNV-1a of 64 bits, as it is defined. */
function hashOf(text: string): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  return hash;
}

describe("a shard", () => {
  for (const { why, shard, selector } of [
    {
      why: "begins with sixteen digits",
      shard: { index: 0, count: 2 },
      selector: "shardRange(object.metadata.uid, '0x0000000000000000', '0x8000000000000000')",
    },
    {
      why: "ends after the largest hash when it is the last",
      shard: { index: 1, count: 2 },
      selector: "shardRange(object.metadata.uid, '0x8000000000000000', '0x10000000000000000')",
    },
    {
      why: "may be all",
      shard: { index: 0, count: 1 },
      selector: "shardRange(object.metadata.uid, '0x0000000000000000', '0x10000000000000000')",
    },
    {
      why: "begins where the one before ends, although the count divides nothing",
      shard: { index: 1, count: 3 },
      selector: "shardRange(object.metadata.uid, '0x5555555555555555', '0xaaaaaaaaaaaaaaaa')",
    },
  ])
    test(why, () => assert.equal(shardSelectorOf(shard), selector));

  for (const [why, shard] of [
    ["is none beyond the count", { index: 2, count: 2 }],
    ["is none below zero", { index: -1, count: 2 }],
    ["is none of none", { index: 0, count: 0 }],
    ["is none between two", { index: 0.5, count: 2 }],
    ["is none of what is no number", { index: 0, count: Number.NaN }],
  ] as const)
    test(why, () => {
      assert.throws(() => shardSelectorOf(shard), RangeError);
      assert.throws(() => shardFilterOf(shard), RangeError);
    });

  for (const count of [1, 2, 3, 7, 64, 1_000])
    test(`is one of ${count} for every uid: they are disjoint, and complete`, () => {
      const filters = Array.from({ length: count }, (_, index) => shardFilterOf({ index, count }));
      for (const uid of [...Array.from({ length: 200 }, () => randomUUID()), "", "žluťoučký", "x".repeat(500)]) {
        const found = filters.flatMap((isIn, index) => (isIn(uid) ? [index] : []));
        assert.equal(found.length, 1, uid);
        const [from, to] = [found[0] ?? 0, (found[0] ?? 0) + 1].map((at) => (2n ** 64n * BigInt(at)) / BigInt(count));
        const hash = hashOf(uid);
        assert.ok(from !== undefined && to !== undefined && hash >= from && hash < to, `${uid} hashes to ${hash}`);
      }
    });
});
