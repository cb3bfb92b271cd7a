import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { keyOf, type KubeObject, type OwnerReference } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import { withoutBookkeeping } from "@polykind/informer";
import fc from "fast-check";
import { decodeLine, decodePage, type Expected } from "../src/reflector/decode.ts";
import { Decoder } from "../src/reflector/decoder.ts";
import { endOfValue, newNesting } from "../src/reflector/json-end.ts";
import { Scanner } from "../src/reflector/scan.ts";
import { Bodies, BodyRecord } from "../src/store/body.ts";

const EXPECTED: Expected = { apiVersion: "a/v1", kind: "K", path: "/apis/a/v1/ks" };
const META = '"name":"n","namespace":"ns","resourceVersion":"7","uid":"u"';
const objectOf = (rest = "", metadata = META): string => `{"apiVersion":"a/v1","kind":"K","metadata":{${metadata}}${rest}}`;
const eventOf = (object: string): string => `{"type":"ADDED","object":${object}}`;
const decoderOf = (expected = EXPECTED): Decoder => new Decoder(expected, new Bodies({ finished: withoutBookkeeping }));

/** What a decoder says, in a form that can be compared; the error's code when it throws. */
function outcomeOf(decode: () => ReturnType<Decoder["line"]>): unknown {
  try {
    const line = decode();
    if (!("type" in line) || line.type === "bookmark") return isPolykindError(line) ? line.code : line;
    const { key, uid, resourceVersion, object } = line.record;
    return { type: line.type, key, uid, resourceVersion, json: JSON.stringify(withoutBookkeeping(object)) };
  } catch (cause) {
    return isPolykindError(cause) ? cause.code : cause;
  }
}

const assertEqual = (line: Uint8Array, expected = EXPECTED): void =>
  assert.deepEqual(
    outcomeOf(() => decoderOf(expected).line(line)),
    outcomeOf(() => decodeLine(line, expected)),
  );

const isScanned = (object: string): boolean => {
  const line = decoderOf().line(Buffer.from(eventOf(object)));
  return "type" in line && line.type !== "bookmark" && line.record instanceof BodyRecord;
};

describe("a line that the scanner recognises", () => {
  for (const { why, object } of [
    { why: "has a body of any shape", object: objectOf(',"spec":{"a":[1,-0.5e+7,{"b":null}],"c":{},"d":[],"e":"é\\u00e9\\n😀"}') },
    { why: "keeps __proto__ as data", object: objectOf(',"__proto__":{"x":1},"spec":{"__proto__":null}') },
    { why: "keeps numbers as JSON.parse reads them, above 2^53 too", object: objectOf(',"spec":{"n":9007199254740993,"m":1e400}') },
    { why: "has the later of two equal keys of the body", object: objectOf(',"spec":1,"spec":2') },
    { why: "has managed fields first in its metadata", object: objectOf("", `"managedFields":[{"a":"]}"}],${META}`) },
    { why: "has managed fields last in its metadata", object: objectOf("", `${META},"managedFields":[{}]`) },
    {
      why: "has kubectl's copy among its annotations",
      object: objectOf(
        "",
        `"annotations":{"a":"1","kubectl.kubernetes.io/last-applied-configuration":"{\\"x\\":1}"},"managedFields":[],${META}`,
      ),
    },
    {
      why: "has nothing but kubectl's copy in its annotations",
      object: objectOf("", `${META},"annotations":{"kubectl.kubernetes.io/last-applied-configuration":""}`),
    },
    { why: "has no namespace", object: objectOf("", '"name":"n","resourceVersion":"7","uid":"u"') },
    { why: "has no annotations but null", object: objectOf("", `"annotations":null,${META}`) },
    { why: "has its type and kind last", object: `{"metadata":{${META}},"kind":"K","apiVersion":"a/v1"}` },
  ]) {
    test(`${why}, and is what JSON.parse says`, () => {
      assert.ok(isScanned(object));
      assertEqual(Buffer.from(eventOf(object)));
    });
  }

  test("tells its controlling owners without being parsed", () => {
    const owner = (uid: string, controller?: boolean) => ({
      apiVersion: "a/v1",
      kind: "O",
      name: "o",
      uid,
      ...(controller && { controller }),
    });
    const owners = JSON.stringify([owner("x"), owner("y", true)]);
    const line = decoderOf().line(Buffer.from(eventOf(objectOf("", `${META},"ownerReferences":${owners}`))));
    assert.ok("type" in line && line.type === "upsert");
    assert.deepEqual(line.record.owners, ["y"]);
  });
});

