import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock, settle } from "@polykind/testing";
import { AdaptiveListGate } from "../src/pool/list-gate.ts";
import { expectedOf } from "../src/reflector/decode.ts";
import { type Learned, Reflector } from "../src/reflector/driver.ts";
import { Bodies, BodyRecord } from "../src/store/body.ts";
import { added, answer, gizmo, GIZMOS, listOf, modified } from "./support/objects.ts";
import { ScriptedListWatch } from "./support/scripted-list-watch.ts";

/** A reflector whose host keeps what it is told, and throws where `breaks` says so. */
function open(breaks: (effect: Learned) => boolean = () => false) {
  const [source, clock] = [new ScriptedListWatch(), new ManualClock()];
  const told: Learned[] = [];
  const host = {
    store: { size: 0, recordAt: () => undefined },
    take(effect: Learned): void {
      if (breaks(effect)) throw new Error("out of room");
      told.push(effect);
    },
  };
  const reflector = new Reflector({
    host,
    listWatch: source,
    expected: expectedOf(GIZMOS, {}),
    bodies: new Bodies({ finished: (object) => object }),
    clock,
    random: () => 0.5,
    gate: new AdaptiveListGate({ most: 1, clock }),
  });
  reflector.start();
  return { source, clock, told, [Symbol.asyncDispose]: () => reflector.stop() };
}

function heldBytes(told: readonly Learned[]): number {
  const kept = told.flatMap((effect) => (effect.type === "apply" && effect.line.record instanceof BodyRecord ? [effect.line.record] : []));
  return Array.from(new Set(kept.map(({ block }) => block.bytes)), ({ length }) => length).reduce((sum, length) => sum + length, 0);
}

const FILL = { spec: { fill: "x".repeat(1_000) } };
const times = <T>(count: number, of: (n: number) => T): readonly T[] => Array.from({ length: count }, (_, n) => of(n));

describe("a reflector", () => {
  test("lists everything anew when its host cannot take in what came, and says so", async () => {
    let breaks = 1;
    await using world = open(({ type }) => type === "replace" && (breaks -= 1) === 0);
    await settle();
    world.source.lastList().answer(listOf(10, [gizmo("a", 3)]));
    await settle();
    const failed = world.told.find(({ type }) => type === "tellFailed");
    assert.ok(failed?.type === "tellFailed");
    assert.equal(failed.error.code, "CACHE_RESET");
    assert.match(failed.error.message, /^cannot take in what came of \/apis\/demo\.example\.com\/v1\/gizmos: out of room$/);
    await world.clock.advance(2_000);
    world.source.lastList().answer(listOf(11, [gizmo("a", 3)]));
    await settle();
    assert.ok(world.told.some((effect) => effect.type === "replace" && effect.version === "11"));
  });

  test("holds no bytes of events that it drops, which are older than what was seen", async () => {
    await using world = open();
    await settle();
    world.source.lastList().answer(listOf(10, []));
    await settle();
    for (let n = 0; n < 200; n += 1) {
      world.source.lastWatch().push(added(gizmo(`g${n}`, 11 + n, FILL)), ...times(40, () => modified(gizmo("a", 1, FILL))));
      await settle();
    }
    assert.ok(heldBytes(world.told) < 1_000_000, `${heldBytes(world.told)} bytes are held for 200 objects of 1 kB`);
  });

  test("holds no bytes of a first page that gives way to WatchList", async () => {
    await using world = open();
    await settle();
    const goOn = async (): Promise<void> => {
      await settle();
      await world.clock.advance(60_000);
      await settle();
    };
    for (let n = 0; n < 100; n += 1) {
      const items = times(80, (i) => gizmo(`p${i}`, 1, FILL));
      world.source.lastList().answer(listOf(10 + n, items, { continue: "t" }));
      await settle();
      world.source.lastWatch().fail(answer(410));
      await goOn();
      world.source.lastList().answer(listOf(10 + n, []));
      await settle();
      world.source.lastWatch().push(added(gizmo(`g${n}`, 11 + n, FILL)));
      await settle();
      for (let gone = 0; gone < 2; gone += 1) {
        world.source.lastWatch().fail(answer(410));
        await settle();
      }
      await goOn();
    }
    assert.equal(world.told.filter(({ type }) => type === "apply").length, 100);
    assert.ok(heldBytes(world.told) < 1_000_000, `${heldBytes(world.told)} bytes are held`);
  });
});
