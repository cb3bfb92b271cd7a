import type { JsonObject } from "../../src/patch/index.ts";

/** An object that is created, or updated where `before` is there, under a schema of its `spec`. */
export interface ObjectCase {
  readonly why: string;
  readonly spec: JsonObject;
  /** The `spec` that is there already; it was created before the schema was what it is. */
  readonly before?: JsonObject;
  readonly object: unknown;
  readonly old?: unknown;
}

const text = { type: "string" } as const;
const int = { type: "integer" } as const;
const object = (properties: JsonObject, rest: JsonObject = {}): JsonObject => ({ type: "object", properties, ...rest });
const list = (items: JsonObject, rest: JsonObject = {}): JsonObject => ({ type: "array", items, ...rest });

function formats(): readonly ObjectCase[] {
  const samples: Readonly<Record<string, readonly string[]>> = {
    "date-time": [
      "2024-02-29T12:00:00Z",
      "2023-02-29T12:00:00Z",
      "2024-01-01 12:00:00Z",
      "2024-01-01T12:00:00",
      "2024-01-01T12:00:00.123+01:00",
      "2024-01-01t12:00:00z",
      "",
    ],
    date: ["2024-02-29", "2023-02-29", "2024-1-1", "20240101"],
    duration: ["1h", "1.5s", "-2m", "5 minutes", "3 days", "2w", "x", "", "1y", "10", "0"],
    uuid: ["123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000", "x"],
    uuid4: ["123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"],
    ipv4: ["1.2.3.4", "01.2.3.4", "1.2.3", "256.1.1.1", "::1"],
    ipv6: ["::1", "1.2.3.4", "fe80::1%eth0", "1:2:3:4:5:6:7:8", "1::2::3", "::ffff:1.2.3.4", "1:2:3:4:5:6:7::"],
    cidr: ["10.0.0.0/8", "10.0.0.0", "10.0.0.0/33", "::/0", "010.0.0.0/08"],
    mac: ["00:00:5e:00:53:01", "02-00-5e-10-00-00-00-01", "0000.5e00.5301", "00:00:5e:00:53", "x"],
    uri: ["https://example.com/x", "/path", "x", "http://a b", "http://[::1]:80/", "http://%zz/", "mailto:a@b.c", "http://x:y", ""],
    email: ["a@b.c", "Name <a@b.c>", "a", "a@", "@b", "a@b", '"a b"@c.d'],
    hostname: ["example.com", "a_b", "-a", "a-", "localhost", "1.2", "a".repeat(64)],
    byte: ["aGVsbG8=", "aGVsbG8", "", "a-_b", "===="],
    hexcolor: ["#fff", "ffffff", "#ff"],
    rgbcolor: ["rgb(1,2,3)", "rgb(256,0,0)", "rgb( 1 , 2 , 3 )"],
    isbn: ["0321751043", "978-0321751041", "123"],
    creditcard: ["4111 1111 1111 1111", "4111 1111 1111 1112"],
    ssn: ["111-11-1111", "111 11 1111", "111111111"],
    bsonobjectid: ["507f1f77bcf86cd799439011", "507f1f77"],
    password: ["anything"],
    "k8s-short-name": ["a-b", "a.b", "A"],
    "k8s-long-name": ["a-b.c", "a..b"],
    nonsense: ["anything"],
  };
  return Object.entries(samples).flatMap(([format, values]) =>
    values.map((value) => ({
      why: `${format}: ${JSON.stringify(value).slice(0, 50)}`,
      spec: object({ x: { ...text, format } }),
      object: { x: value },
    })),
  );
}

