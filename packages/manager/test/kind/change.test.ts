import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CrdDescriptor } from "@polykind/apimachinery";
import fc from "fast-check";
import { type ChangeClass, classOf, closesWatches, keepsBodies } from "../../src/kind/change.ts";
import { crd, version } from "../support/crds.ts";

interface Row {
  readonly why: string;
  readonly after: CrdDescriptor | undefined;
  readonly is: readonly ChangeClass[];
}

const ROWS: readonly Row[] = [
  { why: "the same look is no change", after: crd(), is: ["NONE"] },
  { why: "a resource version is no change: status and managed fields move it too", after: crd({ resourceVersion: "11" }), is: ["NONE"] },
  { why: "printer columns show in the generation only", after: crd({ generation: 2 }), is: ["COSMETIC"] },
  {
    why: "categories are for people",
    after: crd({ names: { plural: "sessions", kind: "Session", categories: ["all"] } }),
    is: ["COSMETIC"],
  },
  {
    why: "short names are for people",
    after: crd({ names: { plural: "sessions", kind: "Session", shortNames: ["s"] } }),
    is: ["COSMETIC"],
  },
  { why: "labels select plugins, and change no life", after: crd({ labels: { a: "b" } }), is: ["COSMETIC"] },
  { why: "annotations change no life", after: crd({ annotations: { a: "b" } }), is: ["COSMETIC"] },
  {
    why: "a schema is told by its hash",
    after: crd({ versions: [version("v1", { schemaHash: "x" }), version("v1beta1")] }),
    is: ["SCHEMA"],
  },
  {
    why: "a subresource belongs to the schema",
    after: crd({ versions: [version("v1"), version("v1beta1", { hasStatus: true })] }),
    is: ["SCHEMA"],
  },
  {
    why: "so do selectable fields",
    after: crd({ versions: [version("v1", { selectableFields: [".spec.a"] }), version("v1beta1")] }),
    is: ["SCHEMA"],
  },
  {
    why: "a version may cease to be served",
    after: crd({ versions: [version("v1"), version("v1beta1", { isServed: false })] }),
    is: ["VERSION"],
  },
  {
    why: "a version may be deprecated",
    after: crd({ versions: [version("v1"), version("v1beta1", { isDeprecated: true })] }),
    is: ["VERSION"],
  },
  {
    why: "a version may come; its schema is no change of one",
    after: crd({ versions: [version("v2"), version("v1"), version("v1beta1")] }),
    is: ["VERSION"],
  },
  { why: "a version may go", after: crd({ versions: [version("v1")] }), is: ["VERSION"] },
  {
    why: "another version may be stored",
    after: crd({ versions: [version("v1", { isStorage: false }), version("v1beta1", { isStorage: true })] }),
    is: ["STORAGE"],
  },
  { why: "what was stored once may be forgotten", after: crd({ storedVersions: [] }), is: ["STORAGE"] },
  { why: "a webhook may convert", after: crd({ conversion: { strategy: "Webhook", hash: "" } }), is: ["CONVERSION"] },
  { why: "a webhook may get other certificates", after: crd({ conversion: { strategy: "None", hash: "x" } }), is: ["CONVERSION"] },
  { why: "another kind may be accepted", after: crd({ names: { plural: "sessions", kind: "Meeting" } }), is: ["NAMES"] },
  { why: "the resource scope is part of how it is addressed", after: crd({ resourceScope: "Cluster" }), is: ["NAMES"] },
  { why: "the server may establish it", after: crd({ isEstablished: false }), is: ["NAMES"] },
  {
    why: "names may be refused later, and why is told",
    after: crd({ namesAccepted: { status: "False", reason: "KindConflict", message: "in use" } }),
    is: ["NAMES"],
  },
  { why: "the server may delete it", after: crd({ isTerminating: true }), is: ["TERMINATING"] },
  {
    why: "several hold at once",
    after: crd({
      generation: 3,
      isTerminating: true,
      storedVersions: [],
      versions: [version("v1", { schemaHash: "x" })],
      labels: { a: "b" },
    }),
    is: ["COSMETIC", "SCHEMA", "STORAGE", "TERMINATING", "VERSION"],
  },
  { why: "a generation adds nothing to what explains it", after: crd({ generation: 2, storedVersions: [] }), is: ["STORAGE"] },
  { why: "another life is a stranger, however alike", after: crd({ uid: "u2" }), is: ["REPLACED"] },
  {
    why: "another life is not compared, however different",
    after: crd({ uid: "u2", isTerminating: true, versions: [] }),
    is: ["REPLACED"],
  },
  { why: "none is the end", after: undefined, is: ["GONE"] },
];

describe("classOf", () => {
  for (const { why, after, is } of ROWS) test(why, () => assert.deepEqual([...classOf(crd(), after)].toSorted(), is));
});

const anyVersion = (name: string): fc.Arbitrary<CrdDescriptor["versions"][number]> =>
  fc
    .record({
      isServed: fc.boolean(),
      isStorage: fc.boolean(),
      isDeprecated: fc.boolean(),
      schemaHash: fc.constantFrom("a", "b"),
      bodyHash: fc.constantFrom("a", "b"),
      hasStatus: fc.boolean(),
      hasScale: fc.boolean(),
      selectableFields: fc.constantFrom<readonly string[]>([], [".spec.a"]),
    })
    .map((rest) => ({ name, ...rest }));

