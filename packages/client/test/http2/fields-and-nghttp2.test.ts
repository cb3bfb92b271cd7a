import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Near } from "./support/near.ts";
import { PlainServer } from "./support/plain-server.ts";

const NAME = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
const VALUE = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code).filter((code) => code > 0x20 && code !== 0x7f));

function textOf(letters: string, lengths: { readonly minLength: number; readonly maxLength: number }) {
  return fc.array(fc.integer({ min: 0, max: letters.length - 1 }), lengths).map((ats) => ats.map((at) => letters[at]).join(""));
}

const name = textOf(NAME, { minLength: 1, maxLength: 12 }).map((text) => `x-${text}`);
const value = fc.oneof(
  textOf(VALUE, { minLength: 0, maxLength: 40 }),
  textOf("aeiost012 /-", { minLength: 1, maxLength: 300 }).map((text) => text.trim()),
  // Half of the table, and more than the table.
  fc.constantFrom("y".repeat(2_000), "~".repeat(5_000), "z".repeat(20_000)),
);
const field = fc.tuple(name, value);
/** Some come again and again, so that they are taken from the tables. */
const known = fc.sample(field, { numRuns: 40, seed: 3 });
const heads = fc.sample(fc.array(fc.oneof(field, fc.constantFrom(...known)), { maxLength: 12 }), { numRuns: 400, seed: 4 });

/** Names once: Node's server makes one list of values of a name that comes twice. */
function distinct(head: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return [...new Map(head)];
}

describe("fields between nghttp2 and us", () => {
  test("are read as they were sent, over a table that evicts", async () => {
    await using server = await PlainServer.start({ maxSendHeaderBlockLength: 1 << 20 });
    let next = 0;
    server.script = (stream) => {
      stream.respond({ ":status": 200, ...Object.fromEntries(distinct(heads[next++]!)) }, { endStream: true }); // one for each request
    };
    await using near = await Near.to(server.port);
    for (const head of heads) {
      const told = near.open();
      assert.deepEqual(await told.whenEnded, { how: "complete" });
      const { date, ...fields } = Object.fromEntries(told.heads[0]!); // an answer that is complete has a head
      assert.ok(date !== undefined);
      assert.deepEqual(fields, { ":status": "200", ...Object.fromEntries(distinct(head)) });
    }
    assert.deepEqual(server.complaints, []);
  });

  for (const [why, options] of [
    ["with its own table", {}],
    ["without a table, of which nghttp2 wants to be told", { settings: { headerTableSize: 0 } }],
    ["with a large table", { settings: { headerTableSize: 65_536 } }],
  ] as const) {
    test(`are read by a server ${why}`, async () => {
      await using server = await PlainServer.start({ ...options, maxSendHeaderBlockLength: 1 << 20, maxHeaderListPairs: 200 });
      let seen: string[] = [];
      server.script = (stream, _, raw) => {
        seen = raw;
        stream.respond({ ":status": 200 }, { endStream: true });
      };
      await using near = await Near.to(server.port);
      for (const head of heads) {
        const fields = distinct(head).flat();
        assert.deepEqual(await near.open({ fields }).whenEnded, { how: "complete" });
        assert.deepEqual(seen.slice(8), fields);
      }
      assert.deepEqual(server.complaints, []);
    });
  }

  test("may be longer than a frame, and are continued then", async () => {
    await using server = await PlainServer.start({ settings: { maxHeaderListSize: 1 << 20 } });
    let seen: string | undefined;
    server.script = (stream, headers) => {
      seen = headers.authorization;
      stream.respond({ ":status": 200, "x-long": "l".repeat(50_000) }, { endStream: true });
    };
    await using near = await Near.to(server.port);
    for (const length of [16_000, 16_384, 32_768, 50_000]) {
      const token = "t".repeat(length);
      const told = near.open({ fields: ["authorization", token] });
      assert.deepEqual(await told.whenEnded, { how: "complete" }, `${length}`);
      assert.equal(seen, token);
      assert.deepEqual(
        told.heads[0]?.find(([each]) => each === "x-long"),
        ["x-long", "l".repeat(50_000)],
      );
    }
  });

  test("leave nothing behind when they are refused: the next stream is sent", async () => {
    await using server = await PlainServer.start();
    await using near = await Near.to(server.port);
    assert.throws(() => near.open({ fields: ["x", "a\r\nb: c"] }));
    assert.equal(near.connection.room > 0, true);
    assert.deepEqual(await near.open().whenEnded, { how: "complete" });
  });
});
