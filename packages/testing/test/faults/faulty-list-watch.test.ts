import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { type ListWatch, retryAfterMsOf, type WatchCall } from "@polykind/apimachinery";
import { isPolykindError } from "@polykind/core";
import { type FaultyListWatch, faultyListWatch, type PlannedFault, seededFaults, type WatchFault } from "@polykind/testing";

const BATCHES = [[], ["a"], ["b", "c"], ["d"]] as const;

/** Lists that are numbered, and watches of four lines in three batches after an empty one. */
class Numbered implements ListWatch {
  lists = 0;
  open = 0;

  list(): Promise<Uint8Array> {
    this.lists += 1;
    return Promise.resolve(Buffer.from(`list ${this.lists}`));
  }

  async *watch({ signal }: WatchCall): AsyncGenerator<readonly Uint8Array[]> {
    this.open += 1;
    try {
      for (const batch of BATCHES) {
        if (signal.aborted) return;
        yield batch.map((line) => Buffer.from(line));
      }
    } finally {
      this.open -= 1;
    }
  }
}

const signal = new AbortController().signal;

/** The batches of a watch as text, and the code of what it threw, if it did. */
async function watchAll(source: ListWatch, abort: AbortController = new AbortController()): Promise<readonly string[]> {
  const seen: string[] = [];
  try {
    for await (const batch of source.watch({ signal: abort.signal })) {
      seen.push(batch.map((line) => Buffer.from(line).toString().slice(0, 40)).join(","));
    }
  } catch (error) {
    seen.push(isPolykindError(error) ? error.code : "another error");
  }
  return seen;
}

function onWatch(fault: WatchFault): { readonly numbered: Numbered; readonly source: FaultyListWatch } {
  const numbered = new Numbered();
  return { numbered, source: faultyListWatch(numbered, [{ on: "watch", call: 1, fault }]) };
}

