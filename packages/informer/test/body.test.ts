import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import { Scanner } from "../src/reflector/scan.ts";
import { Bodies, type BodyFinisher, type BodyRecord } from "../src/store/body.ts";

const jsonOf = (metadata: object, bytes = 0): Buffer => {
  const object = { apiVersion: "a/v1", kind: "K", metadata, spec: { fill: "x".repeat(bytes) } };
  return Buffer.from(JSON.stringify({ type: "ADDED", object }));
};
const metadataOf = (name: string) => ({ name, resourceVersion: "12", uid: `uid of ${name}` });
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const AS_IT_IS: BodyFinisher = { finished: (object) => object };
const nameOf = ({ object }: BodyRecord): string => object.metadata.name;

function put(bodies: Bodies, name: string, bytes?: number): BodyRecord {
  return take(bodies, jsonOf(metadataOf(name), bytes));
}

function take(bodies: Bodies, event: Buffer): BodyRecord {
  const scanner = new Scanner();
  assert.equal(scanner.event(event, { apiVersion: "a/v1", kind: "K" }), "ADDED");
  return bodies.put({ key: "x", owners: [] }, event, scanner);
}

describe("a body", () => {
  test("is parsed and finished once, at its first read, and is frozen", () => {
    const parsed: KubeObject[] = [];
    const bodies = new Bodies({
      finished(object) {
        parsed.push(object);
        return Object.freeze(object);
      },
    });
    const record = put(bodies, "a");
    assert.equal(parsed.length, 0);
    assert.equal(record.object, record.object);
    assert.equal(parsed.length, 1);
    assert.ok(Object.isFrozen(record.object));
  });

  test("is parsed anew when it was read long ago, and others since", () => {
    const bodies = new Bodies(AS_IT_IS);
    const [first, ...others] = Array.from({ length: 20 }, (_, i) => put(bodies, `o${i}`, 100_000));
    assert.ok(first);
    const object = first.object;
    for (const other of others) assert.equal(other.object, other.object);
    assert.notEqual(first.object, object);
    assert.deepEqual(first.object, object);
  });

  test("stays parsed while many others are read once, when it was read again", () => {
    const bodies = new Bodies(AS_IT_IS);
    const [first, ...others] = Array.from({ length: 40 }, (_, i) => put(bodies, `o${i}`, 10_000));
    assert.ok(first);
    const once = first.object;
    for (const other of others) assert.equal(nameOf(other), nameOf(other));
    const again = first.object;
    assert.notEqual(again, once, "it was forgotten");
    for (const other of Array.from({ length: 40 }, (_, i) => put(bodies, `p${i}`, 10_000))) assert.equal(nameOf(other), nameOf(other));
    assert.equal(first.object, again);
  });

  for (const { where, metadata } of [
    { where: "before all else", metadata: { managedFields: [{ a: "]" }], ...metadataOf("a") } },
    { where: "after all else", metadata: { ...metadataOf("a"), annotations: { b: "1", [LAST_APPLIED]: "{}" }, managedFields: [] } },
    { where: "on both sides", metadata: { annotations: { [LAST_APPLIED]: '"', b: "1" }, ...metadataOf("a"), managedFields: [1, 2] } },
    { where: "between the others", metadata: { name: "a", managedFields: [], resourceVersion: "12", uid: "uid of a" } },
  ]) {
    test(`is kept without what was cut out of it ${where}, and says who it is`, () => {
      const record = take(new Bodies(AS_IT_IS), jsonOf(metadata));
      const annotations = "annotations" in metadata && { annotations: { b: "1" } };
      assert.deepEqual(structuredClone(record.object.metadata), { ...metadataOf("a"), ...annotations });
      assert.deepEqual([record.uid, record.resourceVersion], ["uid of a", "12"]);
    });
  }

  test("does not change when the bytes that it came in do", () => {
    const bodies = new Bodies(AS_IT_IS);
    const json = jsonOf(metadataOf("a"));
    const record = take(bodies, json);
    json.fill(0);
    assert.equal(nameOf(record), "a");
  });

  test("can be read after it was let go of and its block was emptied", () => {
    const bodies = new Bodies(AS_IT_IS);
    const records = Array.from({ length: 2_000 }, (_, i) => put(bodies, `o${i}`, 1_000));
    for (const [i, record] of records.entries()) if (i % 10 !== 0) record.release();
    for (const [i, record] of records.entries()) assert.equal(nameOf(record), `o${i}`);
  });
});

describe("the blocks of many bodies", () => {
  test("hold hardly more than twice what is alive, however much has gone", () => {
    const bodies = new Bodies(AS_IT_IS);
    const records = new Map<number, BodyRecord>();
    for (let i = 0; i < 20_000; i += 1) {
      records.get((i * 7) % 500)?.release();
      records.set((i * 7) % 500, put(bodies, `o${i}`, 1_000));
    }
    const blocks = new Set(Array.from(records.values(), ({ block }) => block.bytes));
    const heldBytes = Array.from(blocks).reduce((sum, { length }) => sum + length, 0);
    const aliveBytes = Array.from(records.values()).reduce((sum, { size }) => sum + size, 0);
    assert.ok(heldBytes < aliveBytes * 2.5 + 256 * 1024, `${heldBytes} bytes are held for ${aliveBytes}`);
    for (const record of records.values()) assert.equal(record.uid, `uid of ${nameOf(record)}`);
  });

  test("hold little for the few that stay of many that go as soon as they have come", () => {
    const bodies = new Bodies(AS_IT_IS);
    const kept: BodyRecord[] = [];
    for (let i = 0; i < 20_000; i += 1) {
      const record = put(bodies, `o${i}`, 1_000);
      if (i % 200 === 0) kept.push(record);
      else record.release();
    }
    const blocks = new Set(kept.map(({ block }) => block.bytes));
    const heldBytes = Array.from(blocks).reduce((sum, { length }) => sum + length, 0);
    assert.ok(heldBytes < 2 * 256 * 1024, `${heldBytes} bytes are held for ${kept.length} bodies`);
    assert.deepEqual(kept.slice(0, 3).map(nameOf), ["o0", "o200", "o400"]);
  });

  test("take in a body that is larger than a block", () => {
    const record = put(new Bodies(AS_IT_IS), "large", 3_000_000);
    assert.equal(nameOf(record), "large");
  });

  test("count a body that is let go of twice once", () => {
    const bodies = new Bodies(AS_IT_IS);
    const [first, second] = [put(bodies, "a"), put(bodies, "b")];
    first.release();
    first.release();
    assert.equal(first.block.live, second.size);
  });
});
