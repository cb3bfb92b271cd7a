import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FieldDecoder } from "../../src/http2/field-decoder.ts";
import { RequestEncoder } from "../../src/transport/request-encoder.ts";
import { pairsOf } from "../http2/support/pairs.ts";

const decoded = (block: Buffer) => pairsOf(new FieldDecoder().decode(block));

describe("RequestEncoder", () => {
  test("puts the fields that begin with a colon first, several values apart, and the length of a body last", () => {
    const headers = { Accept: "application/json", "impersonate-group": ["one", "two"] };
    const block = new RequestEncoder("example.com:6443").encode({ method: "POST", path: "/apis", headers, body: Buffer.alloc(7) });
    assert.deepEqual(decoded(block), [
      [":method", "POST"],
      [":scheme", "https"],
      [":authority", "example.com:6443"],
      [":path", "/apis"],
      ["accept", "application/json"],
      ["impersonate-group", "one"],
      ["impersonate-group", "two"],
      ["content-length", "7"],
    ]);
  });

  test("says of requests with the same headers what is theirs", () => {
    const encoder = new RequestEncoder("a");
    const headers = { accept: "b" };
    const requests = [
      { method: "GET", path: "/1", headers },
      { method: "GET", path: "/2", headers },
      { method: "PATCH", path: "/2", headers },
      { method: "PATCH", path: "/2", headers, body: Buffer.alloc(1) },
      { method: "GET", path: "/1", headers: { accept: "c" } },
      { method: "GET", path: "/1", headers },
    ];
    for (const request of requests) assert.deepEqual(encoder.encode(request), new RequestEncoder("a").encode(request));
  });

  test("refuses what would be two requests", () => {
    const encoder = new RequestEncoder("a");
    for (const request of [
      { method: "GET", path: "/ HTTP/1.1\r\n", headers: {} },
      { method: "GET", path: "/", headers: { accept: "a\n" } },
      { method: "GET", path: "/", headers: { "accept\n": "a" } },
    ])
      assert.throws(() => encoder.encode(request), { message: /^cannot send field/ });
  });
});
