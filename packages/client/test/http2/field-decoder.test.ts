import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CompressionError, FieldDecoder } from "../../src/http2/field-decoder.ts";
import { pairsOf } from "./support/pairs.ts";
import { decodeHuffman } from "../../src/http2/huffman.ts";

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

const GET = [":method", "GET"];
const WWW = [":authority", "www.example.com"];
const FIRST = [GET, [":scheme", "http"], [":path", "/"], WWW];
const SECOND = [...FIRST, ["cache-control", "no-cache"]];
const THIRD = [GET, [":scheme", "https"], [":path", "/index.html"], WWW, ["custom-key", "custom-value"]];
const DATES = ["Mon, 21 Oct 2013 20:13:21 GMT", "Mon, 21 Oct 2013 20:13:22 GMT"] as const;
const LOCATION = ["location", "https://www.example.com"];

function answer(status: string, date: string): string[][] {
  return [[":status", status], ["cache-control", "private"], ["date", date], LOCATION];
}

const LAST = [
  ...answer("200", DATES[1]).slice(0, 4),
  ["content-encoding", "gzip"],
  ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
];
/** The table that the responses of the RFC are written for has 256 bytes. */
const TABLE_OF_256 = "3f e1 01";

const EXAMPLES = [
  {
    name: "C.2.1, a literal with indexing",
    blocks: [["400a637573746f6d2d6b65790d637573746f6d2d686561646572", [["custom-key", "custom-header"]]]],
  },
  { name: "C.2.2, a literal without indexing", blocks: [["040c2f73616d706c652f70617468", [[":path", "/sample/path"]]]] },
  { name: "C.2.3, a literal never indexed", blocks: [["100870617373776f726406736563726574", [["password", "secret"]]]] },
  { name: "C.2.4, an indexed field", blocks: [["82", [GET]]] },
  {
    name: "C.3, requests without Huffman code",
    blocks: [
      ["828684410f7777772e6578616d706c652e636f6d", FIRST],
      ["828684be58086e6f2d6361636865", SECOND],
      ["828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", THIRD],
    ],
  },
  {
    name: "C.4, requests in Huffman code",
    blocks: [
      ["828684418cf1e3c2e5f23a6ba0ab90f4ff", FIRST],
      ["828684be5886a8eb10649cbf", SECOND],
      ["828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", THIRD],
    ],
  },
  {
    name: "C.5, answers without Huffman code, whose table evicts",
    blocks: [
      [
        `${TABLE_OF_256} 4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d`,
        answer("302", DATES[0]),
      ],
      ["4803333037c1c0bf", answer("307", DATES[0])],
      [
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
        LAST,
      ],
    ],
  },
  {
    name: "C.6, answers in Huffman code, whose table evicts",
    blocks: [
      [
        `${TABLE_OF_256} 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3`,
        answer("302", DATES[0]),
      ],
      ["4883640effc1c0bf", answer("307", DATES[0])],
      [
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        LAST,
      ],
    ],
  },
] as const;

const BROKEN = [
  { why: "the index 0 names nothing", hex: "80" },
  { why: "the dynamic table is empty", hex: "be" },
  { why: "an index lies far beyond the table", hex: "ff ff 01" },
  { why: "a literal names a field that is not there", hex: "7e 01 61" },
  { why: "an integer does not end with its block", hex: "ff 80" },
  { why: "an integer takes more bytes than any length needs", hex: "ff 80 80 80 80 80 01" },
  { why: "a name is longer than its block", hex: "00 05 61" },
  { why: "a value is longer than its block", hex: "00 01 61 02 62" },
  { why: "a block ends before the value", hex: "00 01 61" },
  { why: "the table grows beyond what was offered", hex: "3f e2 1f" },
  { why: "the table changes its size after a field", hex: "82 20" },
  { why: "Huffman code is padded with zeros", hex: "00 01 61 81 18" },
  { why: "Huffman code is padded with a whole byte", hex: "00 01 61 82 1f ff" },
  { why: "Huffman code holds the end of string", hex: "00 01 61 84 ff ff ff ff" },
];

describe("FieldDecoder", () => {
  for (const { name, blocks } of EXAMPLES) {
    test(`reads the example ${name} of RFC 7541`, () => {
      const decoder = new FieldDecoder();
      for (const [hex, fields] of blocks) assert.deepEqual(pairsOf(decoder.decode(bytesOf(hex))), fields);
    });
  }

  for (const { why, hex } of BROKEN) {
    test(`takes no block in which ${why}`, () => {
      assert.throws(() => new FieldDecoder().decode(bytesOf(hex)), CompressionError);
    });
  }

  test("drops the oldest fields when the table is made smaller, and keeps none when it has no room", () => {
    const decoder = new FieldDecoder();
    // Two entries of 34 bytes.
    decoder.decode(bytesOf("40 01 61 01 31 40 01 62 01 32"));
    assert.deepEqual(pairsOf(decoder.decode(bytesOf("bf be"))), [
      ["a", "1"],
      ["b", "2"],
    ]);
    assert.deepEqual(pairsOf(decoder.decode(bytesOf("3f 03 be"))), [["b", "2"]]);
    assert.throws(() => decoder.decode(bytesOf("bf")), CompressionError);
    assert.deepEqual(pairsOf(decoder.decode(bytesOf("20 40 01 63 01 33"))), [["c", "3"]]);
    assert.throws(() => decoder.decode(bytesOf("be")), CompressionError);
  });

  test("takes two changes of size in a row, the smallest and the last, as encoders tell them", () => {
    const decoder = new FieldDecoder();
    decoder.decode(bytesOf("40 01 61 01 31"));
    assert.deepEqual(pairsOf(decoder.decode(bytesOf("20 3f e1 1f 40 01 62 01 32"))), [["b", "2"]]);
    assert.deepEqual(pairsOf(decoder.decode(bytesOf("be"))), [["b", "2"]]);
  });

  test("empties the table for a field that is larger than it", () => {
    const decoder = new FieldDecoder();
    decoder.decode(bytesOf("40 01 61 01 31"));
    // 4,097 bytes: 127 + 0x02 + 0x1f * 128
    const large = Buffer.concat([bytesOf("40 01 62 7f 82 1f"), Buffer.alloc(4_097, "x")]);
    assert.deepEqual(pairsOf(decoder.decode(large)), [["b", "x".repeat(4_097)]]);
    assert.throws(() => decoder.decode(bytesOf("be")), CompressionError);
  });

  test("may name a new field by one that is evicted for it", () => {
    const decoder = new FieldDecoder();
    decoder.decode(bytesOf("3f 03 40 01 61 01 31"));
    assert.deepEqual(pairsOf(decoder.decode(bytesOf("7e 01 32"))), [["a", "2"]]);
    assert.deepEqual(pairsOf(decoder.decode(bytesOf("be"))), [["a", "2"]]);
  });
});

describe("Huffman code", () => {
  test("has no text that is too long to be decoded: a head may have 256 KiB", () => {
    // Five zeros are a "0": eight of them take five bytes.
    assert.equal(decodeHuffman(Buffer.alloc(250_000))?.length, 400_000);
  });

  test("takes up to seven ones as padding, of an empty text too", () => {
    assert.equal(decodeHuffman(Buffer.of()), "");
    assert.equal(decodeHuffman(Buffer.of(0b00011_111)), "a");
    assert.equal(decodeHuffman(Buffer.of(0xff)), undefined);
  });
});
