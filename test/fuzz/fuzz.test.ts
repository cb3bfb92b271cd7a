import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compare } from "./differential.ts";
import { fuzz } from "./fuzz.ts";

describe("damaged streams of a watch", () => {
  test("are told as JSON.parse would, or refused with a typed error, and nothing is dropped", { timeout: 60_000 }, () => {
    const tally = fuzz({ bytes: 1_000_000, seed: 1 });
    assert.ok(tally.equal > 1_000 && tally.refused > 100 && tally.torn > 10, JSON.stringify(tally));
    assert.equal(tally.equal + tally.refused, tally.lines);
  });

  test("are the same for the same seed", () => {
    assert.deepEqual(fuzz({ bytes: 50_000, seed: 7 }), fuzz({ bytes: 50_000, seed: 7 }));
  });

  for (const [why, line] of [
    ["a byte that is no UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    [
      "an event of another kind",
      Buffer.from('{"type":"ADDED","object":{"apiVersion":"v1","kind":"Table","metadata":{"name":"a","uid":"u","resourceVersion":"1"}}}'),
    ],
    ["half an event", Buffer.from('{"type":"ADDED","object":{"api')],
  ] as const) {
    test(`${why} is refused`, () => assert.equal(compare(line), "refused"));
  }
});
