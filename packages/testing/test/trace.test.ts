import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkTrace, type Invariant, type Stamp, type TraceEvent, type TraceFact } from "@polykind/testing";

const A1: Stamp = { key: "web/a", uid: "u1", version: "5", content: "x" };
const A2: Stamp = { ...A1, version: "7", content: "y" };
const B: Stamp = { ...A1, uid: "u2", version: "8" };

/** A list of one object, a watch from it, and a handler that is told. */
const GOOD: readonly TraceFact[] = [
  { type: "log.write", is: "ADDED", object: A1 },
  { type: "informer.open", namespace: undefined },
  { type: "hook.open", hook: "h" },
  { type: "list.open", call: 1, isContinued: false },
  { type: "list.line", call: 1, version: "6", objects: [A1], isLast: true },
  { type: "list.close", call: 1, failure: undefined },
  { type: "cache.replace", version: "6", objects: [A1] },
  { type: "hook.add", hook: "h", object: A1, isFrozen: true, isInitial: true },
  { type: "hook.synced", hook: "h" },
  { type: "watch.open", call: 2, version: "6", isWatchList: false },
];
const CHANGE: readonly TraceFact[] = [
  { type: "log.write", is: "MODIFIED", object: A2 },
  { type: "watch.line", call: 2, line: { is: "MODIFIED", object: A2 } },
  { type: "cache.set", version: "7", object: A2 },
  { type: "hook.upd", hook: "h", object: A2, isFrozen: true },
];

/** The version of the watch is gone. */
const EXPIRED: readonly TraceFact[] = [{ type: "watch.close", call: 2, failure: { code: "API_GONE" } }];

function metadataAt(version: string, objects: readonly Stamp[]): readonly TraceFact[] {
  return [
    { type: "list.open", call: 3, isContinued: false, reads: "metadata" },
    { type: "list.line", call: 3, version, objects, isLast: true },
    { type: "list.close", call: 3, failure: undefined },
  ];
}

function traceOf(facts: readonly TraceFact[], { stepMs = 1 } = {}): readonly TraceEvent[] {
  return facts.map((fact, index) => {
    const isServer = fact.type.startsWith("log.") || fact.type === "quiet" || fact.type === "pollution" || fact.type === "pool.closed";
    return { at: index * stepMs, resource: "gizmos", epoch: "crd", instance: isServer ? "" : "i", ...fact };
  });
}

const BREACHES: readonly { readonly invariant: Invariant; readonly why: string; readonly facts: readonly TraceFact[] }[] = [
  { invariant: "W1", why: "an object that was never sent", facts: [...GOOD, { type: "cache.set", version: "7", object: A2 }] },
  { invariant: "W2", why: "a version that fell", facts: [...GOOD, ...CHANGE, { type: "cache.set", version: "7", object: A1 }] },
  { invariant: "W3", why: "a cache that is behind at rest", facts: [...GOOD, ...CHANGE.slice(0, 1), { type: "quiet" }] },
  {
    invariant: "W3",
    why: "an object at rest as a schema from before an announced change had read it",
    facts: [
      ...GOOD.slice(0, 4),
      { type: "list.line", call: 1, version: "6", objects: [{ ...A1, reading: 1 }], isLast: true },
      { type: "list.close", call: 1, failure: undefined },
      { type: "cache.replace", version: "6", objects: [{ ...A1, reading: 1 }] },
      ...GOOD.slice(7),
      { type: "informer.expect", bodies: "changed", reading: 2 },
      { type: "quiet" },
    ],
  },
  {
    invariant: "W1",
    why: "an object as no schema read it that the server had",
    facts: [...GOOD.slice(0, 6), { type: "cache.replace", version: "6", objects: [{ ...A1, reading: 2 }] }],
  },
  {
    invariant: "W4",
    why: "a successor before the end",
    facts: [...GOOD, { type: "hook.add", hook: "h", object: B, isFrozen: true, isInitial: false }],
  },
  { invariant: "W5", why: "half a state", facts: [...GOOD, { type: "cache.del", version: "6", object: A1 }] },
  {
    invariant: "W6",
    why: "synced before it was told",
    facts: [...GOOD, { type: "hook.open", hook: "g" }, { type: "hook.synced", hook: "g" }],
  },
  {
    invariant: "W7",
    why: "a watch from elsewhere",
    facts: [...GOOD.slice(0, -1), { type: "watch.open", call: 2, version: "5", isWatchList: false }],
  },
  {
    invariant: "W8",
    why: "an unreadable line that was passed over",
    facts: [...GOOD, { type: "watch.line", call: 2, line: { is: "unreadable" } }, ...CHANGE],
  },
  { invariant: "W9", why: "two watches", facts: [...GOOD, { type: "watch.open", call: 3, version: "6", isWatchList: false }] },
  { invariant: "W10", why: "a stream after the stop", facts: [...GOOD, { type: "informer.stopped" }] },
  { invariant: "W11", why: "a list without a cause", facts: [...GOOD.slice(0, -1), ...GOOD.slice(3, 6)] },
  {
    invariant: "W11",
    why: "a list of metadata without a cause",
    facts: [...GOOD, { type: "watch.close", call: 2, failure: undefined }, ...metadataAt("6", [A1])],
  },
  {
    invariant: "W1",
    why: "an object of which only the metadata was read",
    facts: [...GOOD, ...CHANGE.slice(0, 1), ...EXPIRED, ...metadataAt("7", [A2]), { type: "cache.replace", version: "7", objects: [A2] }],
  },
  {
    invariant: "W13",
    why: "no pause after a failure",
    facts: [
      ...GOOD,
      { type: "watch.close", call: 2, failure: { code: "API_UNAVAILABLE" } },
      { type: "watch.open", call: 3, version: "6", isWatchList: false },
    ],
  },
  { invariant: "W15", why: "a cache that goes back", facts: [...GOOD, ...CHANGE, { type: "cache.replace", version: "6", objects: [A1] }] },
  { invariant: "W16", why: "half a line that is too long", facts: [...GOOD, { type: "parser.held", call: 2, bytes: 11, maxBytes: 10 }] },
  {
    invariant: "W17",
    why: "an object that can be changed",
    facts: [...GOOD.slice(0, 7), { type: "hook.add", hook: "h", object: A1, isFrozen: false, isInitial: true }],
  },
  { invariant: "W18", why: "a polluted prototype", facts: [...GOOD, { type: "pollution", name: "polluted" }] },
  { invariant: "C12", why: "a lease that cannot be used", facts: [...GOOD, { type: "lease.broken", why: "stopped" }] },
];