describe("faultyListWatch", () => {
  test("is as its source while nothing is planned", async () => {
    const source = faultyListWatch(new Numbered(), []);
    assert.equal((await source.list({ signal })).toString(), "list 1");
    assert.deepEqual(await watchAll(source), ["", "a", "b,c", "d"]);
    assert.deepEqual(source.struck, []);
  });

  test("fails the call that is planned, and no other, with the error of a client", async () => {
    const plan: readonly PlannedFault[] = [
      { on: "list", call: 2, fault: { is: "fail", status: 429, retryAfterMs: 700 } },
      { on: "list", call: 3, fault: { is: "unreachable" } },
    ];
    const [numbered, lists] = [new Numbered(), [] as string[]];
    const source = faultyListWatch(numbered, plan);
    for (let count = 0; count < 4; count += 1) {
      lists.push(
        await source.list({ signal }).then(
          (body) => Buffer.from(body).toString(),
          (error: unknown) => (isPolykindError(error) ? `${error.code} ${retryAfterMsOf(error) ?? ""}`.trim() : "another error"),
        ),
      );
    }
    assert.deepEqual(lists, ["list 1", "API_THROTTLED 700", "API_UNREACHABLE", "list 2"]);
    assert.deepEqual(source.struck, plan);
  });

  test("says once more what the last list said, when there was one", async () => {
    const plan: readonly PlannedFault[] = [1, 3].map((call) => ({ on: "list", call, fault: { is: "stale" } }));
    const source = faultyListWatch(new Numbered(), plan);
    const lists: string[] = [];
    for (let count = 0; count < 4; count += 1) lists.push(Buffer.from(await source.list({ signal })).toString());
    assert.deepEqual(lists, ["list 1", "list 2", "list 2", "list 3"]);
    assert.deepEqual(source.struck, [plan[1]]);
  });

  test("keeps silent until the signal aborts, and then ends as it must", async () => {
    const plan: readonly PlannedFault[] = [
      { on: "list", call: 1, fault: { is: "silence" } },
      { on: "watch", call: 1, fault: { is: "silence", afterLines: 2 } },
    ];
    const numbered = new Numbered();
    const source = faultyListWatch(numbered, plan);
    const abort = new AbortController();
    const listing = assert.rejects(source.list({ signal: abort.signal }), (reason) => reason === "enough");
    const watching = watchAll(source, abort);
    setImmediate(() => abort.abort("enough"));
    await listing;
    assert.deepEqual(await watching, ["", "a", "b"]);
    assert.deepEqual([numbered.open, getEventListeners(abort.signal, "abort").length], [0, 0]);
  });

  for (const { why, fault, seen } of [
    { why: "refuses a watch before it begins", fault: { is: "fail", status: 410 }, seen: ["API_GONE"] },
    { why: "lets nobody reach the server", fault: { is: "unreachable" }, seen: ["API_UNREACHABLE"] },
    { why: "ends at once when no lines are named", fault: { is: "end" }, seen: [""] },
    { why: "ends in the middle of a batch", fault: { is: "end", afterLines: 2 }, seen: ["", "a", "b"] },
    { why: "loses the connection after a batch", fault: { is: "lose", afterLines: 3 }, seen: ["", "a", "b,c", "API_UNREACHABLE"] },
    { why: "corrupts one line and goes on", fault: { is: "corrupt", afterLines: 1 }, seen: ["", "a", "\u0000,c", "d"] },
    { why: "tells one line twice and goes on", fault: { is: "duplicate", afterLines: 2 }, seen: ["", "a", "b,c,c", "d"] },
    { why: "does not strike at a line that never comes", fault: { is: "lose", afterLines: 9 }, seen: ["", "a", "b,c", "d"] },
  ] satisfies readonly { readonly why: string; readonly fault: WatchFault; readonly seen: readonly string[] }[]) {
    test(`${why}, once, and leaves nothing open`, async () => {
      const { numbered, source } = onWatch(fault);
      assert.deepEqual(await watchAll(source), seen);
      assert.equal(source.struck.length, seen.at(-1) === "d" && fault.is === "lose" ? 0 : 1);
      assert.deepEqual(await watchAll(source), ["", "a", "b,c", "d"]);
      assert.equal(numbered.open, 0);
    });
  }

  test("tells an ERROR event 410 and leaves the watch open", async () => {
    const { numbered, source } = onWatch({ is: "expire", afterLines: 1 });
    const abort = new AbortController();
    const seen: unknown[] = [];
    for await (const batch of source.watch({ signal: abort.signal })) {
      seen.push(...batch.map((line) => Buffer.from(line).toString()));
      if (seen.length === 2) setImmediate(() => abort.abort());
    }
    const [first, error] = seen;
    const { type, object } = JSON.parse(String(error)) as { readonly type: string; readonly object: { readonly code: number } };
    assert.deepEqual([first, type, object.code, numbered.open], ["a", "ERROR", 410, 0]);
  });

  test("is as its source once it is healed", async () => {
    const { source } = onWatch({ is: "unreachable" });
    source.heal();
    assert.deepEqual(await watchAll(source), ["", "a", "b,c", "d"]);
  });
});

describe("seededFaults", () => {
  test("draws the same plan of the same seed, and another of another", () => {
    assert.deepEqual(seededFaults(7), seededFaults(7));
    assert.notDeepEqual(seededFaults(7), seededFaults(8));
  });

  test("strikes as many calls as it is told to, each once, and none after them", () => {
    const all = seededFaults(1, { chance: 1, calls: 5 });
    assert.deepEqual(
      all.map(({ on, call }) => `${on} ${call}`).toSorted(),
      ["list", "watch"].flatMap((on) => [1, 2, 3, 4, 5].map((call) => `${on} ${call}`)),
    );
    assert.deepEqual(seededFaults(1, { chance: 0 }), []);
  });

  test("draws every kind of fault sooner or later", () => {
    const plans = Array.from({ length: 50 }, (_, seed) => seededFaults(seed)).flat();
    const kinds = new Set(plans.map(({ on, fault }) => `${on} ${fault.is}`));
    const ofWatch = ["end", "lose", "expire", "corrupt", "duplicate", "fail", "unreachable"].map((is) => `watch ${is}`);
    assert.deepEqual([...kinds].toSorted(), ["list fail", "list unreachable", ...ofWatch].toSorted());
  });
});
