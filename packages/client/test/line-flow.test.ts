import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock } from "@polykind/testing";
import { LineFramer } from "../src/framing.ts";
import { LineFlow } from "../src/line-flow.ts";
import type { Answer } from "../src/transport/exchange.ts";
import { ExchangeError } from "../src/transport/failure.ts";
import { Turns } from "../src/turns.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const KIB = 1024;

/** Flows that note what they take, in the order in which they take it, and how their bodies are paused. */
class Flows {
  readonly clock = new ManualClock();
  readonly #turns = new Turns(this.clock);
  readonly taken: string[] = [];
  /** How often it took something. */
  takes = 0;
  readonly pauses: string[] = [];
  readonly ends: { readonly name: string; readonly failure: unknown }[] = [];
  onTaken: (line: string) => void = () => {};

  open(name: string, maxBytes = 1 << 20): LineFlow {
    const answer: Answer = {
      status: 200,
      headers: { contentType: "application/json", retryAfter: undefined },
      read: () => assert.fail("the test writes the body"),
      pause: () => this.pauses.push(`pause ${name}`),
      resume: () => this.pauses.push(`resume ${name}`),
      cancel: () => Promise.resolve(),
    };
    return new LineFlow(
      answer,
      { framer: new LineFramer({ maxBytes }), share: this.#turns.share() },
      {
        lines: (lines) => {
          this.takes += 1;
          for (const line of lines) {
            const text = `${name}${String.fromCharCode(line[0] ?? 0)}`;
            this.taken.push(text);
            this.onTaken(text);
          }
        },
        ended: (failure) => this.ends.push({ name, failure }),
      },
    );
  }
}

/** A line of so many bytes that begins with `first`. */
const line = (first: string, bytes: number = KIB): Buffer => Buffer.from(`${first.padEnd(bytes - 1, ".")}\n`);

/** Two flows that have both brought something just now, so that neither is alone, at the beginning of a turn. */
async function openTwo(): Promise<{ readonly flows: Flows; readonly a: LineFlow; readonly b: LineFlow }> {
  const flows = new Flows();
  const [a, b] = [flows.open("a"), flows.open("b")];
  a.piece(line("0"));
  b.piece(line("0"));
  flows.taken.length = 0;
  await turn();
  return { flows, a, b };
}

describe("the flow of one body beside that of another", () => {
  test("takes little as it comes", async () => {
    const { flows, a } = await openTwo();
    for (const name of ["1", "2", "3", "4"]) a.piece(line(name));
    assert.deepEqual(flows.taken, ["a1", "a2", "a3", "a4"]);
  });

  test("lets those go first who came behind much of it, and keeps its own order", async () => {
    const { flows, a, b } = await openTwo();
    for (const name of ["1", "2", "3"]) a.piece(line(name, 4 * KIB));
    a.piece(line("4", 10));
    b.piece(line("1"));
    assert.deepEqual(flows.taken, ["a1", "b1"]);
    await turn();
    assert.deepEqual(flows.taken, ["a1", "b1", "a2", "a3", "a4"]);
  });

  test("takes no more than its part in one turn", async () => {
    const { flows, a, b } = await openTwo();
    for (let n = 0; n < 10; n += 1) a.piece(line(String(n), 16 * KIB));
    for (let turns = 1; turns <= 5; turns += 1) {
      await turn();
      b.piece(line("b"));
    }
    assert.deepEqual(flows.taken, ["a0", "a1", "bb", "a2", "a3", "bb", "a4", "a5", "bb", "a6", "a7", "bb", "a8", "a9", "bb"]);
  });

  test("takes what came a byte at a time in few pieces, so that it costs others no more than if it had come at once", async () => {
    const { flows, a } = await openTwo();
    const bytes = line("1", 100);
    for (let n = 0; n < 1_000; n += 1) for (let at = 0; at < bytes.length; at += 1) a.piece(bytes.subarray(at, at + 1));
    for (let turns = 1; turns <= 5; turns += 1) await turn();
    assert.equal(flows.taken.length, 1_000);
    assert.ok(flows.takes < 100, `taken ${flows.takes} times`);
  });

  test("copies what waits: its bytes are written again", async () => {
    const { flows, a } = await openTwo();
    const bytes = line("1", 8 * KIB);
    a.piece(bytes);
    bytes.fill("x");
    await turn();
    assert.deepEqual(flows.taken, ["a1"]);
  });

  for (const failure of [undefined, new ExchangeError("lost", new Error("reset"))]) {
    test(`ends behind what waits: ${failure === undefined ? "in order" : "with its failure"}`, async () => {
      const { flows, a } = await openTwo();
      a.piece(line("1", 8 * KIB));
      a.piece(line("2"));
      a.ended(failure);
      assert.deepEqual(flows.ends, []);
      await turn();
      assert.deepEqual(flows.ends, [{ name: "a", failure }]);
      assert.deepEqual(flows.taken, ["a1", "a2"]);
    });
  }

  test("takes nothing of what waits once it was ended", async () => {
    const { flows, a } = await openTwo();
    a.piece(line("1", 8 * KIB));
    a.end();
    a.end("again");
    await turn();
    assert.deepEqual(flows.ends, [{ name: "a", failure: undefined }]);
    assert.deepEqual(flows.taken, []);
  });

  test("takes nothing more when it is ended by who takes", async () => {
    const { flows, a } = await openTwo();
    flows.onTaken = () => a.end();
    a.piece(line("1", 8 * KIB));
    a.piece(line("2", 8 * KIB));
    await turn();
    await turn();
    assert.deepEqual(flows.taken, ["a1"]);
  });

  test("ends with a line that is too long, behind those before it", async () => {
    const { flows, b } = await openTwo();
    const a = flows.open("a", 20 * KIB);
    a.piece(line("1", 8 * KIB));
    a.piece(line("2", 21 * KIB));
    b.piece(line("1"));
    await turn();
    assert.equal(flows.ends.length, 1);
    assert.match(String(flows.ends[0]?.failure), /longer than 20480 bytes/);
    assert.deepEqual(flows.taken, ["b1", "a1"]);
  });

  test("holds the server back once too much waits, until half of it is taken", async () => {
    const { flows, a } = await openTwo();
    for (let n = 0; n < 17; n += 1) a.piece(line("1", 16 * KIB));
    assert.deepEqual(flows.pauses, ["pause a"]);
    for (let turns = 1; turns <= 4; turns += 1) await turn();
    assert.deepEqual(flows.pauses, ["pause a"]);
    await turn();
    assert.deepEqual(flows.pauses, ["pause a", "resume a"]);
    assert.equal(flows.taken.length, 10);
  });
});

test("a flow that is alone takes all as it comes", async () => {
  const { flows, a } = await openTwo();
  await flows.clock.advance(1_000);
  a.piece(line("1", 64 * KIB));
  a.piece(line("2", 64 * KIB));
  assert.deepEqual(flows.taken, ["a1", "a2"]);
});