const CREATES: readonly ObjectCase[] = [
  { why: "a string is no integer", spec: object({ x: int }), object: { x: "1" } },
  { why: "a fraction is no integer", spec: object({ x: int }), object: { x: 1.5 } },
  { why: "a whole number is a number", spec: object({ x: { type: "number" } }), object: { x: 1 } },
  {
    why: "types that are wrong are all told",
    spec: object({ a: text, b: { type: "boolean" }, c: list(text), d: object({}) }),
    object: { a: 1, b: "x", c: {}, d: [] },
  },
  { why: "null where it is not allowed is dropped", spec: object({ a: text, b: text }), object: { a: null, b: "x" } },
  { why: "null where it is allowed stays", spec: object({ a: { ...text, nullable: true } }), object: { a: null } },
  { why: "null in a list is refused", spec: object({ a: list(text) }), object: { a: ["x", null] } },
  {
    why: "null in an enumeration that does not list it is refused though nullable",
    spec: object({ a: { ...text, nullable: true, enum: ["x"] } }),
    object: { a: null },
  },
  { why: "null gives way to a default", spec: object({ a: { ...text, default: "d" } }), object: { a: null } },
  {
    why: "null stays where it is allowed, though there is a default",
    spec: object({ a: { ...text, nullable: true, default: "d" } }),
    object: { a: null },
  },
  { why: "an empty object gets the defaults of its fields", spec: object({ a: object({ b: { ...int, default: 5 } }) }), object: { a: {} } },
  {
    why: "a missing object does not get the defaults of its fields",
    spec: object({ a: object({ b: { ...int, default: 5 } }) }),
    object: {},
  },
  {
    why: "an object that is a default gets the defaults of its fields",
    spec: object({ a: object({ b: { ...int, default: 5 }, c: int }, { default: { c: 1 } }) }),
    object: {},
  },
  {
    why: "items and values of maps get defaults",
    spec: object({
      a: list(object({ b: { ...int, default: 5 } })),
      m: { type: "object", additionalProperties: object({ c: { ...int, default: 6 } }) },
    }),
    object: { a: [{}, { b: 1 }], m: { k: {} } },
  },
  { why: "an enumeration is told", spec: object({ a: { ...text, enum: ["x", "y"] } }), object: { a: "z" } },
  { why: "an enumeration of numbers is told", spec: object({ a: { ...int, enum: [1, 2] } }), object: { a: 3 } },
  {
    why: "a fraction passes for the whole number of an enumeration",
    spec: object({ a: { type: "number", enum: [1, 2] } }),
    object: { a: 1.7 },
  },
  { why: "int32 has a range", spec: object({ a: { ...int, format: "int32" } }), object: { a: 3000000000 } },
  { why: "int64 has a range", spec: object({ a: { ...int, format: "int64" } }), object: { a: 1e20 } },
  {
    why: "bounds",
    spec: object({
      a: { ...int, minimum: 1, maximum: 3 },
      b: { ...int, minimum: 1, maximum: 3 },
      c: { ...int, minimum: 1, exclusiveMinimum: true },
    }),
    object: { a: 0, b: 4, c: 1 },
  },
  {
    why: "bounds of fractions",
    spec: object({ a: { type: "number", minimum: 0.5 }, b: { type: "number", maximum: 0.5, exclusiveMaximum: true } }),
    object: { a: 0.25, b: 0.5 },
  },
  { why: "a step", spec: object({ a: { ...int, multipleOf: 5 }, b: { type: "number", multipleOf: 0.1 } }), object: { a: 7, b: 0.35 } },
  { why: "a step that is kept but for rounding", spec: object({ b: { type: "number", multipleOf: 0.1 } }), object: { b: 0.3 } },
  {
    why: "lengths count characters, not bytes",
    spec: object({ a: { ...text, maxLength: 2 }, b: { ...text, minLength: 3 } }),
    object: { a: "\u{1f600}\u{1f600}", b: "\u{1f600}\u{1f600}" },
  },
  { why: "too long", spec: object({ a: { ...text, maxLength: 1 } }), object: { a: "ab" } },
  { why: "a pattern", spec: object({ a: { ...text, pattern: "^[a-z]+$" } }), object: { a: 'A"\n\u0001' } },
  { why: "a pattern that is matched anywhere", spec: object({ a: { ...text, pattern: "b" } }), object: { a: "abc" } },
  { why: "a pattern of RE2 that JavaScript lacks", spec: object({ a: { ...text, pattern: "(?i)^\\pL+\\z" } }), object: { a: "ABC\u00f6" } },
  {
    why: "too few and too many items",
    spec: object({ a: list(text, { minItems: 2 }), b: list(text, { maxItems: 1 }) }),
    object: { a: ["x"], b: ["x", "y"] },
  },
  {
    why: "too few and too many fields",
    spec: object({
      a: { type: "object", minProperties: 1, additionalProperties: text },
      b: { type: "object", maxProperties: 1, additionalProperties: text },
    }),
    object: { a: {}, b: { x: "1", y: "2" } },
  },
  {
    why: "required fields",
    spec: object({ a: object({ b: text, c: text }, { required: ["b", "c"] }) }, { required: ["z"] }),
    object: { a: { b: "x" } },
  },
  {
    why: "int-or-string takes both and nothing else",
    spec: object({
      a: { "x-kubernetes-int-or-string": true },
      b: { "x-kubernetes-int-or-string": true },
      c: { "x-kubernetes-int-or-string": true },
    }),
    object: { a: 1, b: "x", c: 1.5 },
  },
  {
    why: "int-or-string with its usual anyOf",
    spec: object({ a: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }], pattern: "^x" } }),
    object: { a: "y" },
  },
  {
    why: "no branch of anyOf fits",
    spec: object({ a: object({ b: int, c: int }, { anyOf: [{ required: ["b"] }, { required: ["c"] }] }) }),
    object: { a: {} },
  },
  {
    why: "two branches of oneOf fit",
    spec: object({ a: object({ b: int, c: int }, { oneOf: [{ required: ["b"] }, { required: ["c"] }] }) }),
    object: { a: { b: 1, c: 1 } },
  },
  {
    why: "no branch of oneOf fits, and the best is told",
    spec: object({
      a: object(
        { b: int, c: text },
        {
          oneOf: [
            { required: ["b"], properties: { b: { minimum: 5 } } },
            { required: ["c"], properties: { c: { pattern: "^x" } } },
          ],
        },
      ),
    }),
    object: { a: { b: 1 } },
  },
  {
    why: "allOf fails as a whole and in part",
    spec: object({ a: { ...int, allOf: [{ minimum: 5 }, { maximum: 10 }] }, b: { ...int, allOf: [{ minimum: 5 }, { multipleOf: 2 }] } }),
    object: { a: 1, b: 1 },
  },
  { why: "not", spec: object({ a: { ...int, not: { enum: [1] } } }), object: { a: 1 } },
  {
    why: "unknown fields are dropped, below items and maps too",
    spec: object({ a: list(object({ b: text })), m: { type: "object", additionalProperties: object({ c: text }) } }),
    object: { x: 1, a: [{ b: "1", y: 2 }], m: { k: { c: "1", z: 3 } } },
  },
  {
    why: "unknown fields are kept where the schema says so, but for those below fields that it knows",
    spec: object({ a: { "x-kubernetes-preserve-unknown-fields": true, ...object({ b: object({ c: text }) }) } }),
    object: { a: { x: { y: 1 }, b: { c: "1", z: 2 } } },
  },
  {
    why: "additionalProperties: true keeps keys, and empties the objects below",
    spec: object({ a: { type: "object", additionalProperties: true } }),
    object: { a: { x: { y: 1 }, z: 1 } },
  },
  {
    why: "a list without items of a schema",
    spec: object({ a: { "x-kubernetes-preserve-unknown-fields": true } }),
    object: { a: [{ b: [1, { c: null }] }, null] },
  },
  {
    why: "sets have no duplicates",
    spec: object({ a: list(text, { "x-kubernetes-list-type": "set" }) }),
    object: { a: ["x", "y", "x", "x"] },
  },
  {
    why: "sets of objects have no duplicates",
    spec: object({ a: list({ ...object({ b: int, c: int }), "x-kubernetes-map-type": "atomic" }, { "x-kubernetes-list-type": "set" }) }),
    object: {
      a: [
        { b: 1, c: 2 },
        { c: 2, b: 1 },
      ],
    },
  },
  {
    why: "keyed lists have no duplicates",
    spec: object({
      a: list(object({ k: text, v: int }, { required: ["k"] }), { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] }),
    }),
    object: {
      a: [
        { k: "x", v: 1 },
        { k: "x", v: 2 },
      ],
    },
  },
  {
    why: "keyed lists with two keys have no duplicates",
    spec: object({
      a: list(object({ k: text, l: { ...int, default: 1 } }, { required: ["k"] }), {
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k", "l"],
      }),
    }),
    object: { a: [{ k: "x" }, { k: "x", l: 1 }, { k: "x", l: 2 }] },
  },
  {
    why: "embedded resources must be resources",
    spec: object({ a: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true } }),
    object: { a: { kind: "not a kind", metadata: { name: "a/b", labels: { "!": "x" }, unknown: 1 }, x: 1 } },
  },
  {
    why: "embedded resources keep what they are",
    spec: object({ a: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true } }),
    object: { a: { apiVersion: "v1", kind: "Pod", metadata: { name: "A_b", labels: {} }, x: { y: null } } },
  },
  {
    why: "embedded metadata that cannot be read",
    spec: object({ a: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true } }),
    object: { a: { apiVersion: "v1", kind: "Pod", metadata: { labels: { a: 1 } } } },
  },
  {
    why: "a rule that fails says its own text",
    spec: object({ a: int, b: int }, { "x-kubernetes-validations": [{ rule: "self.a < self.b" }] }),
    object: { a: 2, b: 1 },
  },
  {
    why: "a rule that fails says its message, its reason and its field",
    spec: object(
      { a: int },
      { "x-kubernetes-validations": [{ rule: "self.a < 1", message: " a is big ", reason: "FieldValueForbidden", fieldPath: ".a" }] },
    ),
    object: { a: 2 },
  },
  {
    why: "a rule on a scalar shows its value",
    spec: object({
      a: { ...int, "x-kubernetes-validations": [{ rule: "self < 1", reason: "FieldValueDuplicate" }, { rule: "self < 2" }] },
    }),
    object: { a: 5 },
  },
  {
    why: "a message is worked out",
    spec: object(
      { a: int },
      {
        "x-kubernetes-validations": [{ rule: "self.a < 1", message: "static", messageExpression: "self.a > 5 ? 'very big' : 'quite big'" }],
      },
    ),
    object: { a: 2 },
  },
  {
    why: "a message that cannot be worked out gives way to the static one",
    spec: object(
      { a: int, b: { ...text, maxLength: 9 } },
      { "x-kubernetes-validations": [{ rule: "self.a < 1", message: "static", messageExpression: "self.b" }] },
    ),
    object: { a: 2 },
  },
  {
    why: "a rule that compares is not asked of what is new",
    spec: object({ a: { ...int, "x-kubernetes-validations": [{ rule: "self >= oldSelf" }] } }),
    object: { a: 1 },
  },
  {
    why: "a rule that may compare is asked of what is new",
    spec: object({ a: { ...int, "x-kubernetes-validations": [{ rule: "oldSelf.hasValue() || self > 5", optionalOldSelf: true }] } }),
    object: { a: 1 },
  },
  {
    why: "rules are not asked where the shape is wrong",
    spec: object({ a: int, b: int }, { required: ["b"], "x-kubernetes-validations": [{ rule: "self.a < self.b" }] }),
    object: { a: 2 },
  },
  {
    why: "rules are asked where only a bound is broken",
    spec: object({ a: { ...int, maximum: 1 } }, { "x-kubernetes-validations": [{ rule: "self.a < 1" }] }),
    object: { a: 2 },
  },
  {
    why: "rules of items and of map values",
    spec: object({
      a: list({ ...int, "x-kubernetes-validations": [{ rule: "self > 0" }] }, { maxItems: 5 }),
      m: {
        type: "object",
        maxProperties: 5,
        additionalProperties: { ...text, maxLength: 5, "x-kubernetes-validations": [{ rule: "self != 'x'" }] },
      },
    }),
    object: { a: [1, 0, -1], m: { k: "x", l: "y" } },
  },
];