describe("a bookmark", () => {
  const END = '"k8s.io/initial-events-end"';
  const bookmarkOf = (metadata: string): string => `{"type":"BOOKMARK","object":${objectOf("", metadata)}}`;
  const isRead = (line: string): boolean => new Scanner().event(Buffer.from(line), EXPECTED) === "BOOKMARK";

  for (const { why, metadata, isEnd = false } of [
    { why: "of a version", metadata: '"creationTimestamp":null,"resourceVersion":"7"' },
    { why: "that ends the initial events", metadata: `"annotations":{${END}:"true"},"resourceVersion":"7"`, isEnd: true },
    {
      why: "with other annotations beside it",
      metadata: `"resourceVersion":"7","annotations":{"a":"b",${END}:"true","c":"d"}`,
      isEnd: true,
    },
    { why: "that denies to end them", metadata: `"annotations":{${END}:"false"},"resourceVersion":"7"` },
    { why: "whose end is no text", metadata: `"annotations":{${END}:true},"resourceVersion":"7"` },
    { why: "without annotations", metadata: '"annotations":null,"resourceVersion":"7"' },
  ]) {
    test(`${why} is read without being parsed, and is what JSON.parse says`, () => {
      const line = bookmarkOf(metadata);
      assert.ok(isRead(line));
      assert.deepEqual(decoderOf().line(Buffer.from(line)), { type: "bookmark", version: "7", isInitialEventsEnd: isEnd });
      assertEqual(Buffer.from(line));
    });
  }

  for (const { why, line } of [
    { why: "it comes before its type", line: `{"object":${objectOf("", '"resourceVersion":"7"')},"type":"BOOKMARK"}` },
    { why: "its annotations come twice", line: bookmarkOf(`"annotations":{${END}:"true"},"annotations":{},"resourceVersion":"7"`) },
    {
      why: "empty annotations come before others",
      line: bookmarkOf(`"annotations":{},"annotations":{${END}:"true"},"resourceVersion":"7"`),
    },
    { why: "it says twice that it is the end", line: bookmarkOf(`"annotations":{${END}:"true",${END}:"false"},"resourceVersion":"7"`) },
    { why: "it has no version", line: bookmarkOf('"resourceVersion":""') },
    { why: "it is of another kind", line: bookmarkOf('"resourceVersion":"7"').replace('"K"', '"L"') },
  ]) {
    test(`is left to JSON.parse where ${why}`, () => {
      assert.ok(!isRead(line));
      assertEqual(Buffer.from(line));
    });
  }

  test("is no object without a name", () => {
    const scanner = new Scanner();
    assert.equal(scanner.event(Buffer.from(bookmarkOf('"resourceVersion":"7"')), EXPECTED), "BOOKMARK");
    assert.equal(scanner.event(Buffer.from(eventOf(objectOf("", '"resourceVersion":"7"'))), EXPECTED), undefined);
  });
});

describe("a line that the scanner leaves to JSON.parse", () => {
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  for (const { why, object } of [
    { why: "two names", object: objectOf("", `"name":"m",${META}`) },
    { why: "two metadata", object: objectOf(`,"metadata":{${META.replace("n", "m")}}`) },
    { why: "a name behind an escape", object: objectOf("", META.replace('"n"', '"\\u006e"')) },
    { why: "a key behind an escape", object: objectOf("", META.replace('"name"', '"n\\u0061me"')) },
    { why: "a name that is not ASCII", object: objectOf("", META.replace('"n"', '"é"')) },
    { why: "whitespace", object: objectOf(', "spec": 1') },
    { why: "nesting of 10,000", object: objectOf(`,"spec":${deep}`) },
    {
      why: "two copies of the manifest",
      object: objectOf("", `${META},"annotations":{${Array(2).fill('"kubectl.kubernetes.io/last-applied-configuration":"x"').join()}}`),
    },
    { why: "no uid", object: objectOf("", '"name":"n","resourceVersion":"7"') },
    { why: "a uid that is no string", object: objectOf("", META.replace('"u"', "1")) },
    { why: "another kind", object: objectOf().replace('"K"', '"L"') },
    { why: "metadata that is no object", object: '{"apiVersion":"a/v1","kind":"K","metadata":[]}' },
    { why: "no JSON", object: objectOf(',"spec":01') },
    { why: "a torn string", object: objectOf(',"spec":"') },
    { why: "a raw control character", object: objectOf(',"spec":"\t"') },
  ]) {
    test(`because of ${why}, with the same outcome`, () => {
      const line = Buffer.from(eventOf(object));
      assert.equal(
        new Scanner().event(line, EXPECTED) === undefined || outcomeOf(() => decodeLine(line, EXPECTED)) === "API_PROTOCOL",
        true,
      );
      assertEqual(line);
    });
  }

  test("because it is not UTF-8, with the same outcome", () => {
    assertEqual(Buffer.from(eventOf(objectOf(',"spec":"\xff"')), "latin1"));
  });
});