/** Small enough that equal ones come up often. */
const anyCrd: fc.Arbitrary<CrdDescriptor> = fc
  .record({
    uid: fc.constantFrom("u1", "u1", "u1", "u2"),
    resourceVersion: fc.constantFrom("10", "11"),
    generation: fc.constantFrom(1, 1, 2),
    labels: fc.constantFrom<Readonly<Record<string, string>>>({}, { a: "1", b: "2" }, { b: "2", a: "1" }),
    names: fc.constantFrom({ plural: "s", kind: "S" }, { plural: "s", kind: "T" }, { plural: "s", kind: "S", shortNames: ["x"] }),
    versions: fc.constantFrom(["v1"], ["v1", "v2"]).chain((names) => fc.tuple(...names.map(anyVersion))),
    storedVersions: fc.constantFrom<readonly string[]>(["v1"], ["v1", "v2"]),
    isEstablished: fc.boolean(),
    isTerminating: fc.boolean(),
  })
  .map((overrides) => crd(overrides));

/** What equality is for a life: all but the resource version, and maps without an order. */
function lookOf({ resourceVersion: _, labels, ...rest }: CrdDescriptor): unknown {
  return { ...rest, labels };
}

describe("classes of change", () => {
  const runs = { numRuns: 3_000 };
  test("are NONE exactly when nothing but the resource version differs, and then NONE alone", () => {
    const pair = fc.oneof(
      fc.tuple(anyCrd, anyCrd),
      anyCrd.map((one): [CrdDescriptor, CrdDescriptor] => [one, { ...one, resourceVersion: "99" }]),
    );
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const classes = classOf(one, other);
        const isEqual = isDeepEqual(lookOf(one), lookOf(other));
        assert.equal(classes.has("NONE"), isEqual, [...classes].join());
        if (isEqual) assert.equal(classes.size, 1);
      }),
      runs,
    );
  });

  test("are the same in both directions: they say what differs, not which came first", () => {
    fc.assert(
      fc.property(anyCrd, anyCrd, (one, other) => {
        assert.deepEqual([...classOf(one, other)].toSorted(), [...classOf(other, one)].toSorted());
        assert.equal(closesWatches(one, other), closesWatches(other, one));
      }),
      runs,
    );
  });

  test("are never none at all, and an end stands alone", () => {
    fc.assert(
      fc.property(anyCrd, fc.option(anyCrd, { nil: undefined }), (one, other) => {
        const classes = classOf(one, other);
        assert.ok(classes.size > 0);
        for (const alone of ["NONE", "REPLACED", "GONE"] as const) if (classes.has(alone)) assert.equal(classes.size, 1);
        assert.equal(classes.has("REPLACED"), other !== undefined && other.uid !== one.uid);
      }),
      runs,
    );
  });
});

function isDeepEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

describe("closesWatches", () => {
  for (const { why, after, is } of [
    { why: "every edit of the spec closes them, even of a description", after: crd({ generation: 2 }), is: true },
    {
      why: "names that were accepted anew close them",
      after: crd({ names: { plural: "sessions", kind: "Session", shortNames: ["s"] } }),
      is: true,
    },
    { why: "a condition closes none", after: crd({ resourceVersion: "11", isTerminating: true }), is: false },
    { why: "labels close none", after: crd({ labels: { a: "b" } }), is: false },
    { why: "the watches of another life are others", after: crd({ uid: "u2", generation: 2 }), is: false },
  ]) {
    test(why, () => assert.equal(closesWatches(crd(), after), is));
  }
});

describe("keepsBodies", () => {
  const [v1, old] = [version("v1"), version("v1beta1", { isStorage: false })];
  const before = crd({ versions: [v1, old] });
  for (const { why, after, is } of [
    {
      why: "a description, which changes the schema only, changes no body",
      after: { versions: [{ ...v1, schemaHash: "x" }, old] },
      is: true,
    },
    { why: "a printer column changes none", after: { versions: [v1, old], generation: 2 }, is: true },
    { why: "a version that comes changes none", after: { versions: [v1, old, version("v2", { isStorage: false })] }, is: true },
    { why: "a version that goes changes none", after: { versions: [v1] }, is: true },
    { why: "a version that is not served any more changes none", after: { versions: [v1, { ...old, isServed: false }] }, is: true },
    { why: "a default may change all", after: { versions: [{ ...v1, bodyHash: "x" }, old] }, is: false },
    {
      why: "a default of another version may, too: objects are stored in it",
      after: { versions: [v1, { ...old, bodyHash: "x" }] },
      is: false,
    },
    {
      why: "another stored version may",
      after: {
        versions: [
          { ...v1, isStorage: false },
          { ...old, isStorage: true },
        ],
      },
      is: false,
    },
    { why: "another conversion may", after: { versions: [v1, old], conversion: { strategy: "Webhook", hash: "w" } }, is: false },
  ])
    test(why, () => assert.equal(keepsBodies(before, crd(after)), is));
});