const keyed = (rest: JsonObject = {}): JsonObject =>
  list(object({ k: text, v: { ...int, ...rest } }, { required: ["k"] }), {
    maxItems: 5,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k"],
  });

const UPDATES: readonly ObjectCase[] = [
  {
    why: "what was wrong and has not changed passes",
    before: object({ a: int, b: text }),
    spec: object({ a: { ...int, maximum: 1 }, b: text }),
    old: { a: 5, b: "x" },
    object: { a: 5, b: "y" },
  },
  {
    why: "what was wrong and has changed does not pass",
    before: object({ a: int }),
    spec: object({ a: { ...int, maximum: 1 } }),
    old: { a: 5 },
    object: { a: 6 },
  },
  {
    why: "items of a plain list do not pass when another changes",
    before: object({ a: list(int) }),
    spec: object({ a: list({ ...int, maximum: 1 }) }),
    old: { a: [5, 6] },
    object: { a: [5, 1] },
  },
  {
    why: "items of a keyed list pass by themselves",
    before: object({ a: keyed() }),
    spec: object({ a: keyed({ maximum: 1 }) }),
    old: {
      a: [
        { k: "x", v: 5 },
        { k: "y", v: 1 },
      ],
    },
    object: {
      a: [
        { k: "y", v: 0 },
        { k: "x", v: 5 },
      ],
    },
  },
  {
    why: "a missing required field passes while its object is as it was",
    before: object({ a: object({ b: text }), c: text }),
    spec: object({ a: object({ b: text }, { required: ["b"] }), c: text }),
    old: { a: {}, c: "x" },
    object: { a: {}, c: "y" },
  },
  {
    why: "a failing rule passes while its node is as it was",
    before: object({ a: int, b: text }),
    spec: object({ a: { ...int, "x-kubernetes-validations": [{ rule: "self < 1" }] }, b: text }),
    old: { a: 5, b: "x" },
    object: { a: 5, b: "y" },
  },
  {
    why: "a failing rule does not pass where anything in its node changed",
    before: object({ a: int, b: text }),
    spec: object({ a: int, b: text }, { "x-kubernetes-validations": [{ rule: "self.a < 1" }] }),
    old: { a: 5, b: "x" },
    object: { a: 5, b: "y" },
  },
  {
    why: "rules compare with what was there",
    before: object({ a: int }),
    spec: object({ a: { ...int, "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "must not shrink" }] } }),
    old: { a: 5 },
    object: { a: 4 },
  },
  {
    why: "rules compare items of keyed lists by their keys",
    before: object({ a: keyed() }),
    spec: object({ a: keyed({ "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "must not shrink" }] }) }),
    old: {
      a: [
        { k: "x", v: 5 },
        { k: "y", v: 1 },
      ],
    },
    object: {
      a: [
        { k: "y", v: 2 },
        { k: "x", v: 4 },
      ],
    },
  },
  {
    why: "rules with an optional former value see it",
    before: object({ a: int }),
    spec: object({
      a: { ...int, "x-kubernetes-validations": [{ rule: "oldSelf.optMap(o, self == o).orValue(true)", optionalOldSelf: true }] },
    }),
    old: { a: 5 },
    object: { a: 4 },
  },
  {
    why: "a set that had duplicates may have others",
    before: object({ a: list(text) }),
    spec: object({ a: list(text, { "x-kubernetes-list-type": "set" }) }),
    old: { a: ["x", "x"] },
    object: { a: ["x", "x", "y", "y"] },
  },
  {
    why: "anyOf passes while its value is as it was",
    before: object({ a: object({ b: int, c: int }), d: int }),
    spec: object({ a: object({ b: int, c: int }, { anyOf: [{ required: ["b"] }, { required: ["c"] }] }), d: int }),
    old: { a: {}, d: 1 },
    object: { a: {}, d: 2 },
  },
  {
    why: "an enumeration that lost a value lets it stay",
    before: object({ a: text, b: int }),
    spec: object({ a: { ...text, enum: ["x"] }, b: int }),
    old: { a: "y", b: 1 },
    object: { a: "y", b: 2 },
  },
];

/** All cases of objects. */
export const OBJECT_CASES: readonly ObjectCase[] = [...CREATES, ...formats(), ...UPDATES];
