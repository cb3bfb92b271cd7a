import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openInformerPool } from "@polykind/informer";
import { faultyListWatch, ManualClock, seededFaults, seededRandom, settle } from "@polykind/testing";
import { linesOf, ModelServer } from "./support/model-server.ts";
import { GIZMOS } from "./support/objects.ts";

const NAMES = ["a", "b", "c", "d", "e", "f"];

/** Lives through a plan of faults while objects change; resolves with what was struck. */
async function live(seed: number): Promise<readonly string[]> {
  const [clock, random] = [new ManualClock(), seededRandom(seed)];
  const server = new ModelServer(clock, { offersWatchList: seed % 2 === 0, pageSize: 2 + (seed % 3) });
  const source = faultyListWatch(server, seededFaults(seed, { chance: 0.6, calls: 8 }));
  for (const name of NAMES) server.put(name);
  await using pool = openInformerPool({ open: () => source, clock, random });
  const { informer } = await pool.acquire({ resource: GIZMOS });
  const told = new Map<string, string>();
  informer.addHandler({
    added: ({ metadata }) => void told.set(metadata.name, metadata.resourceVersion),
    changed: ({ metadata }) => void told.set(metadata.name, metadata.resourceVersion),
    deleted: ({ metadata }) => void told.delete(metadata.name),
  });
  for (let round = 0; round < 60; round += 1) {
    const name = NAMES[Math.floor(random() * NAMES.length)]!; // random is less than 1
    if (random() < 0.7) server.put(name);
    else server.delete(name);
    if (random() < 0.1) server.compact();
    await clock.advance(Math.floor(random() * 3_000));
  }
  source.heal();
  // Longer than any back-off.
  await clock.advance(120_000);
  await settle();
  assert.deepEqual(linesOf(informer.store.list()), server.stateAt(String(server.version)), `seed ${seed}: the cache is the server's state`);
  const cached = informer.store.list().map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(cached), `seed ${seed}: handlers know what the cache holds`);
  return source.struck.map(({ on, fault }) => `${on} ${fault.is}`);
}

describe("an informer on a source that breaks as planned", () => {
  test("ends with the server's state, in its cache and at its handlers, whatever has struck", async () => {
    const struck = new Set<string>();
    for (let seed = 1; seed <= 40; seed += 1) for (const what of await live(seed)) struck.add(what);
    const expected = ["watch end", "watch lose", "watch expire", "watch corrupt", "watch duplicate", "watch fail", "list fail"];
    for (const what of expected) assert.ok(struck.has(what), `no seed met: ${what}`);
  });
});