describe("the trace checker", () => {
  test("finds nothing in what is as it should be", () => {
    assert.deepEqual(checkTrace(traceOf([...GOOD, ...CHANGE, { type: "quiet" }])), []);
  });

  for (const { invariant, why, facts } of BREACHES) {
    test(`names ${invariant}: ${why}`, () => {
      const violations = checkTrace(traceOf(facts));
      assert.ok(
        violations.some((violation) => violation.invariant === invariant),
        `found ${violations.map((violation) => `${violation.invariant} (${violation.why})`).join(", ")}`,
      );
    });
  }

  test("names W14: a watch that is silent for longer than it may last", () => {
    const trace = [...traceOf(GOOD), ...traceOf([{ type: "quiet" }]).map((event) => ({ ...event, at: 10_000_000 }))];
    assert.deepEqual(
      checkTrace(trace).map(({ invariant }) => invariant),
      ["W14"],
    );
  });

  test("finds nothing when only what changed is read after an announced end, though one object must be asked for again", () => {
    const one = (call: number, objects: readonly Stamp[] | undefined): readonly TraceFact[] => [
      { type: "list.open", call, isContinued: false, reads: "one" },
      ...(objects === undefined ? [] : [{ type: "list.line", call, version: "7", objects, isLast: true } as const]),
      { type: "list.close", call, failure: objects === undefined ? { code: "API_UNREACHABLE" } : undefined },
    ];
    const read: readonly TraceFact[] = [
      { type: "informer.expect", bodies: "same" },
      ...EXPIRED,
      ...metadataAt("7", [A2]),
      ...one(4, undefined),
      ...metadataAt("7", [A2]),
      ...one(5, [A2]),
      { type: "cache.replace", version: "7", objects: [A2] },
      { type: "hook.upd", hook: "h", object: A2, isFrozen: true },
      { type: "watch.open", call: 6, version: "7", isWatchList: false },
      { type: "quiet" },
    ];
    assert.deepEqual(checkTrace(traceOf([...GOOD, ...CHANGE.slice(0, 1), ...read])), []);
  });

  test("counts a line that the reader gives up and the end of its watch as one failure, whatever comes between", () => {
    const failure = { code: "API_PROTOCOL" };
    const givenUp: readonly TraceFact[] = [
      { type: "watch.line", call: 2, line: { is: "ERROR", failure } },
      { type: "informer.retry" },
      { type: "watch.close", call: 2, failure },
    ];
    const again: readonly TraceFact[] = [
      { type: "watch.open", call: 3, version: "6", isWatchList: false },
      { type: "watch.close", call: 3, failure },
      { type: "watch.open", call: 4, version: "6", isWatchList: false },
    ];
    const after = (ms: number): readonly TraceEvent[] => {
      const trace = traceOf([...GOOD, ...givenUp, ...again]);
      return trace.map((event, index) => (index === trace.length - 1 ? { ...event, at: event.at + ms } : event));
    };
    assert.deepEqual(checkTrace(after(1_600)), []);
    assert.match(checkTrace(after(1_000))[0]?.why ?? "", /and not in 1600$/);
  });

  test("lets versions fall after the server's storage was restored", () => {
    const restored: readonly TraceFact[] = [
      { type: "log.restore", version: "6" },
      { type: "list.open", call: 9, isContinued: false },
      { type: "list.line", call: 9, version: "6", objects: [A1], isLast: true },
      { type: "list.close", call: 9, failure: undefined },
      { type: "cache.replace", version: "6", objects: [A1] },
    ];
    assert.deepEqual(checkTrace(traceOf([...GOOD, ...CHANGE, { type: "watch.close", call: 2, failure: undefined }, ...restored])), []);
  });

  test("shows the piece of the trace that led to the breach, of that informer only", () => {
    const [violation] = checkTrace(traceOf([...GOOD, { type: "informer.stopped" }]));
    assert.equal(violation?.piece.at(-1)?.type, "informer.stopped");
    assert.ok(violation.piece.every(({ instance }) => instance === "i"));
  });
});
