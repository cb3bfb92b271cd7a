import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@polykind/apimachinery";
import { Bodies, type BodyRecord } from "../src/store/body.ts";

const headOf = (key: string) => ({ key, uid: key, resourceVersion: "1", owners: [] });
const jsonOf = (name: string, bytes = 0): Buffer => Buffer.from(JSON.stringify({ metadata: { name }, spec: { fill: "x".repeat(bytes) } }));
const nameOf = ({ object }: BodyRecord): string => object.metadata.name;

function put(bodies: Bodies, name: string, bytes?: number): BodyRecord {
  const json = jsonOf(name, bytes);
  return bodies.put(headOf(name), json, { from: 0, to: json.length, cuts: [] });
}

describe("a body", () => {
  test("is parsed and finished once, at its first read, and is frozen", () => {
    const parsed: KubeObject[] = [];
    const bodies = new Bodies((object) => {
      parsed.push(object);
      return object;
    });
    const record = put(bodies, "a");
    assert.equal(parsed.length, 0);
    assert.equal(record.object, record.object);
    assert.equal(parsed.length, 1);
    assert.ok(Object.isFrozen(record.object.metadata));
  });

  test("is parsed anew when it was read long ago, and others since", () => {
    const bodies = new Bodies((object) => object);
    const [first, ...others] = Array.from({ length: 20 }, (_, i) => put(bodies, `o${i}`, 100_000));
    assert.ok(first);
    const object = first.object;
    for (const other of others) assert.equal(other.object, other.object);
    assert.notEqual(first.object, object);
    assert.deepEqual(first.object, object);
  });

  test("is kept without what was cut out of it", () => {
    const source = Buffer.from('..{"a":1,"b":2,"c":3}..');
    const cuts = [
      { from: 3, to: 9 },
      { from: 14, to: 20 },
    ];
    const record = new Bodies((object) => object).put(headOf("x"), source, { from: 2, to: 21, cuts });
    assert.deepEqual({ ...record.object }, { b: 2 });
  });

  test("does not change when the bytes that it came in do", () => {
    const bodies = new Bodies((object) => object);
    const json = jsonOf("a");
    const record = bodies.put(headOf("a"), json, { from: 0, to: json.length, cuts: [] });
    json.fill(0);
    assert.equal(nameOf(record), "a");
  });

  test("can be read after it was let go of and its block was emptied", () => {
    const bodies = new Bodies((object) => object);
    const records = Array.from({ length: 2_000 }, (_, i) => put(bodies, `o${i}`, 1_000));
    for (const [i, record] of records.entries()) if (i % 10 !== 0) record.release();
    for (const [i, record] of records.entries()) assert.equal(nameOf(record), `o${i}`);
  });
});

describe("the blocks of many bodies", () => {
  test("hold hardly more than twice what is alive, however much has gone", () => {
    const bodies = new Bodies((object) => object);
    const records = new Map<number, BodyRecord>();
    for (let i = 0; i < 20_000; i += 1) {
      records.get((i * 7) % 500)?.release();
      records.set((i * 7) % 500, put(bodies, `o${i}`, 1_000));
    }
    const blocks = new Set(Array.from(records.values(), ({ block }) => block.bytes));
    const heldBytes = Array.from(blocks).reduce((sum, { length }) => sum + length, 0);
    const aliveBytes = Array.from(records.values()).reduce((sum, { size }) => sum + size, 0);
    assert.ok(heldBytes < aliveBytes * 2.5 + 256 * 1024, `${heldBytes} bytes are held for ${aliveBytes}`);
    for (const record of records.values()) assert.match(nameOf(record), /^o\d+$/);
  });

  test("take in a body that is larger than a block", () => {
    const record = put(new Bodies((object) => object), "large", 3_000_000);
    assert.equal(nameOf(record), "large");
  });

  test("count a body that is let go of twice once", () => {
    const bodies = new Bodies((object) => object);
    const [first, second] = [put(bodies, "a"), put(bodies, "b")];
    first.release();
    first.release();
    assert.equal(first.block.live, second.size);
  });
});