describe("the end of a JSON value", () => {
  const nesting = newNesting();

  test("is found in everything that JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const bytes = Buffer.from(`${JSON.stringify(value)},`);
        assert.equal(endOfValue(bytes, 0, nesting), bytes.length - 1);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is found in nothing that JSON.parse refuses, whichever byte was changed", () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: "binary" }), fc.nat(), fc.nat(255), (text, where, byte) => {
        const bytes = Buffer.from(text);
        bytes[where % bytes.length] = byte;
        const end = endOfValue(bytes, 0, nesting);
        if (end !== -1) JSON.parse(bytes.toString("utf8", 0, end));
      }),
      { numRuns: 10_000 },
    );
  });

  for (const text of [
    "",
    "-",
    "01x",
    "1.",
    "1.e5",
    "1e",
    "+1",
    "tru",
    "nulL",
    '"\\u12g4"',
    '"\\x"',
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    '{"a"1}',
    "[1}",
    "]",
  ]) {
    test(`is not found in ${JSON.stringify(text)}, or before what makes it wrong`, () => {
      const end = endOfValue(Buffer.from(text), 0, nesting);
      assert.ok(end === -1 || end < text.length);
    });
  }
});

describe("scanned objects", () => {
  const meta = fc.record(
    {
      name: fc.string(),
      namespace: fc.string(),
      uid: fc.string(),
      resourceVersion: fc.nat().map(String),
      labels: fc.dictionary(fc.string(), fc.string()),
      annotations: fc.dictionary(fc.oneof(fc.string(), fc.constant("kubectl.kubernetes.io/last-applied-configuration")), fc.string()),
      managedFields: fc.jsonValue(),
      ownerReferences: fc.oneof(fc.jsonValue(), fc.array(fc.record({ uid: fc.string(), controller: fc.boolean() }))),
    },
    { requiredKeys: ["name", "uid", "resourceVersion"] },
  );
  const object = fc.record({
    apiVersion: fc.constantFrom("a/v1", "b"),
    kind: fc.constantFrom("K", "L"),
    metadata: meta,
    spec: fc.jsonValue(),
  });

  test("are what JSON.parse makes of them", () => {
    fc.assert(
      fc.property(object, fc.constantFrom("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "x"), (object, type) => {
        assertEqual(Buffer.from(JSON.stringify({ type, object })));
      }),
      { numRuns: 2_000 },
    );
  });

  test("are what JSON.parse makes of them, or an error of the same code, whichever byte was changed", () => {
    const strict = fc.tuple(object, fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(strict, ([object, where, byte]) => {
        const bytes = Buffer.from(JSON.stringify({ type: "ADDED", object: { ...object, apiVersion: "a/v1", kind: "K" } }));
        bytes[where % bytes.length] = byte;
        assertEqual(bytes);
      }),
      { numRuns: 5_000 },
    );
  });

  test("are what JSON.parse makes of them when they come in a list", () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 4 }), fc.constantFrom("", "more"), (items, token) => {
        const body = Buffer.from(
          `${JSON.stringify({ apiVersion: "a/v1", items, kind: "KList", metadata: { continue: token, resourceVersion: "9" } })}\n`,
        );
        assert.deepEqual(
          pageOf(() => decoderOf().page(body)),
          pageOf(() => decodePage(body, EXPECTED)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  function pageOf(decode: () => ReturnType<Decoder["page"]>): unknown {
    try {
      const { records, ...rest } = decode();
      return { ...rest, records: records.map(({ key, object }) => [key, JSON.stringify(withoutBookkeeping(object))]) };
    } catch (cause) {
      return isPolykindError(cause) ? cause.code : cause;
    }
  }
});

const REAL_OBJECTS = resolve(import.meta.dirname, "../../../", process.env["POLYKIND_DATA"] ?? "../shared/data", "objects.ndjson.gz");

describe("real objects", { skip: existsSync(REAL_OBJECTS) ? false : `${REAL_OBJECTS} is absent (POLYKIND_DATA names its folder)` }, () => {
  test("are recognised, and are what JSON.parse makes of them", () => {
    let recognised = 0;
    const lines = gunzipSync(readFileSync(REAL_OBJECTS)).toString().trim().split("\n");
    for (const [i, line] of lines.entries()) {
      const { object } = JSON.parse(line) as {
        readonly object: KubeObject & { readonly metadata: { ownerReferences?: OwnerReference[] } };
      };
      const whole = {
        ...object,
        metadata: { ...object.metadata, uid: `u${i}`, resourceVersion: String(i), managedFields: [{ a: i }] },
      };
      const expected = { apiVersion: whole.apiVersion, kind: whole.kind, path: "/" };
      const bytes = Buffer.from(JSON.stringify({ type: "MODIFIED", object: whole }));
      assertEqual(bytes, expected);
      const decoded = decoderOf(expected).line(bytes);
      if (!("type" in decoded) || decoded.type === "bookmark" || !(decoded.record instanceof BodyRecord)) continue;
      recognised += 1;
      assert.equal(decoded.record.key, keyOf(whole.metadata));
      assert.equal("managedFields" in decoded.record.object.metadata, false);
    }
    assert.ok(recognised > lines.length * 0.98, `${recognised} of ${lines.length}`);
  });
});
